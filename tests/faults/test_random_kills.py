"""`kill -9` at random moments of everything that writes: at a system call, by strace, or after a random time.

Whatever the moment, `doctor` finds nothing damaged but content that was just being stored, nothing that was promised is
lost, nothing is there twice, and doing it again completes it. The suite tries a few moments, `just faults` 300.
"""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import acts
import msgspec
import pytest
from blake3 import blake3

import trackside
from trackside.services.doctor import doctor
from trackside.store import bundle, files, seal
from trackside.store.artifacts import open_verified
from trackside.store.layout import StorePaths
from trackside.store.store import Store

pytestmark = pytest.mark.usefixtures("all_captured")

KILLS = int(os.environ.get("TRACKSIDE_RANDOM_KILLS", "9"))
ATTEMPTS = 5
DAY = 86_400.0
CALLS = (
    "write,pwrite64,rename,renameat2,unlink,unlinkat,fsync,mkdir,mkdirat,chmod,fchmod,utimensat,ftruncate,link,linkat"
)


def strace() -> str | None:
    """Where strace is, if it is there and may trace."""
    found = shutil.which("strace")
    may = found is not None and subprocess.run([found, "-qq", "-o", "/dev/null", "true"], check=False).returncode == 0
    return found if may else None


STRACE = strace()


