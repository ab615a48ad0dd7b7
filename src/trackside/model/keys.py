"""Names of params, metrics, tags, groups and the like at a length that everything can handle."""

import hashlib

_LONGEST_KEY = 1000


def short(key: str) -> str:
    """A key of at most 1,000 characters that can be encoded; one that is cut ends in a hash, so that each is itself."""
    encoded = key.encode(errors="replace")
    if len(key) <= _LONGEST_KEY:
        return encoded.decode()
    digest = hashlib.sha256(encoded).hexdigest()[:16]
    return f"{encoded.decode()[: _LONGEST_KEY - len(digest) - 1]}…{digest}"
