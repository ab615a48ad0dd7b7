"""A patch as the files that it changes, each with the lines that git wrote of it and how many it adds and removes."""

import msgspec

from trackside.model import patch


class PatchFile(msgspec.Struct, frozen=True):
    """A file that a patch changes, by its new name."""

    path: str
    lines: tuple[str, ...]
    added: int
    removed: int


class PatchView(msgspec.Struct, frozen=True):
    """A patch: what stands before its first file, and its files. `size` counts all lines."""

    head: tuple[str, ...] = ()
    files: tuple[PatchFile, ...] = ()

    @property
    def size(self) -> int:
        """The number of all lines."""
        return len(self.head) + sum(len(file.lines) for file in self.files)


def view(text: str) -> PatchView:
    """The parts of a patch as git writes it."""
    head, files = patch.sections(text.encode(errors="surrogateescape"))
    return PatchView(tuple(_text(head).splitlines()), tuple(map(_file, files)))


def _file(section: bytes) -> PatchFile:
    _, hunks = patch.without_hunks(section)
    changed = [line[:1] for line in hunks.splitlines()]
    path = _text(patch.path_of(section))
    return PatchFile(path, tuple(_text(section).splitlines()), changed.count(b"+"), changed.count(b"-"))


def _text(data: bytes) -> str:
    return data.decode(errors="replace")
