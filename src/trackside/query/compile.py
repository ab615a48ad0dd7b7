"""From a filter's tree to one polars expression over the table of runs.

A missing value never matches a comparison, nor the negation of one: `lr<1e-3` and `not lr<1e-3` both leave out a run
without `lr`. Equality is either so or not: `-tag:debug` has the runs without any tag. NaN compares with nothing.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_, ge, gt, le, lt, or_

import polars as pl

from trackside.query import moments
from trackside.query.fields import ALIASES, FIELDS, STATISTICS, Field
from trackside.query.parse import FilterError
from trackside.query.tree import And, Key, Node, Not, Or, Term, Value, Word

SEARCH = "search"
"""The column in which words are looked for: lower case, everything of a run that a bare word searches."""

_COMPARE = {"<": lt, "<=": le, ">": gt, ">=": ge}
_TRUE = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_SHORTEST_ID_PART = 4


def compile_filter(node: Node, columns: Mapping[str, pl.DataType], now: float, text: str = "") -> pl.Expr:
    """A boolean expression without nulls. `text` is the filter, for FilterErrors that point into it."""
    return _Compiler(columns, now, text).expression(node, negated=False)


def resolve(key: str, columns: Mapping[str, object]) -> str | None:
    """The column that a key means, for sorting and for tables: a field, else a param, else a metric's last value."""
    name = ALIASES.get(key, key)
    if name in FIELDS:
        return FIELDS[name].column
    called = re.fullmatch(r"(last|min|max|best|at_best)\((.*)\)", key)
    if called:
        key = f"{'metric' if called[1] == 'last' else called[1]}.{called[2]}"
    candidates = (key, f"param.{key}", f"metric.{key}")
    return next((column for column in candidates if column in columns), None)


