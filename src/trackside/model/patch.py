"""A patch as git writes it: a head for those who read it, then one section a file."""

import re

_SECTION = re.compile(rb"^(?=diff --git )", re.MULTILINE)
_RENAMED = re.compile(rb"^rename to (.*)$", re.MULTILINE)
_HUNKS = b"\n@@ "


def sections(patch: bytes) -> tuple[bytes, list[bytes]]:
    """What stands before the first file, and the sections of the files."""
    head, *files = _SECTION.split(patch)
    return head, files


def without_hunks(section: bytes) -> tuple[bytes, bytes]:
    """A section in two: the lines that say what became of the file as a whole, and its hunks."""
    head, mark, hunks = section.partition(_HUNKS)
    return (head + b"\n", mark[1:] + hunks) if mark else (section, b"")


def path_of(section: bytes) -> bytes:
    """The file that a section is about, by its new name."""
    head, _ = without_hunks(section)
    if renamed := _RENAMED.search(head):
        return renamed[1]
    names = head.partition(b"\n")[0].removeprefix(b"diff --git ")
    return names[: len(names) // 2].strip(b'"').removeprefix(b"a/")
