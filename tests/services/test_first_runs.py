"""The first start on a folder of another system: what is seen while its runs are still looked for."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import wandb_log

from trackside.model.foreign import Found
from trackside.model.progress import OnProgress
from trackside.services.places.mirror import Mirror
from trackside.sources.table import SOURCES
from trackside.sources.walk import FIRST, OnFirst, Walk
from trackside.store.mirrored import MirroredStore

RUNS = FIRST + 10


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Folders of many runs of W&B, each begun a second after the one before."""
    for number in range(RUNS):
        recorded(tmp_path / "wandb", number, f"run{number:05}", {"lr": number}, steps=[0, 1, 2])
    return tmp_path / "wandb"


@pytest.fixture
def store(tree: Path) -> Iterator[MirroredStore]:
    opened = MirroredStore.at(str(tree))
    yield opened
    opened.close()


@pytest.fixture
def owned(store: MirroredStore) -> Iterator[int]:
    """What holds the mirror, for one owner after the other."""
    descriptor = store.own()
    assert descriptor is not None
    yield descriptor
    os.close(descriptor)


class Seen(Walk):
    """A search that notes which runs a reader of the store sees when the first were told of."""

    def __init__(self, root: Path, store: MirroredStore) -> None:
        super().__init__(root, SOURCES)
        self.store = store
        self.names: list[str] = []

    def find(
        self,
        on_progress: OnProgress | None = None,
        on_first: OnFirst | None = None,
        stop: threading.Event | None = None,
    ) -> list[Found]:
        def told(found: list[Found]) -> None:
            assert on_first is not None
            on_first(found)
            self.store.refresh()
            self.names = [run.source_id for run in self.store.first_page(RUNS)]

        return super().find(on_progress, told if on_first is not None else None, stop)


def recorded(folder: Path, second: int, run_id: str, config: dict[str, int], steps: list[int]) -> None:
    """A run's folder that was begun in that second."""
    told = [wandb_log.run(f1=run_id, f17=wandb_log.field(1, wandb_log.STARTED + second)), wandb_log.config(config)]
    rows = [wandb_log.row(step, {"loss": step / 2}) for step in steps]
    inside = folder / f"run-20231114_{221320 + second}-{run_id}"
    inside.mkdir(parents=True)
    (inside / f"run-{run_id}.wandb").write_bytes(wandb_log.log([*told, *rows, wandb_log.ended()]))


def test_the_newest_runs_are_seen_while_the_others_are_looked_for(tree: Path, store: MirroredStore, owned: int) -> None:
    seen = Seen(tree, store)
    Mirror(store, owned, seen, SOURCES).catch_up()
    store.refresh()
    assert [name[-8:] for name in seen.names] == [f"run{number:05}" for number in range(RUNS - 1, RUNS - 1 - FIRST, -1)]
    assert store.count() == RUNS


def test_what_was_read_before_is_not_read_first_again(tree: Path, store: MirroredStore, owned: int) -> None:
    mirror = Mirror(store, owned, Walk(tree, SOURCES), SOURCES)
    mirror.catch_up()
    mirror.close()
    seen = Seen(tree, store)
    Mirror(store, owned, seen, SOURCES).catch_up()
    assert seen.names == []


def test_a_run_of_which_an_older_folder_is_found_later_is_read_from_its_start(
    tree: Path, store: MirroredStore, owned: int
) -> None:
    recorded(tree, -20, "resumed", {"lr": 1}, steps=[0, 1])
    recorded(tree, RUNS, "resumed", {"lr": 2}, steps=[2, 3])
    seen = Seen(tree, store)
    Mirror(store, owned, seen, SOURCES).catch_up()
    store.refresh()
    (run,) = (run for run in store.first_page(RUNS + 1) if run.source_id.endswith("resumed"))
    assert run.source_id in seen.names
    assert run.params == {"lr": 2}
    assert len(list(store.run_paths(run.id).logs.iterdir())) == 1
    assert store.series(run.id, "loss").step.tolist() == [0, 1, 2, 3]


def test_opening_places_loads_nothing_that_only_reading_needs(tree: Path) -> None:
    code = (
        "import sys\n"
        "from trackside.services.places.opening import open_places\n"
        "open_places([sys.argv[1]]).live()\n"
        "print({'numpy', 'polars'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tree)], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_a_run_taken_out_by_a_reader_that_is_killed_is_read_again(tree: Path, store: MirroredStore, owned: int) -> None:
    mirror = Mirror(store, owned, Walk(tree, SOURCES), SOURCES)
    mirror.catch_up()
    mirror.close()
    gone = next(tree.glob("*-run00003"))
    away = gone.rename(tree.parent / gone.name)
    killed = Mirror(store, owned, Walk(tree, SOURCES), SOURCES)
    killed._search()
    away.rename(gone)
    Mirror(store, owned, Walk(tree, SOURCES), SOURCES).catch_up()
    store.refresh()
    assert store.count() == RUNS
