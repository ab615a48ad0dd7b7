"""From a filter's tree to one polars expression over the table of runs.

A missing value never matches a comparison, nor the negation of one: `lr<1e-3` and `not lr<1e-3` both leave out a run
without `lr`. Equality is either so or not: `-tag:debug` has the runs without any tag. NaN compares with nothing.
"""

import math
import re
from collections.abc import Callable, Collection, Container, Iterable, Mapping
from operator import ge, gt, le, lt

import msgspec
import polars as pl

from trackside.model import status
from trackside.query import moments, patterns
from trackside.query.fields import ALIASES, FIELDS, HEADS, STATISTICS, Field
from trackside.query.parse import FilterError
from trackside.query.quoting import quoted_key
from trackside.query.tree import And, Key, Node, Not, Or, Term, Value, Word

SEARCH = "search"
"""The column in which words are looked for, lower case: names, notes, tags and those params that are words."""

_COMPARE = {"<": lt, "<=": le, ">": gt, ">=": ge}
_SINCE = {"since": (":", "=", ">", ">="), "until": (":", "=", "<", "<=")}
_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_SHORTEST_ID_PART = 4
_SHORTEST_PART = 3
_NEAR = 0.6


def compile_filter(
    node: Node, columns: Mapping[str, pl.DataType], now: float, text: str = "", systems: Collection[str] = ()
) -> pl.Expr:
    """A boolean expression without nulls. `text` is the filter, for FilterErrors that point into it.

    `systems` are the words that `source` may have.
    """
    return _Compiler(columns, now, text, systems).expression(node, negated=False)


def resolve(key: str, columns: Container[str]) -> str | None:
    """The column that a key means, for sorting and for tables: a field, else a param, else a metric's last value.

    A statistic of a metric is written `best(loss)`, or as heads of tables have it, `best loss`.
    """
    if (field := field_of(key, columns)) is not None:
        return FIELDS[field].column
    called = re.fullmatch(r"(last|min|max|mean|best|at_best)\((.*)\)", key) or re.fullmatch(
        r"(min|max|mean|at best|best) (.*)", key
    )
    candidates = [key, f"param.{key}", f"metric.{key}"]
    if called:
        kind = "metric" if called[1] == "last" else called[1].replace(" ", "_")
        candidates.append(f"{kind}.{called[2]}")
    return next((column for column in candidates if column in columns), None)


def field_of(key: str, columns: Container[str]) -> str | None:
    """The field that a key means; None where it means a param or a metric."""
    name = ALIASES.get(key, key)
    if name in FIELDS:
        return name
    taken = f"param.{key}" in columns or f"metric.{key}" in columns
    return None if taken else HEADS.get(key)


def column_of_key(key: Key, columns: Collection[str], mistake: Callable[[Key, str, str | None], FilterError]) -> str:
    """The column of a key that is no field; raises `mistake(key, message, suggestion)` where no run has it."""
    kinds = (key.statistic,) if key.statistic else ("param", "metric")
    for kind in kinds:
        if f"{kind}.{key.name}" in columns:
            return f"{kind}.{key.name}"
    known = {column.partition(".")[2] for column in columns if column.partition(".")[0] in kinds}
    if key.statistic is None:
        known |= set(FIELDS)
    of = f"{key.statistic} of " if key.statistic in STATISTICS[1:] else ""
    raise mistake(key, f"no run has a key {of}{key.name!r}", _nearest(key.name, known))


