"""What was passed over where runs were looked for, and why: all in one line, or a line each.

Files are told by their paths from the place that was opened; where several were, from the folders around these.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from trackside.store.locate import is_address

if TYPE_CHECKING:
    from trackside.sources.walk import Skipped

_SHOWN = 2
_NAMED = re.compile(r"((?:/[^:]*)?): (.+)", re.DOTALL)
"""The rest of a reason that begins with a path: what of the path is left, and the reason itself."""


def skipped_sentence(skipped: "Sequence[Skipped]", places: Sequence[str], *, all_at: str = "") -> str:
    """How much was passed over, and of the first few why, in one line; `all_at` says where the others are told."""
    shown = [f"{where} ({why})" for where, why in _told(skipped[:_SHOWN], places)]
    more = len(skipped) - len(shown)
    others = (f" and {more:,} more" + (f"; {all_at}" if all_at else "")) if more else ""
    return f"{skipped_count(skipped)}: {', '.join(shown)}{others}"


def skipped_count(skipped: "Sequence[Skipped]") -> str:
    """`skipped 8 files`."""
    from trackside.model.counting import counted

    return f"skipped {counted(len(skipped), 'place' if any(is_address(one.where) for one in skipped) else 'file')}"


def skipped_lines(skipped: "Sequence[Skipped]", places: Sequence[str]) -> list[str]:
    """All that was passed over, and why, a line each."""
    return [f"{where}: {why}" for where, why in _told(skipped, places)]


def skipped_document(skipped: "Sequence[Skipped]") -> list[dict[str, str]]:
    """The same as data."""
    return [{"where": one.where, "why": one.why} for one in skipped]


def _told(skipped: "Sequence[Skipped]", places: Sequence[str]) -> list[tuple[str, str]]:
    """Each path and reason; a path is named once."""
    roots = [Path(place).resolve() for place in places if not is_address(place)]
    around = [root if len(places) == 1 and root.is_dir() else root.parent for root in roots]
    told = []
    for one in skipped:
        where, why = _parted(one)
        for folder in around:
            where, why = (text.replace(f"{str(folder).rstrip('/')}/", "") for text in (where, why))
        told.append((where, why))
    return told


def _parted(one: "Skipped") -> tuple[str, str]:
    """Where and why, of a reason that says where itself only the reason."""
    if not one.why.startswith(one.where):
        return one.where, one.why
    rest = one.why[len(one.where) :]
    named = _NAMED.fullmatch(rest)
    if named is not None:
        return one.where + named[1], named[2]
    return one.where, rest.strip() if rest.startswith(" ") else one.why
