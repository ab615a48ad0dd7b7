"""What could come next in a filter: keys, operators, values, as the grammar expects them and the runs have them."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from trackside.query.fields import ALIASES, FIELDS
from trackside.query.quoting import QUOTED, quoted_call, quoted_key, quoted_value, unquoted

_MOST = 50
_SHORTEST_MISTYPED = 3
_LONGEST = 2_000
"""Letters before the cursor, up to which it is looked what could come next: that takes the square of their time."""

_KEY = rf'{QUOTED}|[^\s()":,<>=~-][^\s()":,<>=~]*'
_TERM = re.compile(
    rf'(?P<key>{_KEY})\s*(?P<operator>:|<=|>=|<|>|=|~)\s*(?P<value>(?:{QUOTED}|[^\s()"])*(?:"[^"]*)?)$', re.DOTALL
)
_CALL = re.compile(r'-?(?P<statistic>param|metric|last|min|max|mean|best|at_best)\("?(?P<word>[^()"]*)$')
_DOTTED = re.compile(r'-?(?P<statistic>param|metric)\."?(?P<word>[^\s()":,<>=~]*)$')
_WORD = re.compile(r'-?(?P<word>"[^"]*|[^\s()":,<>=~]*)$')
_OPERATORS = {"<": "less than", ">": "more than", ":": "is", "~": "matches a pattern"}
_USUAL = {"time": ("1h", "1d", "7d", "30d", "today", "yesterday"), "duration": ("1m", "10m", "1h", "1d")}


class Vocabulary(msgspec.Struct, frozen=True):
    """What the runs of a store have: names of params and metrics, and values of a field or of `param.NAME`."""

    params: Sequence[str] = ()
    metrics: Sequence[str] = ()
    values: Callable[[str], Sequence[str]] = lambda _: ()


class Completion(msgspec.Struct, frozen=True):
    """`text` in place of what stands in `[start, end)`."""

    text: str
    start: int
    end: int
    help: str = ""


class _Choice(msgspec.Struct, frozen=True):
    """A name that could be meant, and how it stands in a filter."""

    name: str
    text: str
    help: str = ""


def complete(text: str, cursor: int, vocabulary: Vocabulary) -> list[Completion]:
    """What could stand where the cursor is, the likeliest first; nothing behind what is mistaken or very long."""
    head = text[:cursor]
    if len(head) > _LONGEST:
        return []
    term = _TERM.search(head)
    if term:
        return _values(term, vocabulary)
    named = _CALL.search(head) or _DOTTED.search(head)
    word = named or _WORD.search(head)
    if word is None:
        return []
    expected = _expected(head[: word.start()])
    if "KEY" not in expected:
        return []
    start = word.start("statistic" if named else "word")
    typed = word["word"].lstrip('"')
    choices = _statistics(named, vocabulary) if named else _keys(vocabulary, expected)
    found = [Completion(one.text, start, cursor, one.help) for one in _ranked(typed, choices)]
    if typed in vocabulary.params or typed in vocabulary.metrics:
        return [Completion(head[start:] + sign, start, cursor, said) for sign, said in _OPERATORS.items()] + found[1:]
    return found


def _values(term: "re.Match[str]", vocabulary: Vocabulary) -> list[Completion]:
    key = unquoted(term["key"])
    name = ALIASES.get(key, key)
    typed = re.split(rf"({QUOTED})|,", term["value"])[-1]
    start = term.end() - len(typed)
    before = term["value"].removesuffix(typed)
    chosen = {unquoted(value) for value in re.findall(rf"{QUOTED}|[^,]+", before)}
    if name in FIELDS:
        known = _USUAL.get(FIELDS[name].kind) or vocabulary.values(name)
    else:
        known = vocabulary.values(f"param.{name.removeprefix('param.')}")
    left = [_Choice(value, quoted_value(value)) for value in known if value not in chosen]
    return [Completion(one.text, start, term.end()) for one in _ranked(typed.lstrip('"'), left)]


def _statistics(named: "re.Match[str]", vocabulary: Vocabulary) -> Iterable[_Choice]:
    statistic = named["statistic"]
    for name in vocabulary.params if statistic == "param" else vocabulary.metrics:
        if named.re is _DOTTED:
            yield _Choice(name, f"{statistic}.{quoted_key(name)}", statistic)
        else:
            yield _Choice(name, quoted_call(statistic, name), statistic)


def _keys(vocabulary: Vocabulary, expected: set[str]) -> Iterable[_Choice]:
    yield from (_Choice(name, f"{name}:", one.help) for name, one in FIELDS.items())
    yield from (_Choice(name, quoted_key(name), "param") for name in vocabulary.params)
    yield from (_Choice(name, quoted_key(name), "metric, its last value") for name in vocabulary.metrics)
    yield from (_Choice(word, word) for word in ("or", "not") if f"_{word.upper()}" in expected)


def _ranked(typed: str, choices: Iterable[_Choice]) -> list[_Choice]:
    """Those that begin with what was typed, then those that hold it, then those that are near."""
    every = list(choices)
    if not typed:
        return every[:_MOST]
    low = typed.lower()
    begins = [one for one in every if one.name.lower().startswith(low)]
    holds = [one for one in every if low in one.name.lower() and not one.name.lower().startswith(low)]
    if begins or holds or len(typed) < _SHORTEST_MISTYPED:
        return (sorted(begins, key=lambda one: one.name != typed) + holds)[:_MOST]
    from rapidfuzz import fuzz, process

    near = process.extract(typed, [one.name for one in every], scorer=fuzz.ratio, limit=5, score_cutoff=60)
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
