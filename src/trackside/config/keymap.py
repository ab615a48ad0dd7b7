"""Keys that a person chose: which actions there are to remap, what is a key, and which keys must stay what they are.

The actions are told to it: it knows no screen.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol

from trackside.config.typed import Faults, nearest
from trackside.model.nearest import nearest as nearest_word

RESERVED = tuple(f"ctrl+{letter}" for letter in "abchijklmqsz")
"""A terminal, tmux or screen takes them for something else, or a person means something else by them everywhere."""

EVERYWHERE = "everywhere"
"""The context of actions that can be done in all of them."""

_MODIFIERS = ("ctrl", "alt", "shift", "super", "meta", "hyper")
_NAMED = (
    *("enter", "escape", "tab", "space", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown"),
    *("up", "down", "left", "right", "plus", "minus", "comma", "question_mark", "slash", "colon", "equals_sign"),
    *(f"f{number}" for number in range(1, 25)),
)


class Action(Protocol):
    """What the app's registry has."""

    @property
    def id(self) -> str:
        """Its name in the file."""

    @property
    def label(self) -> str:
        """What it is called on the screen."""

    @property
    def keys(self) -> str:
        """Its keys where nobody chose others, separated by commas."""

    @property
    def contexts(self) -> tuple[str, ...]:
        """Where it can be done."""

    @property
    def numbered(self) -> bool:
        """Whether its keys are the digits."""


def faults(keys: Mapping[str, str], actions: Sequence[Action]) -> Faults:
    """What is mistaken in `keys`, by `("keys", id)`."""
    known = {action.id: action for action in actions}
    found: Faults = {}
    for name, chosen in keys.items():
        if name not in known:
            found["keys", name] = f"is no action{_nearest(name, actions)}"
        elif known[name].numbered:
            found["keys", name] = "cannot be changed: its keys are the digits"
        elif why := next(_mistaken(chosen, known[name]), None):
            found["keys", name] = why
    right = {name: chosen for name, chosen in keys.items() if ("keys", name) not in found}
    for name in right:
        if why := _taken(known[name], right, actions):
            found["keys", name] = why
    return found


def _nearest(name: str, actions: Sequence[Action]) -> str:
    """`; did you mean this?`: by its name, or by what it is called on the screen."""
    called = {action.label.lower().replace(" ", "_"): action.id for action in actions} | {
        action.id: action.id for action in actions
    }
    near = nearest_word(name, called)
    return "" if near is None else f"; did you mean {called[near]}?"


def _mistaken(chosen: str, action: Action) -> Iterator[str]:
    for key in _split(chosen):
        *modifiers, base = key.replace("++", "+plus").split("+") if len(key) > 1 else [key]
        if any(modifier not in _MODIFIERS for modifier in modifiers) or not (len(base) == 1 or base in _NAMED):
            yield f"has {key!r}, which is no key{nearest(base, list(_NAMED))}"
        elif key.lower() in RESERVED and key.lower() not in _split(action.keys):
            yield f"has {key}, which means something else at every terminal; choose another key"


def _taken(action: Action, chosen: Mapping[str, str], actions: Sequence[Action]) -> str | None:
    """Which other action has one of its keys where both can be done, though it would not by default."""
    keys = _split(chosen[action.id])
    for other in actions:
        meets = EVERYWHERE in (*action.contexts, *other.contexts) or set(action.contexts) & set(other.contexts)
        if other.id == action.id or not meets:
            continue
        shared = _shared(keys, _split(chosen.get(other.id, other.keys)))
        by_default = _shared(_split(action.keys), _split(other.keys))
        if shared - by_default:
            return f"has {min(shared - by_default)}, which is the key of {other.id} in the same place"
    return None


def _shared(keys: Collection[str], others: Collection[str]) -> set[str]:
    return set(keys) & set(others)


def _split(keys: str) -> list[str]:
    return [key.strip() for key in keys.split(",") if key.strip()]
