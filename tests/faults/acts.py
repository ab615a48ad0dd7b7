"""What is killed at random moments: `acts.py NAME STORE ACKNOWLEDGED OTHER BUNDLE` does one thing to a store.

What has been promised, because a call returned, is written to the file ACKNOWLEDGED, a line at a time, at once.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import trackside
from trackside.services import doctor
from trackside.store import bundle, gc, merge, seal, trash
from trackside.store.layout import StorePaths
from trackside.store.store import Store

STEPS = 60
NAMES = 8


def acknowledge(*words: object) -> None:
    descriptor = os.open(sys.argv[3], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(descriptor, (" ".join(map(str, words)) + "\n").encode())
    os.close(descriptor)


def value(step: int) -> float:
    return step * 0.1 - 1


def content(name: str) -> bytes:
    """What the artifact of that name holds; every other one holds the same."""
    return b"content " * 3_000 + name[-1:].encode() if int(name[-1]) % 2 else b"common"


def record(store: Path) -> None:
    run = trackside.init(project="faults", name="recorded", store=store, quiet=True)
    acknowledge("run", run.id)
    for step in range(STEPS):
        run.log({"loss": value(step), "lr": 1 / (step + 1)}, step=step)
        acknowledge("step", step)
        if step % 10 == 0:
            run.note(f"note {step}", step=step)
            acknowledge("note", step)
    run.finish()
    acknowledge("finished")


def keep(store: Path) -> None:
    run = trackside.init(project="faults", name="kept", store=store, quiet=True)
    acknowledge("run", run.id)
    for number in range(NAMES):
        file = store.parent / f"artifact-{number}"
        file.write_bytes(content(file.name))
        run.log_artifact(file, name=file.name)
        acknowledge("artifact", file.name)
    run.finish()
    acknowledge("finished")


def edit(root: Path) -> None:
    store = Store.open(root)
    store.refresh()
    run = store.first_page(1)[0]
    acknowledge("run", run.id)
    for number in range(NAMES):
        store.editor().tags(run.id, [f"tag-{number}"], [])
        acknowledge("tag", f"tag-{number}")
        store.editor().set_fields(run.id, {"notes": f"{number}"})
        acknowledge("notes", number)
        store.editor().set_project("faults", {f"goal:{number}": "max"})
        acknowledge("goal", number)


def pack(store: Path) -> None:
    seal.SMALLEST = 0
    Store.open(store).seal()


def clear_out(store: Path) -> None:
    gc.collect(StorePaths(store))


def unite(store: Path) -> None:
    merge.merge(StorePaths(store), StorePaths(Path(sys.argv[4])))


def take_in(store: Path) -> None:
    bundle.read(StorePaths(store), Path(sys.argv[5]), None)


def empty(root: Path) -> None:
    store = Store.open(root)
    store.refresh()
    trash.empty(store.paths, store.trashed(), store.running())


def repair(root: Path) -> None:
    store = Store.open(root)
    store.refresh()
    doctor.doctor(store, repair=True)


ACTS: dict[str, Callable[[Path], None]] = {
    "recording": record,
    "artifacts": keep,
    "editing": edit,
    "sealing": pack,
    "gc": clear_out,
    "merge": unite,
    "import": take_in,
    "empty-trash": empty,
    "repair": repair,
}

if __name__ == "__main__":
    ACTS[sys.argv[1]](Path(sys.argv[2]))
