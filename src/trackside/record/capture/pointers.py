"""Data that another system keeps track of: what its pointers state of it, without reading it.

DVC's files, git-annex's links and pointers, git-LFS's pointers, and addresses of lakeFS that name a commit.
"""

import re
from typing import NamedTuple


class Fingerprint(NamedTuple):
    """What is known of some data: a fingerprint of its content, the number of files, their bytes."""

    fingerprint: str | None = None
    files: int | None = None
    bytes: int | None = None


_DVC_LINE = re.compile(r"\s*(?P<dash>-\s+)?(?P<key>[^\s:#][^:#]*):\s*(?P<value>.*)")
_DVC_HASHES = ("md5", "etag", "checksum")
_ANNEX_KEY = re.compile(r"(?P<backend>[A-Z0-9_]+?)(?P<e>E?)(?:-s(?P<size>\d+))?(?:-[mSC]\d+)*--(?P<name>[^/\s]+)")
_ANNEX_OBJECTS = "annex/objects/"
_ANNEX_UNHASHED = frozenset({"WORM", "URL", "VURL"})
_LFS = b"version https://git-lfs"
_LAKEFS_COMMIT = re.compile(r"lakefs://[^/]+/(?P<commit>[0-9a-f]{64})(?:/|$)")

LONGEST = 1024
"""A pointer has no more bytes than that."""


def of_address(address: str) -> Fingerprint:
    """What an address says of what lies there: a commit of lakeFS does not change; branches and others may."""
    found = _LAKEFS_COMMIT.match(address)
    return Fingerprint(f"lakefs:{found['commit']}" if found else None)


def of_link(target: str) -> Fingerprint | None:
    """What the target of a link states where git-annex made it, whether its content is here or not."""
    if f"/{_ANNEX_OBJECTS}" not in f"/{target}":
        return None
    return _of_annex(target.rpartition("/")[2])


def of_content(content: bytes) -> Fingerprint | None:
    """What a small file states where it stands for a large one; None where it is what it is."""
    if content.startswith(f"/{_ANNEX_OBJECTS}".encode()):
        return _of_annex(content.decode(errors="replace").split("\n")[0].rpartition("/")[2])
    if not content.startswith(_LFS):
        return None
    words = dict(line.split(" ", 1) for line in content.decode(errors="replace").splitlines() if " " in line)
    size = words.get("size", "")
    return Fingerprint(words["oid"], 1, int(size)) if "oid" in words and size.isdecimal() else None


def of_dvc(text: str) -> dict[str, Fingerprint]:
    """What a `.dvc` file or a `dvc.lock` states of each of its outputs, by path."""
    items: list[dict[str, str]] = []
    section = ""
    for line in text.splitlines():
        found = _DVC_LINE.fullmatch(line)
        if found is None:
            continue
        if not found["value"] and not found["dash"]:
            section = found["key"]
        elif section == "outs":
            if found["dash"] or not items:
                items.append({})
            items[-1][found["key"]] = found["value"].strip().strip("'\"")
    return {item.get("path", ""): _of_dvc_item(item) for item in items}


def _of_dvc_item(item: dict[str, str]) -> Fingerprint:
    kind = next((kind for kind in _DVC_HASHES if item.get(kind)), None)
    size, files = item.get("size", ""), item.get("nfiles", "")
    return Fingerprint(
        f"{kind}:{item[kind]}" if kind else None,
        int(files) if files.isdecimal() else None,
        int(size) if size.isdecimal() else None,
    )


def _of_annex(key: str) -> Fingerprint | None:
    found = _ANNEX_KEY.fullmatch(key)
    if found is None:
        return None
    size = int(found["size"]) if found["size"] else None
    if found["backend"] in _ANNEX_UNHASHED:
        return Fingerprint(f"annex:{key}", 1, size)
    name = found["name"].partition(".")[0] if found["e"] else found["name"]
    return Fingerprint(f"{found['backend'].lower()}:{name}", 1, size)
