"""Names of params, metrics, tags, groups and the like at a length that everything can handle.

A bare host is sent this file as it is: the standard library of Python 3.8 alone.
"""

LONGEST = 1000
"""Characters of the longest name."""


def short(key: str) -> str:
    """A key of at most 1,000 characters that can be encoded; one that is cut ends in a hash, so that each is itself."""
    if len(key) <= LONGEST and key.isascii():
        return key
    encoded = key.encode(errors="replace")
    if len(key) <= LONGEST:
        return encoded.decode()
    import hashlib

    digest = hashlib.sha256(encoded).hexdigest()[:16]
    return f"{encoded.decode()[: LONGEST - len(digest) - 1]}…{digest}"
