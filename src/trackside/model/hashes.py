"""Hashes as they are shown: a fingerprint is told from others by its beginning."""

import re

_LONG = re.compile(r"\b([a-z0-9]+:[0-9a-f]{12})[0-9a-f]{8,}")


def shortened(text: str) -> str:
    """A text in which each long hash, such as `blake3:…`, has its first 12 digits only."""
    return _LONG.sub(r"\1…", text)
