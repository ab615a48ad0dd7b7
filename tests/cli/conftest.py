"""A small store of real runs, and a way to call the command line on it."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import trackside
from trackside.cli.main import main


@dataclass(frozen=True)
class Said:
    """What a command printed, and how it ended."""

    status: int
    out: str
    err: str


Call = Callable[..., Said]


@pytest.fixture(autouse=True)
def nobody_configured_anything(tmp_path, monkeypatch):
    for variable in ("TRACKSIDE_STORE", "TRACKSIDE_RUN", "TRACKSIDE_MODE"):
        monkeypatch.delenv(variable, raising=False)
    home = tmp_path / "home"
    home.mkdir()
    for variable, folder in {"HOME": "", "XDG_DATA_HOME": "data", "XDG_CONFIG_HOME": "config"}.items():
        monkeypatch.setenv(variable, str(home / folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def recorded(tmp_path_factory) -> Path:
    """Three runs of two projects: one of them diverged, one failed."""
    root = tmp_path_factory.mktemp("recorded") / "store"
    with trackside.init(
        project="digits",
        name="brisk-heron",
        group="lr-sweep",
        tags=["baseline", "first"],
        notes="does dropout help?",
        params={"lr": 1e-3, "model": {"depth": 4}},
        total_steps=10,
        seed=7,
        store=root,
        quiet=True,
    ) as run:
        run.define_metric("val/accuracy", goal="max", primary=True)
        for step in range(10):
            run.log(
                {"val/accuracy": 0.5 + 0.05 * min(step, 5) - 0.01 * (step > 5), "train/loss": 1 / (step + 1)}, step=step
            )
        run.note("lr dropped by hand", step=4)
    with trackside.init(project="digits", name="calm-otter", params={"lr": 3e-4}, store=root, quiet=True) as run:
        run.define_metric("val/accuracy", goal="max", primary=True)
        for step in range(4):
            run.log({"val/accuracy": 0.9, "train/loss": float("nan") if step == 3 else 0.5}, step=step)
    with pytest.raises(RuntimeError), trackside.init(project="words", name="odd-\x1b[31mlynx", store=root, quiet=True):
        raise RuntimeError("out of memory")
    return root


@pytest.fixture
def store(recorded, tmp_path) -> Path:
    """A copy of the recorded store, to be edited at will."""
    return Path(shutil.copytree(recorded, tmp_path / "store"))


@pytest.fixture
def call(store, capsys) -> Call:
    """Call `trackside` in this process on the copied store."""

    def called(*arguments: str, on: Path | None = store) -> Said:
        with pytest.raises(SystemExit) as left:
            main([*(() if on is None else ("--store", str(on))), *arguments])
        printed = capsys.readouterr()
        assert isinstance(left.value.code, int)
        return Said(left.value.code, printed.out, printed.err)

    return called
