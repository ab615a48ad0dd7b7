"""Hashes as they are shown, told from others by their beginning; and what is hashed of a folder."""

import re
from collections.abc import Iterable, Iterator

SHOWN = 12
"""Digits of a hash that are shown."""

_LONG = re.compile(rf"\b([a-z0-9]+:[0-9a-f]{{{SHOWN}}})[0-9a-f]{{8,}}")


def shortened(text: str) -> str:
    """A text in which each long hash, such as `blake3:…`, has its first digits only."""
    return _LONG.sub(r"\1…", text)


def of_folder(contents: Iterable[tuple[str, str]]) -> Iterator[bytes]:
    """The lines whose hash is the fingerprint of a folder: the name and the content's hash of each file, by name."""
    for name, digest in contents:
        yield name.encode(errors="backslashreplace") + f"\0{digest}\n".encode()


def commit_text(commit: str | None, dirty: bool | None) -> str | None:
    """`1a2b3c4d5e6f with changes`; None where no commit is known."""
    return None if commit is None else f"{commit[:SHOWN]}{' with changes' if dirty else ''}"
