"""What is told: one message of one event or of many, as a title, a few lines, and JSON."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from trackside.model.counting import counted
from trackside.model.visible import visible
from trackside.services.watching.events import Event

_LINES = 10
_EVENTS = 100
_LONGEST_LINE = 180


class Message(msgspec.Struct, frozen=True):
    """One or several events of the runs in `places`, in the order in which they are told."""

    events: tuple[Event, ...]
    places: tuple[str, ...]

    @property
    def title(self) -> str:
        """One line on all of them."""
        runs = len({event.run for event in self.events})
        if runs == 1:
            return _short(f"{self.events[0].name}: " + ", ".join(event.what for event in self.events))
        whats = Counter(event.what.partition(":")[0] for event in self.events)
        return f"{counted(runs, 'run')}: " + ", ".join(f"{count:,} {what}" for what, count in whats.most_common())

    @property
    def text(self) -> str:
        """A line for each of the first ten, and how many more there are."""
        lines = [_short(f"{event.name} ({event.project}): {event.text}") for event in self.events[:_LINES]]
        more = len(self.events) - _LINES
        return "\n".join([*lines, f"… and {more:,} more"] if more > 0 else lines)

    def document(self) -> dict[str, Any]:
        """All of it for programs, the first hundred events one by one."""
        told = [{**msgspec.to_builtins(event), "text": event.text} for event in self.events[:_EVENTS]]
        for event in told:
            del event["key"]
        return {
            "title": self.title,
            "text": self.text,
            "count": len(self.events),
            "stores": list(self.places),
            "events": told,
        }


def of_test(places: Sequence[str]) -> Message:
    """A message that says that it is a test."""
    event = Event(
        key="test",
        what="test",
        run="",
        name="trackside watch",
        project="test",
        status="",
        text="this is a test: messages arrive",
    )
    return Message((event,), tuple(places))


def _short(line: str) -> str:
    shown = visible(line)
    return shown if len(shown) <= _LONGEST_LINE else shown[: _LONGEST_LINE - 1] + "…"