@dataclass
class _Compiler:
    columns: Mapping[str, pl.DataType]
    now: float
    text: str

    def expression(self, node: Node, *, negated: bool) -> pl.Expr:
        match node:
            case Not():
                return self.expression(node.part, negated=not negated)
            case And() | Or():
                parts = [self.expression(part, negated=negated) for part in node.parts]
                together = and_ if isinstance(node, And) != negated else or_
                return reduce(together, parts) if parts else pl.lit(not negated)
            case Word():
                return _either(self._word(node), negated=negated)
            case Term():
                return self._term(node, negated=negated)

    def _word(self, word: Word) -> pl.Expr:
        found = pl.col(SEARCH).str.contains(word.text.lower(), literal=True)
        if len(word.text) >= _SHORTEST_ID_PART:
            part = word.text.upper()
            found |= pl.col("id").str.starts_with(part) | pl.col("id").str.ends_with(part)
        return found

    def _term(self, term: Term, *, negated: bool) -> pl.Expr:
        name = ALIASES.get(term.key.name, term.key.name)
        if term.key.statistic is None and name in FIELDS:
            return self._field_term(term, name, FIELDS[name], negated=negated)
        column = self._column(term.key)
        if term.operator in _COMPARE:
            return self._comparison(term, self._number(column), negated=negated)
        return _either(self._any_of(term, lambda value: self._equals(column, value, term)), negated=negated)

    def _field_term(self, term: Term, name: str, field: Field, *, negated: bool) -> pl.Expr:
        if name in ("since", "until"):
            start, end = self._moment(self._single(term))
            column = pl.col("created")
            return _ordered(column >= start if name == "since" else column < end, column, negated=negated)
        if field.kind in ("time", "duration"):
            return self._when(term, name, field, negated=negated)
        if field.kind == "number" and term.operator in _COMPARE:
            return self._comparison(term, pl.col(field.column), negated=negated)
        if term.operator in _COMPARE:
            raise self._mistake(term.key, f"{name} has no order; use {name}:VALUE")
        return _either(self._any_of(term, lambda value: self._field_equals(field, value, term)), negated=negated)

    def _when(self, term: Term, name: str, field: Field, *, negated: bool) -> pl.Expr:
        column = pl.col(field.column)
        if field.kind == "duration":
            took = pl.coalesce(column, self.now - pl.col("created")) if name == "duration" else self.now - column
            value = self._single(term)
            seconds = moments.duration(value.text)
            if seconds is None:
                raise self._mistake(value, f"{value.text!r} is no duration; write 90s, 5m, 1h30m or 2d")
            compare = _COMPARE.get(term.operator)
            return _ordered(compare(took, seconds) if compare else took == seconds, took, negated=negated)
        start, end = self._moment(self._single(term))
        bounds = {
            "<": column < start,
            "<=": column <= max(start, end),
            ">": column >= end if end > start else column > start,
            ">=": column >= start,
        }
        inside = bounds.get(term.operator)
        if inside is None:
            inside = column.is_between(start, end, closed="left" if end > start else "both")
        return _ordered(inside, column, negated=negated)

    def _comparison(self, term: Term, column: pl.Expr, *, negated: bool) -> pl.Expr:
        value = self._single(term)
        try:
            limit = float(value.text.replace("_", ""))
        except ValueError:
            raise self._mistake(value, f"{value.text!r} is no number") from None
        return _ordered(_COMPARE[term.operator](column, limit), column, negated=negated, number=True)

    def _equals(self, column: str, value: Value, term: Term) -> pl.Expr:
        if self.columns[column] == pl.String:
            return self._text_equals(pl.col(column), value, term)
        if term.operator == "~" or ("*" in value.text and not value.quoted):
            return self._text_equals(pl.col(column).cast(pl.String), value, term)
        try:
            number = float(value.text)
        except ValueError:
            known = {"true": 1.0, "false": 0.0}.get(value.text.lower())
            if known is None:
                return pl.lit(value=False)
            number = known
        return pl.col(column).is_nan() if math.isnan(number) else pl.col(column) == number

    def _field_equals(self, field: Field, value: Value, term: Term) -> pl.Expr:
        column = pl.col(field.column)
        match field.kind:
            case "list":
                return self._list_equals(column, value, term)
            case "flag":
                if value.text.lower() not in _TRUE:
                    raise self._mistake(value, f"{value.text!r} is neither true nor false")
                return column == _TRUE[value.text.lower()]
            case "number":
                return self._equals(field.column, value, term)
            case _:
                return self._text_equals(column, value, term)

    def _list_equals(self, column: pl.Expr, value: Value, term: Term) -> pl.Expr:
        element = pl.element()
        found = self._text_equals(element, value, term)
        if term.operator in (":", "=") and not ("*" in value.text and not value.quoted):
            return (
                column.list.contains(value.text)
                | column.list.eval(element.str.starts_with(value.text + ":")).list.any()
            )
        return column.list.eval(found).list.any()

    def _text_equals(self, column: pl.Expr, value: Value, term: Term) -> pl.Expr:
        if term.operator == "~":
            return column.str.contains(self._pattern(value))
        if "*" in value.text and not value.quoted:
            return column.str.contains("(?s)^" + ".*".join(map(re.escape, value.text.split("*"))) + "$")
        return column == value.text

    def _pattern(self, value: Value) -> str:
        try:
            pl.Series([""]).str.contains(value.text)
        except pl.exceptions.PolarsError as error:
            why = str(error).strip().splitlines()[-1].removeprefix("error: ")
            raise self._mistake(value, f"this pattern cannot be read: {why}") from None
        return value.text

    def _any_of(self, term: Term, equals: Callable[[Value], pl.Expr]) -> pl.Expr:
        return reduce(or_, [equals(value) for value in term.values])

    def _single(self, term: Term) -> Value:
        if len(term.values) > 1:
            raise self._mistake(term.values[1], f"{term.key.name}{term.operator} takes one value")
        return term.values[0]

    def _moment(self, value: Value) -> tuple[float, float]:
        found = moments.moment(value.text, self.now)
        if found is None:
            raise self._mistake(value, f"{value.text!r} is no time; write 2h, 7d, today or 2026-11-01")
        return found

    def _number(self, column: str) -> pl.Expr:
        return pl.col(column).cast(pl.Float64, strict=False) if self.columns[column] == pl.String else pl.col(column)

    def _column(self, key: Key) -> str:
        kinds = (key.statistic,) if key.statistic else ("param", "metric")
        for kind in kinds:
            if f"{kind}.{key.name}" in self.columns:
                return f"{kind}.{key.name}"
        raise self._unknown(key, kinds)

    def _unknown(self, key: Key, kinds: tuple[str, ...]) -> FilterError:
        from rapidfuzz import process

        known = {column.partition(".")[2] for column in self.columns if column.partition(".")[0] in kinds}
        if key.statistic is None:
            known |= set(FIELDS)
        nearest = process.extractOne(key.name, sorted(known), score_cutoff=60)
        of = f"{key.statistic} of " if key.statistic in STATISTICS[1:] else ""
        message = f"no run has a key {of}{key.name!r}"
        return FilterError(self.text, key.start, key.end, message, nearest[0] if nearest else None)

    def _mistake(self, where: Key | Value, message: str) -> FilterError:
        return FilterError(self.text, where.start, where.end, message)


def _either(found: pl.Expr, *, negated: bool) -> pl.Expr:
    whole = found.fill_null(value=False)
    return ~whole if negated else whole


def _ordered(found: pl.Expr, column: pl.Expr, *, negated: bool, number: bool = False) -> pl.Expr:
    known = column.is_not_null() & (column.cast(pl.Float64).is_not_nan() if number else pl.lit(value=True))
    return ((~found if negated else found) & known).fill_null(value=False)
