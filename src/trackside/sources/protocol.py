"""What a format has to tell, so that its runs are read like all others: one class a format, one file a class.

A source reads and never writes: neither a foreign file nor anything beside it. It knows no store and no screen, needs
no vendor's package, and takes everything that it reads for untrusted: a length is a claim, text may be anything.
"""

import json
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import msgspec

from trackside.model.errors import TracksideError
from trackside.model.foreign import Cursor, Found, Item
from trackside.sources.inside import lies_in


class SourceError(TracksideError):
    """A foreign file or server cannot be read at all. One line that names it and says what to do."""

    @property
    def passing(self) -> bool:
        """Whether it may be read later though nothing of it changed: a server that is away now."""
        return False


class PassingError(SourceError):
    """A foreign file or server cannot be read now, since another program is at it, or it is away."""

    @property
    def passing(self) -> bool:
        """Whether it may be read later: it may."""
        return True


class ReplacedError(SourceError):
    """The files of a run hold another run by now: what was found is no more, and the tree is to be searched again."""


class Folder(msgspec.Struct):
    """A folder of a tree that is searched: the names in it, without those that lead out of the tree.

    A source removes from `folders` and `files` what it takes for its own: sources after it do not see that, and
    folders that were removed are not searched.

    `named` are those of `files` that a person named: what is in them is asked for, so a source for which a name and
    a first line are not certain takes them for its own on less. `root` is the tree that was opened, and None the
    folder itself. A folder is looked at again once its names change; where more than its names decides what is
    found in it (the folders below it, the content of a database), a source sets `deep`: it is looked at each time.
    `unread` are the files of it that look like runs and are none: a source names them, and goes on with the others.
    """

    path: Path
    folders: set[str]
    files: set[str]
    named: frozenset[str] = frozenset()
    root: Path | None = None
    deep: bool = False
    unread: list[SourceError] = msgspec.field(default_factory=list)

    @property
    def tree(self) -> Path:
        """The tree that was opened, out of which no link is followed."""
        return self.root or self.path

    def holds(self, path: Path) -> bool:
        """Whether a path, its links followed, lies in the tree."""
        return lies_in(path, self.tree)


class Source(Protocol):
    """One format."""

    name: str
    """What runs of it say as their `source`, such as `tensorboard`."""

    def sniff(self, folder: Folder) -> bool:
        """Whether the folder itself may hold runs of this format. Cheap: it is asked of every folder.

        By names first; where these are not certain, by the first bytes of a file.
        """
        ...

    def discover(self, folder: Folder) -> Iterator[Found]:
        """The runs that this folder holds, without reading them; called where `sniff` said so.

        What belongs to these runs is removed from the folder, and so is what is known to hold none (a run's
        artifacts). What looks like a run and is none is added to `unread`, told by SourceError where it is the whole
        folder, or left in place.
        """
        ...

    def join(self, found: Sequence[Found]) -> Iterable[Found]:
        """All that was found in a tree, with those made one that are one run, such as a run that was resumed."""
        ...

    def stamp(self, run: Found) -> Any:
        """What is other once the run has something new to read: sizes, times and inodes of its files, as JSON.

        Cheap: it is asked again and again, reads no content and raises nothing where files are gone.
        """
        ...

    def follow(self, run: Found, since: Any) -> Iterator[Item]:
        """What the run has since the state of a `Cursor`, streamed; all of it where that is None.

        The first item is `Facts`; they come again when they changed, and at the end where the end is told by the files
        alone. The last item is a `Cursor`; more may stand between, at each of which all before it is whole. A tail
        that is torn is not read: it is waited for while the run goes on, and told by a `Remark` once it does not. A
        file that is not the continuation of what was read before begins with `Restart(None)`. SourceError where
        nothing can be read. Memory is bounded, whatever the size of the files.
        """
        ...


@runtime_checkable
class Fetching(Protocol):
    """A source whose files lie elsewhere."""

    def content(self, run: Found, url: str, size: int) -> Iterator[bytes]:
        """The content at an address that `follow` gave, piece by piece. SourceError where it is not to be had."""
        ...


def read(source: Source, run: Found, since: Any = None) -> Iterator[Item]:
    """What a run has since a cursor, from its beginning without. Whatever its files hold, only SourceError."""
    with _told(run):
        for item in source.follow(run, _restored(since)):
            yield Cursor(_keepable(item.state)) if isinstance(item, Cursor) else item


def stamp(source: Source, run: Found) -> Any:
    """What is other once a run has something new. SourceError where its files cannot be looked at."""
    with _told(run):
        return _keepable(source.stamp(run))


def fetched(source: Fetching, run: Found, url: str, size: int) -> Iterator[bytes]:
    """The content at an address that `read` gave, piece by piece. SourceError where it is not to be had."""
    with _told(run):
        yield from source.content(run, url, size)


@contextmanager
def _told(run: Found) -> Iterator[None]:
    """All that a source may meet in files of a run as SourceError: OSError, and what decoding raises on nonsense."""
    try:
        yield
    except SourceError:
        raise
    except OSError as error:
        where = error.filename or run.address
        raise SourceError(f"{where} cannot be read: {error.strerror or error}") from error
    except NONSENSE as error:
        raise SourceError(f"{run.address} cannot be read ({type(error).__name__}: {error})") from error


def _keepable(state: Any) -> Any:
    """A state that can be written down: as JSON with escapes, where a name in it is not UTF-8, as files' may be."""
    try:
        msgspec.msgpack.encode(state)
    except UnicodeEncodeError:
        return {_ESCAPED: json.dumps(state)}
    return state


def _restored(kept: Any) -> Any:
    """What `_keepable` was given."""
    return json.loads(kept[_ESCAPED]) if isinstance(kept, dict) and kept.keys() == {_ESCAPED} else kept


_ESCAPED = "escaped"


NONSENSE = (
    msgspec.MsgspecError,
    struct.error,
    zlib.error,
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
    EOFError,
)
"""What decoding raises on content that no recorder writes."""
