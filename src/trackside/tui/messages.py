"""What workers and widgets tell the screens. Everything that crosses a thread is frozen."""

from textual.message import Message


class StoreChanged(Message, bubble=False):
    """Runs and projects that are not as they were. The index has already taken the change in."""

    def __init__(self, runs: frozenset[str], projects: frozenset[str]) -> None:
        super().__init__()
        self.runs = runs
        self.projects = projects


class CatchingUp(Message, bubble=False):
    """How much of the store has been looked at since the app was opened."""

    def __init__(self, done: int, total: int) -> None:
        super().__init__()
        self.done = done
        self.total = total

    def can_replace(self, message: Message) -> bool:
        """Only the latest number counts."""
        return isinstance(message, CatchingUp)


class CaughtUp(Message, bubble=False):
    """All that another system's place held when it was opened is in the index."""


class PassedOver(Message, bubble=False):
    """All that could not be read where runs are looked for, and why: a line each, none where all of it was."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        super().__init__()
        self.lines = lines


class Previewed(Message):
    """What was read of a run for its preview is about to be seen."""


class StoreFailed(Message, bubble=False):
    """Why the store cannot be followed, in one line; nothing once it can be again."""

    def __init__(self, why: str) -> None:
        super().__init__()
        self.why = why


class Told(Message):
    """A line to tell the person: what a key did, or why it did nothing."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
