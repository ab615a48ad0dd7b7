"""Two kept patches as text: what is to be told of code where no repository is at hand."""

import re
from collections import Counter
from collections.abc import Iterator

import msgspec

from trackside.model.patch import path_of, sections, without_hunks

_HUNK = re.compile(rb"^(?=@@ )", re.MULTILINE)
_HASHES = re.compile(rb"^index .*\n", re.MULTILINE)


class _File(msgspec.Struct, frozen=True):
    """What a patch says of a file: of it as a whole, and of places in it."""

    head: bytes = b""
    hunks: tuple[bytes, ...] = ()

    def without(self, other: "_File") -> bytes:
        """What `other` does not say too; nothing where it says all of it."""
        if self.of_the_whole() != other.of_the_whole():
            return self.head + b"".join(self.hunks)
        known = Counter(map(_changed, other.hunks))
        alone = []
        for hunk in self.hunks:
            if known[_changed(hunk)]:
                known[_changed(hunk)] -= 1
            else:
                alone.append(hunk)
        return self.head + b"".join(alone) if alone else b""

    def of_the_whole(self) -> bytes:
        """The head, without the hashes of contents where the hunks tell these."""
        return _HASHES.sub(b"", self.head) if self.hunks else self.head


def unlike(baseline: bytes, candidate: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The changes that only one of two patches has, each below a line that says whose they are; and their files."""
    sides = [_files(patch) for patch in (baseline, candidate)]
    found: list[bytes] = []
    paths = []
    for path in dict.fromkeys((*sides[0], *sides[1])):
        parts = list(_alone(*(side.get(path, _File()) for side in sides)))
        found += parts
        if parts:
            paths.append(path)
    return b"".join(found), tuple(paths)


def _alone(baseline: _File, candidate: _File) -> Iterator[bytes]:
    for whose, mine, other in ((b"baseline", baseline, candidate), (b"candidate", candidate, baseline)):
        if alone := mine.without(other):
            yield b"# only the " + whose + b" has\n" + alone


def _files(patch: bytes) -> dict[str, _File]:
    found: dict[str, _File] = {}
    for section in sections(patch)[1]:
        head, hunks = without_hunks(section)
        found[path_of(section).decode(errors="replace")] = _File(head, tuple(_HUNK.split(hunks)[1:]))
    return found


def _changed(hunk: bytes) -> bytes:
    """A hunk without its first line, which says at which lines it stands."""
    return hunk.partition(b"\n")[2]
