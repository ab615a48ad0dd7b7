"""The list of the files of one's own code that a run imported: a line each, as git calls its content, and its path.

    557db03de997c86a4a028e1ebd3a1ceb225be238 train.py
    - lib/model.py

Paths are from the top of the repository, else from the script's folder. A dash stands where nobody knows what the file
held when it was imported. A list only grows.
"""

import hashlib
from collections.abc import Mapping
from typing import TypeAlias

Imported: TypeAlias = Mapping[str, str | None]
"""By path, as git calls the content; None where that is not known."""

_UNKNOWN = "-"


def blob(content: bytes) -> str:
    """As git calls this content: the SHA-1 of a blob."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def written(files: Imported) -> str:
    """The list as it is kept."""
    return "".join(f"{name or _UNKNOWN} {path}\n" for path, name in files.items())


def read(text: str) -> dict[str, str | None]:
    """The files of a list; lines that are none are passed over."""
    parts = (line.partition(" ") for line in text.split("\n"))
    return {path: None if name == _UNKNOWN else name for name, _, path in parts if name and path}


def fingerprint(files: Imported) -> str:
    """What two lists have in common where they name the same files with the same content, in whatever order."""
    return f"sha256:{hashlib.sha256(written(dict(sorted(files.items()))).encode()).hexdigest()}"
