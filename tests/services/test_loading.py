"""While the app is loaded numpy begins no threads, and programs that are started later know nothing of that."""

import gc
import os
from collections.abc import Iterator

import pytest

from trackside.services import loading

ASKED = "OPENBLAS_NUM_THREADS"
ANY = (ASKED, "OMP_NUM_THREADS")


@pytest.fixture(autouse=True)
def _garbage_is_looked_for_as_before() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


def test_numpy_is_asked_for_one_thread_until_the_app_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ANY:
        monkeypatch.delenv(name, raising=False)
    loading.begin()
    assert os.environ[ASKED] == "1"
    loading.end()
    assert ASKED not in os.environ


@pytest.mark.parametrize("name", ANY)
def test_whoever_asked_for_threads_has_them(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for one in ANY:
        monkeypatch.delenv(one, raising=False)
    monkeypatch.setenv(name, "8")
    loading.begin()
    assert {one: os.environ[one] for one in ANY if one in os.environ} == {name: "8"}
    loading.end()
    assert os.environ[name] == "8"


def test_garbage_is_not_looked_for_until_then_and_from_then_on_but_among_what_is_new() -> None:
    loading.begin()
    assert not gc.isenabled()
    loading.end()
    assert gc.isenabled()
    assert gc.get_freeze_count()