class _Compiler(msgspec.Struct, frozen=True):
    columns: Mapping[str, pl.DataType]
    now: float
    text: str
    systems: Collection[str]

    def expression(self, node: Node, *, negated: bool) -> pl.Expr:
        match node:
            case Not():
                return self.expression(node.part, negated=not negated)
            case And() | Or():
                parts = [self.expression(part, negated=negated) for part in node.parts]
                together = pl.all_horizontal if isinstance(node, And) != negated else pl.any_horizontal
                return together(parts) if parts else pl.lit(not negated)
            case Word():
                return _either(self._word(node.text), negated=negated)
            case Term():
                return self._term(node, negated=negated)

    def _word(self, word: str) -> pl.Expr:
        """A word in what is written; a param of that name; a number that a param is."""
        low = word.lower()
        found = [pl.col(SEARCH).str.contains(low, literal=True)]
        if len(word) >= _SHORTEST_ID_PART:
            found += [pl.col("id").str.starts_with(word.upper()), pl.col("id").str.ends_with(word.upper())]
        number = _number(word)
        for column, kind in self.columns.items():
            if column.startswith("param.") and kind != pl.String:
                if low in column.removeprefix("param.").lower():
                    found.append(pl.col(column).is_not_null())
                elif number is not None:
                    found.append(pl.col(column) == number)
        return pl.any_horizontal(found)

    def _term(self, term: Term, *, negated: bool) -> pl.Expr:
        name = field_of(term.key.name, self.columns) if term.key.statistic is None else None
        if name is not None:
            return self._field_term(term, name, FIELDS[name], negated=negated)
        column = column_of_key(term.key, self.columns, self._mistake)
        if term.operator in _COMPARE:
            words = self.columns[column] == pl.String
            numbers = pl.col(column).cast(pl.Float64, strict=False) if words else pl.col(column)
            return self._comparison(term, numbers, negated=negated)
        return _either(self._equals(column, term), negated=negated)

    def _field_term(self, term: Term, name: str, field: Field, *, negated: bool) -> pl.Expr:
        column = pl.col(field.column)
        if field.kind in ("time", "duration"):
            if term.operator == "~":
                raise self._mistake(term.key, f"{name} is a {field.kind}; compare it with :, < or >")
            measured = self._duration if field.kind == "duration" else self._time
            return measured(term, name, column, negated=negated)
        if term.operator in _COMPARE:
            if field.kind != "number":
                raise self._mistake(term.key, f"{name} has no order; use {name}:VALUE")
            return self._comparison(term, column, negated=negated)
        match field.kind:
            case "flag":
                found = column.is_in([self._flag(value) for value in term.values])
            case "list":
                found = column.list.eval(self._text_matches(pl.element(), term, parts=name == "health")).list.any()
            case "number":
                found = self._equals(field.column, term)
            case "status":
                found = self._text_matches(column, self._known(term, status.ALL))
            case "system":
                found = self._text_matches(column, self._known(term, self.systems))
            case _:
                found = self._text_matches(column, term)
        return _either(found, negated=negated)

    def _duration(self, term: Term, name: str, column: pl.Expr, *, negated: bool) -> pl.Expr:
        so_far = self.now - pl.col("created")
        took = pl.when(pl.col("ended").is_null()).then(so_far).otherwise(column) if name == "duration" else so_far
        value = self._single(term)
        seconds = moments.duration(value.text)
        if seconds is None:
            raise self._mistake(value, f"{value.text!r} is no duration; write 90s, 5m, 1h30m or 2d")
        compare = _COMPARE.get(term.operator)
        return _ordered(compare(took, seconds) if compare else took == seconds, took, negated=negated)

    def _time(self, term: Term, name: str, column: pl.Expr, *, negated: bool) -> pl.Expr:
        start, end = self._moment(self._single(term))
        operator: str = term.operator
        if name in _SINCE:
            if operator not in _SINCE[name]:
                raise self._mistake(term.key, f"write {name}:{term.values[0].text}")
            operator = ">=" if name == "since" else "<"
        inside = {
            "<": column < start,
            "<=": (column <= start) | (column < end),
            ">": (column > start) & (column >= end),
            ">=": column >= start,
        }
        on_it = column.is_between(start, end, closed="left" if end > start else "both")
        return _ordered(inside.get(operator, on_it), column, negated=negated)

    def _comparison(self, term: Term, column: pl.Expr, *, negated: bool) -> pl.Expr:
        value = self._single(term)
        limit = self._said_number(value)
        if math.isnan(limit):
            raise self._mistake(value, f"nothing is more or less than nan; write {term.key.name}:nan")
        known = column.is_not_null() & column.cast(pl.Float64).is_not_nan()
        return _ordered(_COMPARE[term.operator](column, limit), column, negated=negated) & known

    def _equals(self, column: str, term: Term) -> pl.Expr:
        found = pl.col(column)
        if self.columns[column] == pl.String:
            return self._text_matches(found, term) | self._same_number(found, term)
        if term.operator == "~":
            return self._text_matches(found.cast(pl.String), term)
        globs = [_glob(found.cast(pl.String), value) for value in term.values if _is_glob(value)]
        numbers = [self._said_number(value) for value in term.values if not _is_glob(value)]
        same = [found.is_nan() if math.isnan(number) else found == number for number in numbers]
        return pl.any_horizontal(globs + same)

    def _same_number(self, text: pl.Expr, term: Term) -> pl.Expr:
        """A param that is a word in some run is a text in all of them; `lr:1e-3` still means the number."""
        numbers = [number for value in term.values if (number := _number(value.text)) is not None]
        if term.operator == "~" or not numbers:
            return pl.lit(value=False)
        return text.cast(pl.Float64, strict=False).is_in(numbers)

    def _text_matches(self, text: pl.Expr, term: Term, *, parts: bool = False) -> pl.Expr:
        """Any of the values; with `parts`, `nonfinite` is also `nonfinite:loss`."""
        if term.operator == "~":
            return pl.any_horizontal([text.str.contains(self._pattern(value)) for value in term.values])
        plain = [value.text for value in term.values if not _is_glob(value)]
        whole = text.str.splitn(":", 2).struct.field("field_0").is_in(plain) if parts else pl.lit(value=False)
        globs = [_glob(text, value) for value in term.values if _is_glob(value)]
        return pl.any_horizontal([text.is_in(plain), whole, *globs])

    def _known(self, term: Term, words: Collection[str]) -> Term:
        """The term, if each of its values is one of those that there are."""
        for value in term.values if term.operator != "~" else ():
            if not _is_glob(value) and value.text not in words:
                near = _nearest(value.text, words)
                known = "" if near else f"; known are {', '.join(words)}"
                raise self._mistake(value, f"no {term.key.name} is called {value.text!r}{known}", near)
        return term

    def _pattern(self, value: Value) -> str:
        try:
            patterns.check(value.text)
        except patterns.PatternError as error:
            raise self._mistake(value, f"this pattern cannot be read: {error}") from None
        return value.text

    def _flag(self, value: Value) -> bool:
        if value.text.lower() not in _FLAGS:
            raise self._mistake(value, f"{value.text!r} is neither true nor false")
        return _FLAGS[value.text.lower()]

    def _said_number(self, value: Value) -> float:
        number = _number(value.text)
        if number is None:
            raise self._mistake(value, f"{value.text!r} is no number")
        return number

    def _single(self, term: Term) -> Value:
        if len(term.values) > 1:
            raise self._mistake(term.values[1], f"{term.key.name}{term.operator} takes one value")
        return term.values[0]

    def _moment(self, value: Value) -> tuple[float, float]:
        found = moments.moment(value.text, self.now)
        if found is None:
            raise self._mistake(value, f"{value.text!r} is no time; write 2h, 7d, today or 2026-11-01")
        return found

    def _mistake(self, where: Key | Value, message: str, suggestion: str | None = None) -> FilterError:
        return FilterError(self.text, where.start, where.end, message, suggestion)


def _nearest(name: str, known: Iterable[str]) -> str | None:
    """The known key that was likely meant: mistyped by a letter or two, or one that has it as a part."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    words = sorted(known)
    near = process.extractOne(name, words, scorer=OSA.normalized_similarity, score_cutoff=_NEAR)
    part = re.compile(rf"(?:^|[/._:]){re.escape(name)}(?:$|[/._:])")
    holding = [word for word in words if part.search(word)] if len(name) >= _SHORTEST_PART else []
    found = near[0] if near else min(holding, key=len) if holding else None
    return None if found is None else quoted_key(found)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _is_glob(value: Value) -> bool:
    return "*" in value.text and not value.quoted


def _glob(text: pl.Expr, value: Value) -> pl.Expr:
    return text.str.contains("(?s)^" + ".*".join(map(re.escape, value.text.split("*"))) + "$")


def _either(found: pl.Expr, *, negated: bool) -> pl.Expr:
    whole = found.fill_null(value=False)
    return ~whole if negated else whole


def _ordered(found: pl.Expr, column: pl.Expr, *, negated: bool) -> pl.Expr:
    return ((~found if negated else found) & column.is_not_null()).fill_null(value=False)
