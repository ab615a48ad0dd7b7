"""Names that MLflow's file store takes: each is a path of a file, and none of them lies below another.

Source: the names that MLflow lets through are letters, digits, `_`, `-`, `.`, `:`, spaces and `/`, at most 250 of them.
"""

import hashlib
import re
from collections.abc import Iterable

LONGEST = 250
_LONGEST_PART_BYTES = 200
_OTHER = re.compile(r"[^/\w.\- :]")
_DIGEST = 12


def names(wanted: Iterable[str]) -> dict[str, str]:
    """A name for each that is wanted: itself where it can be, else one that is like it and no other's."""
    found: dict[str, str] = {}
    folders: set[str] = set()
    files: set[str] = set()
    for name in sorted(set(wanted), key=lambda name: (_near(name) != name, -name.count("/"), name)):
        given = _near(name)
        while given in files or given in folders or any(above in files for above in _above(given)):
            given = _told_apart(given, name)
        found[name] = given
        files.add(given)
        folders.update(_above(given))
    return found


def _near(name: str) -> str:
    """The name, with what cannot be in one replaced."""
    parts = [_part(part) for part in _OTHER.sub("_", name).split("/")]
    near = "/".join(parts)
    return near if len(near) <= LONGEST else _told_apart(near, name)


def _part(part: str) -> str:
    if part.strip(" .") == "":
        return part.replace(" ", "_").replace(".", "_") or "_"
    return part if len(part.encode()) <= _LONGEST_PART_BYTES else _told_apart(part, part)


def _told_apart(given: str, name: str) -> str:
    """A name that is shorter than any limit, and that only `name` has."""
    digest = hashlib.blake2b(f"{given}\0{name}".encode(), digest_size=_DIGEST // 2).hexdigest()
    kept = given.replace("/", "_").encode()[: _LONGEST_PART_BYTES - _DIGEST - 1].decode(errors="ignore")
    return f"{kept}_{digest}"


def _above(name: str) -> list[str]:
    parts = name.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]
