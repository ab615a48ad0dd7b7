"""From the text of a filter to its tree, or to an error that points at the mistake. It knows no columns."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Never, cast

import msgspec

from trackside.model.errors import UsageError
from trackside.query.quoting import unquoted
from trackside.query.tree import And, Key, Node, Not, Operator, Or, Statistic, Term, Value, Word

if TYPE_CHECKING:
    from lark import Token

_CALL = re.compile(r"(\w+)\((.*)\)", re.DOTALL)
_PREFIXES = ("param.", "metric.")
_DEEPEST = 50
_KEPT = 128


class FilterError(UsageError):
    """A mistake in the filter `text`, at `[start, end)`; `suggestion` is the nearest word that would be right."""

    WHAT: ClassVar = "filter"

    def __init__(self, text: str, start: int, end: int, message: str, suggestion: str | None = None) -> None:
        super().__init__(f"{self.WHAT}, column {start + 1}: {message}{_meant(suggestion)}")
        self.text = text
        self.start = start
        self.end = max(end, min(start + 1, len(text)))
        self.message = message
        self.suggestion = suggestion

    @property
    def says(self) -> str:
        """What is mistaken, and what was likely meant."""
        return f"{self.message}{_meant(self.suggestion)}"

    def pointed(self) -> str:
        """The filter, and below it a line that points at the mistake."""
        return f"{self.text}\n{' ' * self.start}{'^' * max(1, self.end - self.start)}"


def _meant(suggestion: str | None) -> str:
    return f"; did you mean {suggestion}?" if suggestion else ""


@lru_cache(_KEPT)
def parse(text: str) -> Node:
    """The tree of a filter; an empty one is every run. FilterError where it is mistaken.

    It is kept: each facet asks for that of the same filter.
    """
    from lark.exceptions import UnexpectedInput

    from trackside.query.grammar import parser

    try:
        tree = parser().parse(text)
    except UnexpectedInput as error:
        _explain(text, error)
    return _Reader(text).node(tree.children[0], 0) if tree.children else And(())


class _Reader(msgspec.Struct, frozen=True):
    """Makes our tree of lark's."""

    text: str

    def node(self, tree: Any, depth: int) -> Node:
        if depth > _DEEPEST:
            raise FilterError(self.text, tree.meta.start_pos, tree.meta.end_pos, "this is nested too deeply")
        match tree.data:
            case "either":
                return Or(self._parts(tree, depth))
            case "both":
                return And(self._parts(tree, depth))
            case "negated":
                return Not(self.node(tree.children[0], depth + 1), tree.meta.start_pos)
            case "word":
                token = tree.children[0]
                return Word(_text(token), *_place(token))
            case _:
                return _term(tree.children)

    def _parts(self, tree: Any, depth: int) -> tuple[Node, ...]:
        return tuple(self.node(child, depth + 1) for child in tree.children)


def _term(children: list[Any]) -> Term:
    key, operator, said = children
    tokens = said.children if hasattr(said, "children") else [said]
    values = tuple(Value(_text(token), token.startswith('"'), *_place(token)) for token in tokens)
    return Term(key_of_token(key), cast("Operator", str(operator)), values)


def key_of_token(token: "Token") -> Key:
    """The key that a token of the grammar is."""
    start, end = _place(token)
    if token.type == "CALL":
        called = _CALL.fullmatch(token)
        if called is not None:
            statistic = "metric" if called[1] == "last" else called[1]
            return Key(unquoted(called[2].strip()), cast("Statistic", statistic), start, end)
    for prefix in _PREFIXES:
        if token.startswith(prefix) and len(token) > len(prefix):
            return Key(unquoted(token[len(prefix) :]), cast("Statistic", prefix[:-1]), start, end)
    return Key(_text(token), None, start, end)


def _text(token: "Token") -> str:
    return unquoted(str(token))


def _place(token: "Token") -> tuple[int, int]:
    return token.start_pos or 0, token.end_pos or 0


def _explain(text: str, error: Any) -> Never:
    from lark.exceptions import UnexpectedCharacters

    from trackside.query.grammar import NAMES

    token = getattr(error, "token", None)
    at_end = token is not None and token.type == "$END"
    start = len(text) if at_end else (error.pos_in_stream or 0)
    expected = getattr(error, "allowed" if isinstance(error, UnexpectedCharacters) else "expected", None) or set()
    if text.count('"') - text.count('\\"') & 1 and '"' in text[start:]:
        raise FilterError(text, text.rindex('"'), len(text), "this quote is never closed") from None
    if at_end:
        start = len(text.rstrip())
        what = "an operator's value is missing" if {"VALUE", "PATTERN"} & expected else "something is missing"
        if "RPAR" in expected and not {"VALUE", "PATTERN"} & expected:
            what = "a ) is missing"
        raise FilterError(text, start, start, f"{what} at the end") from None
    found = text[start : start + 1]
    if found == ")":
        raise FilterError(text, start, start + 1, "this ) closes nothing") from None
    wanted = sorted(NAMES[name] for name in expected if name in NAMES and name not in ("LPAR", "RPAR"))
    hint = f"; {' or '.join(wanted)} is expected" if wanted else "; put it in quotes if it is part of a name"
    raise FilterError(text, start, start + 1, f"{found!r} makes no sense here{hint}") from None
