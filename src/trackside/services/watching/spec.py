"""What a watch is to do, as it is kept for one that goes on after logout, and what it takes to do it."""

import hashlib
from collections.abc import Callable

import msgspec

from trackside.config.conditions import Conditions, conditions
from trackside.services.watching.message import Message
from trackside.services.watching.program import Program
from trackside.services.watching.telling import Way
from trackside.services.watching.webhook import Webhook


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """Which runs of which stores, what of them, and how it is told."""

    places: tuple[str, ...]
    filter: str
    on: tuple[str, ...]
    program: str | None = None
    shell: bool = False
    folder: str = "/"
    """Where the program is run: whoever made the watch may have named it, and its files, from there."""
    webhook: str | None = None

    @property
    def conditions(self) -> Conditions:
        """What it watches for."""
        return conditions(self.on)

    @property
    def usual_name(self) -> str:
        """A name that is another one for every other watch, however it tells."""
        told = msgspec.json.encode([self.places, self.filter, self.on])
        return f"watch-{hashlib.blake2b(told, digest_size=3).hexdigest()}"

    def ways(self) -> list[Way]:
        """How it is told, besides the line that is printed. UsageError where that makes no sense."""
        ways: list[Way] = []
        if self.program is not None:
            ways.append(Program(self.program, self.folder, shell=self.shell))
        if self.webhook is not None:
            ways.append(Webhook(self.webhook))
        return ways

    def sentence(self) -> str:
        """What it does, in a line that tells no secret."""
        by = [f"runs {Program(self.program, self.folder, shell=self.shell).shown}"] if self.program is not None else []
        by += [f"posts to {Webhook(self.webhook).shown}"] if self.webhook is not None else []
        which = f"runs that match {self.filter}" if self.filter else "all runs"
        return f"{which} of {', '.join(self.places)}, on {', '.join(self.on)}: " + (" and ".join(by) or "prints")


class Printed:
    """A message as lines that are printed."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    def tell(self, message: Message) -> None:
        """Print it."""
        if len(message.events) > 1:
            self._say(message.title)
        for line in message.text.split("\n"):
            self._say(line)
