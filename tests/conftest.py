"""What every test gets: no store, no configuration and no cache of the person who runs them."""

import gc
import itertools
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("same", derandomize=True, database=None, deadline=None, max_examples=50)
settings.register_profile("search", deadline=None)
settings.load_profile("same")

_WORKER = "PYTEST_XDIST_WORKER"
"""Set in a worker, which has a folder for temporary files in that of the whole."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Three workers on two cores: a third of the time tests wait for processes, disks and clocks."""
    return (3 * (os.cpu_count() or 1) + 1) // 2


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Who has no tests left takes some of another worker's: the slow ones stand together."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log)


def pytest_collection_finish() -> None:
    """Python looks for garbage seldom, and not among what is there when the first test begins."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[Path]]:
    """Home folders of nobody: the first is that of fixtures which serve many tests.

    None of trackside's variables is set but one: a run records no more than a test needs that is not about what is
    captured around a run, which takes ten times as long as the run itself. `all_captured` has the rest.
    """
    folder = tmp_path_factory.mktemp("homes")
    numbered = (folder / str(number) for number in itertools.count())
    with pytest.MonkeyPatch.context() as patch:
        for variable in list(os.environ):
            if variable.startswith(("TRACKSIDE_", "XDG_")):
                patch.delenv(variable)
        patch.setenv("TRACKSIDE_CAPTURE", "data")
        patch.setenv("HOME", str(_made(next(numbered))))
        yield numbered


@pytest.fixture(scope="session", autouse=True)
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Processes that tests start find what others of them compiled, in a folder that all workers share."""
    base = tmp_path_factory.getbasetemp()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        patch.setenv("PYTHONPYCACHEPREFIX", str((base.parent if _WORKER in os.environ else base) / "compiled"))
        yield


@pytest.fixture(scope="session", autouse=True)
def signals() -> Iterator[None]:
    """What tests start hears signals, also in a suite that runs under `nohup` or in the background of a script."""
    usual = {signal.SIGHUP: signal.SIG_DFL, signal.SIGQUIT: signal.SIG_DFL, signal.SIGINT: signal.default_int_handler}
    ignored = [number for number in usual if signal.getsignal(number) == signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, usual[number])
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


@pytest.fixture(autouse=True)
def own_home(homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of the test's own."""
    home = _made(next(homes))
    monkeypatch.setenv("HOME", str(home))
    return home


@pytest.fixture
def all_captured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs record all that they record where nobody says otherwise."""
    monkeypatch.delenv("TRACKSIDE_CAPTURE")


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
