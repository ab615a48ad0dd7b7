"""What a filter says, as a tree. `start` and `end` are places in the filter's text, for messages that point at them."""

from collections.abc import Iterator
from typing import Literal, TypeAlias

import msgspec

Operator = Literal[":", "=", "<", "<=", ">", ">=", "~"]
Statistic = Literal["param", "metric", "min", "max", "mean", "best", "at_best"]


class Key(msgspec.Struct, frozen=True):
    """What a term asks about. Without a `statistic` it is a field, else a param, else a metric's last value."""

    name: str
    statistic: Statistic | None
    start: int
    end: int


class Value(msgspec.Struct, frozen=True):
    """What it is compared with. In quotes a star is a star."""

    text: str
    quoted: bool
    start: int
    end: int


class Term(msgspec.Struct, frozen=True):
    """`key operator value`; of several values any will do."""

    key: Key
    operator: Operator
    values: tuple[Value, ...]


class Word(msgspec.Struct, frozen=True):
    """A word on its own: searched in names, notes, tags and params."""

    text: str
    start: int
    end: int


class Not(msgspec.Struct, frozen=True):
    """What its part is not; `start` is where its `not` or minus stands."""

    part: "Node"
    start: int


class And(msgspec.Struct, frozen=True):
    """All of its parts; without any, every run."""

    parts: "tuple[Node, ...]"


class Or(msgspec.Struct, frozen=True):
    """Any of its parts."""

    parts: "tuple[Node, ...]"


Node: TypeAlias = Term | Word | Not | And | Or


def leaves(node: Node) -> Iterator[Term | Word]:
    """The terms and words of a tree, from left to right."""
    match node:
        case Term() | Word():
            yield node
        case Not():
            yield from leaves(node.part)
        case And() | Or():
            for part in node.parts:
                yield from leaves(part)


def place_of(leaf: Term | Word) -> tuple[int, int]:
    """Where in the text a term or a word stands."""
    return (leaf.start, leaf.end) if isinstance(leaf, Word) else (leaf.key.start, leaf.values[-1].end)


def mentions(node: Node, name: str) -> bool:
    """Whether a term of the tree asks about the field `name`."""
    return any(isinstance(leaf, Term) and leaf.key.name == name and not leaf.key.statistic for leaf in leaves(node))


def has_words(node: Node) -> bool:
    """Whether anything is searched, and not only compared."""
    return any(isinstance(leaf, Word) for leaf in leaves(node))


def without(node: Node, place: int) -> Node | None:
    """The tree less the term that stands at `place` of its text; None where nothing is left of it."""
    match node:
        case Word():
            return node
        case Term():
            return None if node.key.start <= place <= node.values[-1].end else node
        case Not():
            part = without(node.part, place)
            return None if part is None else Not(part, node.start)
        case And() | Or():
            parts = tuple(part for part in (without(part, place) for part in node.parts) if part is not None)
            return type(node)(parts) if parts else None
