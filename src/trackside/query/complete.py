"""What could come next in a filter: keys, operators, values, as the grammar expects them and the runs have them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trackside.query.fields import ALIASES, FIELDS

_MOST = 50
_TERM = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*"|[^\s()":,<>=~-][^\s()":,<>=~]*(?:\([^()]*\))?)(?P<operator>:|<=|>=|<|>|=|~)(?P<value>[^\s()]*)$'
)
_WORD = re.compile(r'-?(?P<word>"[^"]*|[^\s()":,<>=~]*)$')
_NEEDS_QUOTES = re.compile(r'[\s()":,<>=~]|^-')
_TIMES = ("1h", "1d", "7d", "30d", "today", "yesterday")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the runs of a store have: names of params and metrics, and the values of the fields that have few."""

    params: Sequence[str] = ()
    metrics: Sequence[str] = ()
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Completion:
    """`text` in place of what stands in `[start, end)`."""

    text: str
    start: int
    end: int
    help: str = ""


def complete(text: str, cursor: int, vocabulary: Vocabulary) -> list[Completion]:
    """What could stand where the cursor is, the likeliest first; nothing where the filter is mistaken before it."""
    head = text[:cursor]
    term = _TERM.search(head)
    if term:
        return _values(term, vocabulary)
    word = _WORD.search(head)
    if word is None:
        return []
    start = word.start("word")
    expected = _expected(head[:start])
    if "KEY" not in expected:
        return []
    keys = _ranked(word["word"].lstrip('"'), _keys(vocabulary))
    return [Completion(_quoted(name) + ":" * (sort == "field"), start, cursor, help_) for name, sort, help_ in keys]


def _values(term: "re.Match[str]", vocabulary: Vocabulary) -> list[Completion]:
    key = term["key"].strip('"')
    name = ALIASES.get(key, key)
    chosen, _, typed = term["value"].rpartition(",")
    start = term.end() - len(typed)
    known = vocabulary.values.get(name, ())
    if name in FIELDS and FIELDS[name].kind == "time":
        known = _TIMES
    left = [value for value in known if value not in chosen.split(",")]
    ranked = _ranked(typed.lstrip('"'), [(value, "value", "") for value in left])
    return [Completion(_quoted(value), start, term.end()) for value, _, _ in ranked]


def _keys(vocabulary: Vocabulary) -> Iterable[tuple[str, str, str]]:
    yield from ((name, "field", one.help) for name, one in FIELDS.items())
    yield from ((name, "param", "param") for name in vocabulary.params)
    yield from ((name, "metric", "metric, its last value") for name in vocabulary.metrics)
    yield from (("or", "word", ""), ("not", "word", ""))


def _ranked(typed: str, words: Iterable[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Those that begin with what was typed, then those that hold it, then those that are near."""
    every = list(words)
    if not typed:
        return every[:_MOST]
    low = typed.lower()
    begins = [word for word in every if word[0].lower().startswith(low)]
    holds = [word for word in every if low in word[0].lower() and word not in begins]
    if begins or holds:
        return (begins + holds)[:_MOST]
    from rapidfuzz import fuzz, process

    near = process.extract(typed, [word[0] for word in every], scorer=fuzz.WRatio, limit=5, score_cutoff=70)
    return [every[place] for _, _, place in near]


def _expected(head: str) -> set[str]:
    """The terminals that the grammar accepts after `head`."""
    from lark.exceptions import UnexpectedInput

    from trackside.query.grammar import parser

    reading: Any = parser().parse_interactive(head)
    try:
        reading.exhaust_lexer()
    except UnexpectedInput:
        return set()
    return set(reading.accepts())


def _quoted(name: str) -> str:
    if not _NEEDS_QUOTES.search(name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
