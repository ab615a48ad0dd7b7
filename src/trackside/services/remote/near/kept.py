"""What the other side answered, kept until what it is about changes there. Safe to use from several threads."""

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")
Moment: TypeAlias = tuple[int, int]
"""How often all has changed, and how often one thing."""

_Key: TypeAlias = tuple[str, Hashable]


class Kept(Generic[T]):
    """Answers by their keys, those that were used last up to a weight of `most` together."""

    def __init__(self, most: int, weight: Callable[[T], int] = lambda _: 1) -> None:
        self._most = most
        self._weight = weight
        self._answers: OrderedDict[_Key, T] = OrderedDict()
        self._held = 0
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
                self._keep((about, key), answer)
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
                    self._keep((about, about), answer)

    def known(self, about: str, key: Hashable) -> T | None:
        """The answer to `key`, where it is known."""
        with self._lock:
            return self._answers.get((about, key))

    def put(self, about: str, key: Hashable, answer: T) -> None:
        """Keep an answer, whatever changes."""
        with self._lock:
            self._keep((about, key), answer)

    def forget(self, abouts: Iterable[str]) -> None:
        """These have changed."""
        changed = set(abouts)
        with self._lock:
            self._changes.update(changed)
            for known in [known for known in self._answers if known[0] in changed]:
                self._drop(known)

    def forget_all(self) -> None:
        """Anything may have changed."""
        with self._lock:
            self._all_changes += 1
            self._answers.clear()
            self._held = 0

    def _moment(self, about: str) -> Moment:
        return self._all_changes, self._changes[about]

    def _keep(self, known: _Key, answer: T) -> None:
        if known in self._answers:
            self._drop(known)
        self._answers[known] = answer
        self._held += self._weight(answer)
        while len(self._answers) > 1 and self._held > self._most:
            self._drop(next(iter(self._answers)))

    def _drop(self, known: _Key) -> None:
        self._held -= self._weight(self._answers.pop(known))
