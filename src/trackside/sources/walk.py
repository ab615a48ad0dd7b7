"""Searching a tree for runs: every folder once, and those that did not change not again.

Links to folders are not followed, and files that are links only where they stay in the tree. Folders that hold code,
environments and caches are passed by. Nothing is read here but names; what they mean, sources say.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

import msgspec

from trackside.model.foreign import Found, path_kept
from trackside.model.progress import OnProgress
from trackside.model.visible import is_encodable, visible
from trackside.sources.protocol import NONSENSE, Folder, Source, SourceError

OnFirst: TypeAlias = Callable[[list[Found]], None]
"""Hears once of the first few runs, while more are looked for; what is found later may show these to be others."""

FIRST = 20
"""So many runs are the first few."""

_NEVER_RUNS = frozenset(
    {"__pycache__", "node_modules", "site-packages", "dist-packages", "venv", "proc", "sys", "dev", "lost+found"}
)
_HIDDEN_WITH_RUNS = frozenset({".wandb", ".guild", ".cometml-runs", ".aim", ".trash", ".trackside"})
_STORE = "store.json"
_AT_REST_NS = 60 * 10**9


class Remembered(msgspec.Struct, array_like=True):
    """A folder as it was found: when its names had changed last, what is to be searched in it, what was found."""

    mtime_ns: int
    folders: list[str]
    found: list[Found]


class Skipped(msgspec.Struct, frozen=True):
    """What looks like runs and could not be taken for any, and why, in a few words."""

    where: str
    why: str


class Walk:
    """The runs below `root`, which is a folder or one file. `memory` of an earlier walk makes this one short.

    `stores` are the folders of stores of trackside's own that were met, `skipped` what could not be read.
    """

    def __init__(self, root: Path, sources: Sequence[Source], memory: dict[str, Remembered] | None = None) -> None:
        self._root = root
        self._sources = sources
        self._top = root.resolve() if root.is_dir() else root.resolve().parent
        self.memory: dict[str, Remembered] = memory or {}
        self.stores: list[Path] = []
        self.skipped: list[Skipped] = []

    def find(
        self,
        on_progress: OnProgress | None = None,
        on_first: OnFirst | None = None,
        stop: threading.Event | None = None,
    ) -> list[Found]:
        """All runs, those that are one made one; those met by then where `stop` is set.

        OSError where the root itself cannot be read.
        """
        self.stores.clear()
        self.skipped.clear()
        before, self.memory = self.memory, {}
        if self._root.is_dir():
            found = self._search(before, on_progress, on_first, stop or threading.Event())
        else:
            found, _ = self._look(self._named_folder())
        return self._joined(found)

    def _search(
        self,
        before: dict[str, Remembered],
        on_progress: OnProgress | None,
        on_first: OnFirst | None,
        stop: threading.Event,
    ) -> list[Found]:
        found: list[Found] = []
        waiting = [self._top]
        searched = 0
        while waiting:
            if stop.is_set():
                self.memory = before | self.memory
                break
            folder = waiting.pop()
            try:
                runs, inner = self._folder(folder, before.get(str(folder)))
            except OSError as error:
                if folder == self._top:
                    raise
                self.skipped.append(Skipped(str(folder), error.strerror or "cannot be read"))
                continue
            found += runs
            # The last by name first: where names tell the time, these are the newest.
            waiting += [folder / name for name in sorted(inner)]
            searched += 1
            if on_first is not None and len(found) >= FIRST:
                on_first(self._joined(found))
                on_first = None
            if on_progress is not None and (searched % 100 == 0 or not waiting):
                on_progress(searched, searched + len(waiting))
        return found

    def _folder(self, path: Path, known: Remembered | None) -> tuple[list[Found], Iterable[str]]:
        """The runs in a folder, and the folders in it that are to be searched."""
        mtime_ns = path.stat().st_mtime_ns
        if known is not None and known.mtime_ns == mtime_ns:
            self.memory[str(path)] = known
            return known.found, known.folders
        folder, newest_ns = self._listed(path)
        if _STORE in folder.files and "runs" in folder.folders:
            self.stores.append(path)
            return [], ()
        found, certain = self._look(folder)
        if certain and not folder.deep and time.time_ns() - max(mtime_ns, newest_ns) > _AT_REST_NS:
            self.memory[str(path)] = Remembered(mtime_ns, sorted(folder.folders), found)
        return found, folder.folders

    def _look(self, folder: Folder) -> tuple[list[Found], bool]:
        """The runs that sources find in a folder, and whether looking again would tell the same."""
        found: list[Found] = []
        whys: list[str] = []
        for source in self._sources:
            try:
                if source.sniff(folder):
                    for run in source.discover(folder):
                        if _can_be_kept(run):
                            found.append(run)
                        else:
                            whys.append(f"what names a run in it is not UTF-8: {visible(run.identity)}")
            except (SourceError, OSError) as error:
                whys.append(str(error))
            except NONSENSE as error:
                whys.append(f"no {source.name} that can be read ({type(error).__name__}: {error})")
        whys += map(str, folder.unread)
        self.skipped += [Skipped(str(folder.path), why) for why in dict.fromkeys(whys)]
        return found, not whys

    def _listed(self, path: Path) -> tuple[Folder, int]:
        folder = Folder(path, set(), set(), root=self._top)
        newest_ns = 0
        with os.scandir(path) as entries:
            for entry in entries:
                if not is_encodable(entry.name):
                    self.skipped.append(Skipped(str(path), f"a name in it is not UTF-8: {visible(entry.name)}"))
                elif entry.is_dir(follow_symlinks=False):
                    if _may_hold_runs(entry.name):
                        folder.folders.add(entry.name)
                elif self._is_file_of_tree(entry):
                    with suppress(FileNotFoundError):
                        newest_ns = max(newest_ns, entry.stat().st_mtime_ns)
                        folder.files.add(entry.name)
        return folder, newest_ns

    def _is_file_of_tree(self, entry: "os.DirEntry[str]") -> bool:
        if not entry.is_symlink():
            return entry.is_file(follow_symlinks=False)
        target = Path(os.path.realpath(entry.path))
        return target.is_relative_to(self._top) and target.is_file()

    def _named_folder(self) -> Folder:
        if not self._root.is_file():
            raise SourceError(f"{visible(str(self._root))} is gone: moved, removed, unmounted?")
        name = self._root.name
        return Folder(self._root.absolute().parent, set(), {name}, frozenset({name}), root=self._top)

    def _joined(self, found: Sequence[Found]) -> list[Found]:
        """What was found, each run once, though it may lie there as a copy too."""
        joined: dict[tuple[str, str], Found] = {}
        for source in self._sources:
            for run in source.join([run for run in found if run.source == source.name]):
                joined.setdefault((run.source, run.identity), run)
        return list(joined.values())


def _can_be_kept(run: Found) -> bool:
    """Whether all text that a run is known by is UTF-8; its paths need not be."""
    try:
        msgspec.msgpack.encode(run, enc_hook=path_kept)
    except UnicodeEncodeError:
        return False
    return True


def _may_hold_runs(name: str) -> bool:
    return name not in _NEVER_RUNS and (not name.startswith(".") or name in _HIDDEN_WITH_RUNS)
