"""What a recording process says: one line on standard error, and about one thing only once."""

import sys

from trackside.model.visible import visible


class Voice:
    """Says each thing once. Standard error that is closed or full is no reason to disturb training."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def once(self, topic: str, line: str) -> None:
        """Say `line`, unless something was said about `topic` before."""
        if topic not in self._said:
            self._said.add(topic)
            say(line)


def say(line: str) -> None:
    """One line on standard error."""
    try:
        if sys.stderr is not None:
            sys.stderr.write(f"trackside: {visible(line)}\n")
            sys.stderr.flush()
    except (OSError, ValueError):
        return
