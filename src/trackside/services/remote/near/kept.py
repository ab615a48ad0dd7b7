"""What the other side answered, kept until what it is about changes there. Safe to use from several threads."""

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")
Moment: TypeAlias = tuple[int, int]
"""How often all has changed, and how often one thing."""


class Kept(Generic[T]):
    """Answers by their keys, those that were used last up to a weight of `most` together."""

    def __init__(self, most: int, weight: Callable[[T], int] = lambda _: 1) -> None:
        self._most = most
        self._weight = weight
        self._answers: OrderedDict[tuple[str, Hashable], T] = OrderedDict()
        self._changes = Counter[str]()
        self._all_changes = 0
        self._lock = threading.Lock()

    def get(self, about: str, key: Hashable, ask: Callable[[], T]) -> T:
        """The answer to `key`, which tells of `about`; `ask` is called where it is not known.

        What changed while it was asked for is asked for again the next time.
        """
        with self._lock:
            if (about, key) in self._answers:
                self._answers.move_to_end((about, key))
                return self._answers[about, key]
            before = self._moment(about)
        answer = ask()
        with self._lock:
            if self._moment(about) == before:
                self._answers[about, key] = answer
                self._shrink()
        return answer

    def moments(self, abouts: Iterable[str]) -> dict[str, Moment]:
        """How these stand: another one once they have changed."""
        with self._lock:
            return {about: self._moment(about) for about in abouts}

    def keep_unchanged(self, answers: Mapping[str, T], before: Mapping[str, Moment]) -> None:
        """Keep answers about themselves, of those that did not change since `moments` was asked."""
        with self._lock:
            for about, answer in answers.items():
                if self._moment(about) == before.get(about):
                    self._answers[about, about] = answer
            self._shrink()

    def known(self, about: str, key: Hashable) -> T | None:
        """The answer to `key`, where it is known."""
        with self._lock:
            return self._answers.get((about, key))

    def put(self, about: str, key: Hashable, answer: T) -> None:
        """Keep an answer, whatever changes."""
        with self._lock:
            self._answers[about, key] = answer
            self._answers.move_to_end((about, key))
            self._shrink()

    def forget(self, abouts: Iterable[str]) -> None:
        """These have changed."""
        changed = set(abouts)
        with self._lock:
            self._changes.update(changed)
            for known in [known for known in self._answers if known[0] in changed]:
                del self._answers[known]

    def forget_all(self) -> None:
        """Anything may have changed."""
        with self._lock:
            self._all_changes += 1
            self._answers.clear()

    def _moment(self, about: str) -> Moment:
        return self._all_changes, self._changes[about]

    def _shrink(self) -> None:
        while len(self._answers) > 1 and sum(map(self._weight, self._answers.values())) > self._most:
            self._answers.popitem(last=False)
