"""When somebody wants to be told: words such as `fail`, and filters that come to hold."""

from collections.abc import Sequence
from typing import get_args

import msgspec

from trackside.config.settings import WatchEvent
from trackside.model.errors import UsageError
from trackside.model.nearest import meant
from trackside.query.parse import FilterError, parse
from trackside.query.tree import Word

WORDS: tuple[str, ...] = get_args(WatchEvent)


class Conditions(msgspec.Struct, frozen=True):
    """Words of `WatchEvent`, and filters: each run that a filter comes to match is told of once."""

    words: frozenset[str]
    filters: tuple[str, ...]


def conditions(texts: Sequence[str]) -> Conditions:
    """What was written after `--on`, in one list or several. UsageError says what is neither a word nor a filter."""
    parts = [part for text in texts for part in _parts(text)]
    filters = tuple(dict.fromkeys(part for part in parts if part not in WORDS))
    return Conditions(frozenset(parts) & frozenset(WORDS), filters)


def _parts(text: str) -> list[str]:
    """The parts between commas, or the whole where only that is a filter, as `status:failed,killed` is."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    try:
        return [_checked(part) for part in parts]
    except UsageError:
        if len(parts) < 2 or any(part in WORDS for part in parts):
            raise
        return [_checked(text.strip())]


def _checked(part: str) -> str:
    if part in WORDS:
        return part
    try:
        node = parse(part)
    except FilterError as error:
        raise UsageError(f"{part!r} is no filter: {error.says}") from None
    if isinstance(node, Word):
        hint = meant(part, WORDS) or f", there are {', '.join(WORDS)}, and filters: 'val/loss<0.1'"
        raise UsageError(f"nothing is called {part!r} that can be watched for{hint}")
    return part
