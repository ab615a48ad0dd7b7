"""Derived columns: `=val/loss - train/loss`, numbers over the keys that a filter knows.

Names of metrics hold `/` and `-`, so these two stand apart from a name; a name with other signs in it is in quotes.
Where a run lacks one of the keys it has no value, and neither has a division by zero.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Never

import polars as pl

from trackside.query.compile import column_of_key, field_of
from trackside.query.fields import FIELDS
from trackside.query.parse import FilterError, key_of_token
from trackside.query.tree import Key

if TYPE_CHECKING:
    from lark import Lark

SIGN = "="
"""A column that begins so is derived."""

_GRAMMAR = r"""
?start: sum
?sum: product
    | sum "+" product -> add
    | sum "-" product -> subtract
?product: factor
    | product "*" factor -> multiply
    | product "/" factor -> divide
?factor: "-" factor -> negate
    | "(" sum ")"
    | NUMBER -> number
    | key
?key: CALL | QUOTED_KEY | KEY

NUMBER.4: /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?=[\s()*+\/-]|$)/
CALL.3: /(?:param|metric|last|min|max|mean|best|at_best)\((?:"(?:[^"\\]|\\.)*"|[^()"]+)\)/
QUOTED_KEY.3: /(?:(?:param|metric)\.)?"(?:[^"\\]|\\.)*"/
KEY.2: /[^\s()":,<>=~+*\/-](?:[^\s()":,<>=~+*]*[^\s()":,<>=~+*\/-])?/

%ignore /\s+/
"""
_DEEPEST = 60
_NUMERIC = ("number", "time", "duration")


class DerivedError(FilterError):
    """A mistake in a derived column."""

    WHAT: ClassVar = "formula"


def derived(text: str, columns: Mapping[str, pl.DataType]) -> pl.Expr:
    """The column that `text`, with or without its `=`, is typed for. DerivedError points at a mistake."""
    from lark.exceptions import UnexpectedInput

    formula = formula_of(text)
    try:
        tree = _parser().parse(formula)
    except UnexpectedInput as error:
        _explain(formula, error)
    value = _Reader(formula, columns).value(tree, 0)
    return pl.when(value.is_infinite()).then(None).otherwise(value).fill_nan(None)


def formula_of(text: str) -> str:
    """What stands behind the `=`."""
    return text.strip().removeprefix(SIGN).strip()


@cache
def _parser() -> "Lark":
    from lark import Lark

    return Lark(_GRAMMAR, parser="lalr", lexer="contextual", propagate_positions=True, maybe_placeholders=False)


class _Reader:
    """Makes a polars expression of lark's tree."""

    def __init__(self, text: str, columns: Mapping[str, pl.DataType]) -> None:
        self._text = text
        self._columns = columns

    def value(self, tree: Any, depth: int) -> pl.Expr:
        """The expression of a part of the tree."""
        if depth > _DEEPEST:
            raise DerivedError(self._text, 0, len(self._text), "this is nested too deeply")
        if not hasattr(tree, "children"):
            return self._of_key(key_of_token(tree))
        if tree.data == "number":
            return pl.lit(float(tree.children[0]))
        parts = [self.value(child, depth + 1) for child in tree.children]
        match tree.data:
            case "add":
                return parts[0] + parts[1]
            case "subtract":
                return parts[0] - parts[1]
            case "multiply":
                return parts[0] * parts[1]
            case "divide":
                return parts[0] / parts[1]
            case _:
                return -parts[0]

    def _of_key(self, key: Key) -> pl.Expr:
        field = None if key.statistic else field_of(key.name, self._columns)
        if field is not None and FIELDS[field].kind not in _NUMERIC:
            raise DerivedError(self._text, key.start, key.end, f"{key.name} is no number")
        column = column_of_key(key, self._columns, self._mistake) if field is None else FIELDS[field].column
        return pl.col(column).cast(pl.Float64, strict=False)

    def _mistake(self, key: Key, message: str, suggestion: str | None) -> DerivedError:
        if suggestion is None and not key.statistic and re.search(r"[/-]", key.name):
            message += "; put spaces round a / or a - that is not a part of a name"
        return DerivedError(self._text, key.start, key.end, message, suggestion)


def _explain(text: str, error: Any) -> Never:
    token = getattr(error, "token", None)
    start = error.pos_in_stream
    if start is None or start < 0 or (token is not None and token.type == "$END"):
        start = len(text)
    expected = getattr(error, "expected", None) or getattr(error, "allowed", None) or set()
    if text.count('"') % 2 and '"' in text[start:]:
        raise DerivedError(text, text.rindex('"'), len(text), "this quote is never closed") from None
    wanted = "a key, a number or (" if "NUMBER" in expected else "one of + - * /"
    if start == len(text):
        closes = "RPAR" in expected
        message = "a ) is missing at the end" if closes else f"something is missing at the end: {wanted}"
        raise DerivedError(text, start, start, message) from None
    found = text[start]
    message = "this ) closes nothing" if found == ")" and "NUMBER" not in expected else f"{wanted} belongs here"
    raise DerivedError(text, start, start + 1, message) from None
