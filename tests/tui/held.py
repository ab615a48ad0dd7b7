"""A reading that has found what is so and waits until a test lets it go: what is seen while an answer is late."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest


class Held:
    """What is read by `name` at a `place`, a module or a store. The first reading that `waits` is held back."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        place: object,
        name: str,
        waits: Callable[..., bool] = lambda *_: True,
    ) -> None:
        self.found, self.let_go = threading.Event(), threading.Event()
        self._read = getattr(place, name)
        self._waits = waits
        self._answer: Any = None
        monkeypatch.setattr(place, name, self)

    def __call__(self, *asked: Any) -> Any:
        answer = self._read(*asked)
        if not self.found.is_set() and self._waits(*asked):
            self._answer = answer
            self.found.set()
            assert self.let_go.wait(60)
        return answer

    def is_among(self, brought: Iterable[Iterable[object]]) -> bool:
        """Whether what was held back has arrived by now."""
        return any(one is self._answer for answer in brought for one in answer)


def arrivals(monkeypatch: pytest.MonkeyPatch, asker: type) -> list[tuple[object, ...]]:
    """What has been brought to whoever asked by now, whether that was shown or not."""
    brought: list[tuple[object, ...]] = []
    arrived = asker._arrived

    def counted(asker: Any, *answer: object) -> object:
        brought.append(answer)
        return arrived(asker, *answer)

    monkeypatch.setattr(asker, "_arrived", counted)
    return brought
