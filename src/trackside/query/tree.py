"""What a filter says, as a tree. `start` and `end` are places in the filter's text, for messages that point at them."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Operator = Literal[":", "=", "<", "<=", ">", ">=", "~"]
Statistic = Literal["param", "metric", "min", "max", "best", "at_best"]


@dataclass(frozen=True, slots=True)
class Key:
    """What a term asks about. Without a `statistic` it is a field, else a param, else a metric's last value."""

    name: str
    statistic: Statistic | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Value:
    """What it is compared with. In quotes a star is a star."""

    text: str
    quoted: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Term:
    """`key operator value`; of several values any will do."""

    key: Key
    operator: Operator
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Word:
    """A word on its own: searched in names, notes, tags and params."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Not:
    """What its part is not."""

    part: "Node"


@dataclass(frozen=True, slots=True)
class And:
    """All of its parts; without any, every run."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """Any of its parts."""

    parts: "tuple[Node, ...]"


Node: TypeAlias = Term | Word | Not | And | Or


def mentions(node: Node, name: str) -> bool:
    """Whether a term of the tree asks about the key `name`."""
    match node:
        case Term():
            return node.key.name == name
        case Word():
            return False
        case Not():
            return mentions(node.part, name)
        case And() | Or():
            return any(mentions(part, name) for part in node.parts)
