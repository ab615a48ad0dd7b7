"""What a person asks for in quick succession, done beside the event loop in that order, one after the other."""

from collections import deque
from collections.abc import Callable
from threading import Lock

from textual.dom import DOMNode


class InOrder:
    """Work of one kind, in worker threads of one `group`: how many there are and which is first does not matter."""

    def __init__(self, group: str) -> None:
        self._group = group
        self._asked: deque[Callable[[], object]] = deque()
        self._doing = Lock()

    def do(self, owner: DOMNode, work: Callable[[], object]) -> None:
        """Do this once all that was asked for before is done. What goes wrong is an error of a worker of `owner`."""
        self._asked.append(work)
        owner.run_worker(self._next, thread=True, group=self._group, exit_on_error=False)

    def _next(self) -> None:
        with self._doing:
            while self._asked:
                self._asked.popleft()()
