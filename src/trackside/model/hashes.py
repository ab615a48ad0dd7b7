"""Hashes as they are shown: fingerprints and commits are told from others by their beginning."""

import re

SHOWN = 12
"""Digits of a hash that are shown."""

_LONG = re.compile(rf"\b([a-z0-9]+:[0-9a-f]{{{SHOWN}}})[0-9a-f]{{8,}}")


def shortened(text: str) -> str:
    """A text in which each long hash, such as `blake3:…`, has its first digits only."""
    return _LONG.sub(r"\1…", text)


def commit_text(commit: str | None, dirty: bool | None) -> str | None:
    """`1a2b3c4d5e6f with changes`; None where no commit is known."""
    return None if commit is None else f"{commit[:SHOWN]}{' with changes' if dirty else ''}"
