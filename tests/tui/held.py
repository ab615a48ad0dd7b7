"""A reading that has found what is so and waits until a test lets it go: what is seen while an answer is late."""

import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest


class Held:
    """What `module` reads by `name`. Only the first reading that `waits` is held back; the others go on."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        module: ModuleType,
        name: str,
        waits: Callable[..., bool] = lambda *_, **__: True,
    ) -> None:
        self.found, self.let_go, self.passed = threading.Event(), threading.Event(), threading.Event()
        self._read = getattr(module, name)
        self._waits = waits
        monkeypatch.setattr(module, name, self)

    def __call__(self, *asked: Any, **more: Any) -> Any:
        answer = self._read(*asked, **more)
        if self._waits(*asked, **more) and not self.found.is_set():
            self.found.set()
            assert self.let_go.wait(60)
        elif self.found.is_set():
            self.passed.set()
        return answer
