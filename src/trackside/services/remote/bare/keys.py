"""Names of metrics as the other side knows them: what `model/keys.py` makes of them.

The standard library of Python 3.8 alone.
"""

import hashlib

_LONGEST = 1000


def short(key: str) -> str:
    """A key of at most 1,000 characters that can be encoded; one that is cut ends in a hash, so that each is itself."""
    encoded = key.encode(errors="replace")
    if len(key) <= _LONGEST:
        return encoded.decode()
    digest = hashlib.sha256(encoded).hexdigest()[:16]
    return f"{encoded.decode()[: _LONGEST - len(digest) - 1]}…{digest}"
