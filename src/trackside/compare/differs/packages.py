"""Installed packages, from the lists that runs keep of them: which came, went, or changed their version.

Such a list is a requirements file of pip, as trackside and other systems write it. Nothing in it is an error: a line
that names no package is kept as it stands.
"""

import re
from collections.abc import Sequence

from trackside.compare.differs.rows import MISSING, Missing, Row, change, rows
from trackside.model.packages import normal_name

_EDITABLE = ("-e ", "--editable ")
_BESIDE = re.compile(r" (?:[#;\\]|--hash).*")
"""What may follow a requirement: a remark, a condition, more lines, a hash."""

_NAMED = re.compile(
    r"(?P<name>[A-Za-z0-9][\w.-]*) ?(?:\[[^\]]*\])? ?(?:={1,3} ?|@ |(?=[<>~!;])|$)(?P<version>[^;]*)(?:;.*)?"
)
_ADDRESS = re.compile(r"\S+://\S+")
_EGG = re.compile(r"[#&]egg=([\w.-]+)")
_RELEASE = re.compile(r"(?:([0-9]+)!)?v?0*([0-9]+)(?:\.0*([0-9]+))?")


def packages(lock: str) -> dict[str, str]:
    """Versions by package, addresses of those that came from elsewhere; the first line of a package counts.

    A line that names no package stands for itself, without a version.
    """
    found: dict[str, str] = {}
    for line in (" ".join(line.split()) for line in lock.splitlines()):
        if line and (not line.startswith(("#", "--")) or line.startswith(_EDITABLE)):
            found.setdefault(*_requirement(line))
    return found


def package_rows(
    baseline: str | None, candidates: Sequence[str | None], *, everything: bool = False
) -> tuple[Row[str], ...]:
    """Packages by name, from each run's list, those first that differ. None is a run of which there is no list."""
    if baseline is None:
        return ()
    known = [None if lock is None else packages(lock) for lock in candidates]
    found = rows(packages(baseline), known, change, everything=everything)
    return found if everything else tuple(row for row in found if row.state == "different")


def is_major(before: str | Missing, after: str | Missing) -> bool:
    """Whether two versions differ in what may break: their first number, the second where the first is 0."""
    if before is MISSING or after is MISSING:
        return False
    releases = [found.groups() for version in (before, after) if (found := _RELEASE.match(version))]
    told = [(epoch, first, second if first == "0" else None) for epoch, first, second in releases]
    return len(told) == 2 and told[0] != told[1]


def _requirement(line: str) -> tuple[str, str]:
    text = _BESIDE.sub("", line)
    if text.startswith(_EDITABLE):
        return _name_in(text.partition(" ")[2]), text
    if _ADDRESS.fullmatch(text):
        return _name_in(text), text
    if found := _NAMED.fullmatch(text):
        return normal_name(found["name"]), found["version"]
    return line, ""


def _name_in(address: str) -> str:
    """The name that an address gives, else that of the last of its folders."""
    if found := _EGG.search(address):
        return normal_name(found[1])
    path = re.split("[#?]", address)[0].rstrip("/")
    name = path.rpartition("/")[2].partition("@")[0].removesuffix(".git")
    return normal_name(name).strip("-") or address