@dataclass(frozen=True)
class Before:
    """A store as it is before anything is killed, another copy of it that went on, and a bundle of a run of that."""

    store: Path
    other: Path
    bundle: Path
    told: dict[str, object]
    """What readers are told of the store, and of the other copy."""
    told_of_other: dict[str, object]
    calls: dict[str, Counter[str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Before:
    folder = tmp_path_factory.mktemp("before")
    store = folder / "store"
    for number in range(3):
        record(store, f"run-{number}", folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seal, "SMALLEST", 0)
        first = next(iter(StorePaths(store).run_ids()))
        seal.seal(StorePaths(store).run(first))
    throw_away(store)
    other = Path(shutil.copytree(store, folder / "other"))
    record(other, "of-the-other", folder)
    opened = Store.open(other)
    opened.refresh()
    for run in opened.first_page(9):
        opened.editor().tags(run.id, ["of-the-other"], [])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seal, "SMALLEST", 0)
        opened.seal()
    newest = opened.first_page(1)[0].id
    opened.close()
    bundle.write(StorePaths(other), [newest], folder / "bundle", 0o644, None)
    age(store)
    return Before(store, other, folder / "bundle", everything(store), everything(other))


def record(store: Path, name: str, folder: Path) -> None:
    with trackside.init(project="faults", name=name, store=store, quiet=True) as run:
        for step in range(acts.STEPS):
            run.log({"loss": acts.value(step), "odd": float("nan") if step % 2 else -0.0}, step=step)
        (folder / name).write_bytes(name.encode() * 2_000)
        run.log_artifact(folder / name, name="weights")


def throw_away(store: Path) -> None:
    """A run that has been in the trash for more than a week."""
    real = time.time
    opened = Store.open(store)
    opened.refresh()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", lambda: real() - 8 * DAY)
        opened.editor().set_fields(opened.first_page(1)[0].id, {"trashed": True})
    opened.close()


def damage(store: Path) -> bytes:
    """Another byte in the middle of the largest log; what the log is then."""
    log = max(store.glob("runs/*/*/w/*.log"), key=lambda path: path.stat().st_size)
    content = bytearray(log.read_bytes())
    content[len(content) // 2] ^= 0xFF
    log.write_bytes(content)
    return bytes(content)


def age(store: Path) -> None:
    """Contents that gc keeps, moves, brings back and deletes."""
    paths = StorePaths(store)
    needed = sorted(path for path in paths.blobs.rglob("*") if path.is_file())
    for number in range(6):
        digest = blake3(b"%d" % number).hexdigest()
        place = paths.blob(digest) if number % 2 else paths.trashed_blob(digest)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"%d" % number)
    paths.trashed_blob(needed[0].name).parent.mkdir(parents=True, exist_ok=True)
    needed[0].rename(paths.trashed_blob(needed[0].name))
    for blob in (path for folder in (paths.blobs, paths.trashed_blobs) for path in folder.rglob("*") if path.is_file()):
        os.utime(blob, (time.time() - 9 * DAY,) * 2)


def command(act: str, store: Path, before: Before) -> list[str]:
    acknowledged = str(store.parent / "acknowledged")
    return [sys.executable, acts.__file__, act, str(store), acknowledged, str(before.other), str(before.bundle)]


def seconds_of(act: str, before: Before, folder: Path) -> float:
    """How long an act takes; looked at once."""
    if act not in before.seconds:
        doing = command(act, Path(shutil.copytree(before.store, folder / "timed" / "store")), before)
        started = time.monotonic()
        subprocess.run(doing, check=True)
        before.seconds[act] = time.monotonic() - started
    return before.seconds[act]


def calls_of(act: str, before: Before, folder: Path) -> Counter[str]:
    """How often an act makes each system call that changes something; looked at once."""
    if act not in before.calls:
        doing = command(act, Path(shutil.copytree(before.store, folder / "traced" / "store")), before)
        trace = folder / "trace"
        subprocess.run([STRACE, "-f", "-qq", "-o", str(trace), "-e", f"trace={CALLS}", *doing], check=True)
        lines = [line.split(None, 1) for line in trace.read_text(errors="replace").splitlines()]
        main = lines[0][0]
        before.calls[act] = Counter(re.match(r"\w*", call)[0] for process, call in lines if process == main)
    return before.calls[act]


def killed(act: str, before: Before, folder: Path, chance: random.Random) -> tuple[Path, str]:
    """A copy of the store in which an act was killed, and how that was. One that was through before is done again."""
    for attempt in range(ATTEMPTS):
        store = Path(shutil.copytree(before.store, folder / f"{attempt}" / "store"))
        if act == "repair":
            damage(store)
        how = kill(act, store, before, folder, chance)
        if how:
            break
    return store, how


def kill(act: str, store: Path, before: Before, folder: Path, chance: random.Random) -> str:
    """Do an act and kill it; how it was killed, nothing where it was through before."""
    doing = command(act, store, before)
    if STRACE is not None and chance.random() < 0.7:
        calls = calls_of(act, before, folder)
        call = chance.choices(list(calls), list(calls.values()))[0]
        when = chance.randint(1, calls[call])
        injected = [STRACE, "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}"]
        injected += ["-e", f"inject={call}:signal=KILL:when={when}", *doing]
        done = subprocess.run(injected, check=False)
        return f"at {call} number {when}" if done.returncode else ""
    patience = chance.uniform(0.2, 0.9) * seconds_of(act, before, folder)
    with subprocess.Popen(doing, start_new_session=True) as process:
        try:
            process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            return "after a time"
    return ""


def acknowledged(store: Path) -> list[list[str]]:
    file = store.parent / "acknowledged"
    return [line.split() for line in file.read_text().splitlines()] if file.exists() else []


def everything(store: Path) -> dict[str, object]:
    """What a new reader is told of each run: all about it, the bits of its curves, the content of its artifacts."""
    shutil.rmtree(store / "index", ignore_errors=True)
    opened = Store.open(store)
    try:
        opened.refresh()
        return {run.id: told(opened, run.id) for run in opened.first_page(100)}
    finally:
        opened.close()


def told(store: Store, run_id: str) -> dict[str, object]:
    run = store.run(run_id)
    curves = [store.series(run_id, metric) for metric in sorted(run.metrics)]
    files = [digest for artifact in run.artifacts.values() for digest, _ in artifact.files.values()]
    return {
        "run": msgspec.json.encode(run, order="sorted"),
        "curves": [(curve.step.tobytes(), curve.time.tobytes(), curve.value.tobytes()) for curve in curves],
        "contents": [open_verified(store.paths, digest) for digest in files],
    }


def doctored(store: Path, *, repair: bool = False) -> list[str]:
    """What `doctor` says is damaged."""
    opened = Store.open(store)
    try:
        opened.refresh()
        return [f"{finding.file}: {finding.problem}" for finding in doctor(opened, repair=repair).damaged]
    finally:
        opened.close()


def check_recorded(store: Path, said: list[list[str]]) -> None:
    runs = [words[1] for words in said if words[0] == "run"]
    if not runs:
        return
    opened = Store.open(store)
    opened.refresh()
    run, curve = opened.run(runs[0]), opened.series(runs[0], "loss")
    steps = [int(words[1]) for words in said if words[0] == "step"]
    assert curve.step.tolist() == list(range(len(curve))), "every step once"
    assert curve.value.tolist() == [acts.value(step) for step in range(len(curve))]
    assert len(steps) <= len(curve) <= len(steps) + 1
    notes = [mark.text for mark in run.marks if mark.kind == "note"]
    promised = [f"note {words[1]}" for words in said if words[0] == "note"]
    assert notes[: len(promised)] == promised
    assert len(notes) <= len(promised) + 1
    assert run.status == ("finished" if ["finished"] in said else run.status)
    opened.close()


def check_kept(store: Path, said: list[list[str]]) -> None:
    opened = Store.open(store)
    opened.refresh()
    for run_id in (words[1] for words in said if words[0] == "run"):
        artifacts = opened.run(run_id).artifacts
        for name in (words[1] for words in said if words[0] == "artifact"):
            ((digest, _),) = artifacts[name].files.values()
            assert open_verified(opened.paths, digest) == acts.content(name)
    opened.close()


def check_edited(store: Path, said: list[list[str]]) -> None:
    opened = Store.open(store)
    opened.refresh()
    for run_id in (words[1] for words in said if words[0] == "run"):
        run, project = opened.run(run_id), opened.project("faults")
        tags = [words[1] for words in said if words[0] == "tag"]
        assert run.tags[: len(tags)] == tags
        assert len(run.tags) <= len(tags) + 1
        notes = [int(words[1]) for words in said if words[0] == "notes"]
        assert int(run.notes or -1) in ({notes[-1], notes[-1] + 1} if notes else {-1, 0})
        assert {words[1] for words in said if words[0] == "goal"} <= set(project.goals)
    opened.close()


def check_repaired(store: Path, before: Before) -> None:
    """What was damaged is kept, and a second repair completes the first."""
    damaged = damage(Path(shutil.copytree(before.store, store.parent / "damaged")))
    doctored(store, repair=True)
    assert damaged in [path.read_bytes() for path in store.glob("runs/*/*/aside/*")]


CHECKS = {"recording": check_recorded, "artifacts": check_kept, "editing": check_edited}


def check_unharmed(act: str, store: Path, first: dict[str, object], last: dict[str, object]) -> None:
    """Every run is as it was or as it is to be, whole; what the store had it still has."""
    now = everything(store)
    assert set(first) <= set(now)
    if act == "repair":
        assert len([run_id for run_id in first if now[run_id] != first[run_id]]) <= 1
    elif act in ("sealing", "gc", "empty-trash"):
        assert now == first
    elif act in ("merge", "import"):
        assert set(now) <= set(last)
        for run_id, seen in now.items():
            parts = [part for part in (first.get(run_id), last[run_id]) if part is not None]
            assert {name: seen[name] for name in ("curves", "contents")} in [
                {name: part[name] for name in ("curves", "contents")} for part in parts
            ]
    else:
        changed = {run_id for run_id in first if now[run_id] != first[run_id]}
        assert len(changed) <= (1 if act == "editing" else 0)


@pytest.mark.skipif(STRACE is None, reason="no strace that may trace: every kill comes after a random time")
def test_kills_come_at_system_calls(before, tmp_path):
    assert calls_of("editing", before, tmp_path)["write"] > acts.NAMES


@pytest.mark.parametrize("number", range(KILLS))
def test_nothing_promised_is_lost_and_nothing_is_doubled(before, tmp_path, number):
    act = list(acts.ACTS)[number % len(acts.ACTS)]
    first, last = before.told, before.told_of_other
    store, how = killed(act, before, tmp_path, random.Random(number))
    print(f"kill {number}: {act} {how or 'was through'}")
    said = acknowledged(store)
    if act == "repair":
        check_repaired(store, before)
    found = doctored(store)
    unplaced = [line for line in found if "/blobs/" in line and "is missing: artifact" in line]
    assert found == unplaced
    assert len(found) <= (1 if act == "artifacts" else 0)
    if found:
        doctored(store, repair=True)
        assert doctored(store) == []
    check_unharmed(act, store, first, last)
    if act in CHECKS:
        CHECKS[act](store, said)
    else:
        again = command(act, store, before)
        subprocess.run(again, check=True)
        check_unharmed(act, store, first, last)
        if act == "merge":
            assert everything(store) == last
        if act == "empty-trash":
            assert len(files.plain(store / "gone")) == 1
            assert len(list(StorePaths(store).run_ids())) == len(first)
        assert doctored(store) == []
