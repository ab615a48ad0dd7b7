"""Does the index say what the runs say? It is compared with one that is made anew, in memory."""

from collections.abc import Iterator

import msgspec

from trackside.model import run as model
from trackside.model.counting import listed
from trackside.model.progress import OnProgress
from trackside.model.run import Run
from trackside.model.status import RUNNING
from trackside.store.catch_up import CatchUp
from trackside.store.doctor.finding import Finding
from trackside.store.index import Index
from trackside.store.store import Store

_SHOWN = 3


def examine(store: Store, on_progress: OnProgress | None = None) -> Iterator[Finding]:
    """What is wrong with the index of a store, which was brought up to date just now."""
    anew = Index(None)
    CatchUp(store.paths, anew).all(on_progress)
    expected = {run.id: run for run in anew.runs(anew.ids())}
    anew.close()
    said = {run.id: run for run in store.runs(expected)}
    wrong = [run_id for run_id, run in expected.items() if not _alike(run, said.get(run_id))]
    if wrong:
        yield Finding(
            store.index.path or store.root,
            f"tells otherwise than the files of {listed(sorted(wrong), _SHOWN)}",
            "it can be made again",
            repair=lambda: f"made again from {store.reindex():,} runs",
        )


def _alike(run: Run, said: Run | None) -> bool:
    return said is not None and (RUNNING in (run.status, said.status) or _lasting(run) == _lasting(said))


def _lasting(run: Run) -> bytes:
    """A run, NaN and all, without what depends on when, and in how many pieces, it was read."""
    metrics = {name: msgspec.structs.replace(metric, mean=None) for name, metric in run.metrics.items()}
    lasting = msgspec.structs.replace(run, progress=model.Progress(), metrics=metrics, health=sorted(run.health))
    return msgspec.msgpack.encode(lasting, order="sorted")
