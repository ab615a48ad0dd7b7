"""A disk that is full, breaks, is over a quota or does not answer: training goes on, and what was kept is readable."""

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from mounts import disk, tmpfs
from terminal_app import TerminalApp
from waiting import until

from trackside.services.run.overview import concerns
from trackside.store.store import Store

TRACKSIDE = [sys.executable, "-m", "trackside"]

TRAINING = """
import sys, trackside
run = trackside.init(project="trouble", store=sys.argv[1], quiet=True, params={"lr": 0.1})
run._captures.wait(60)
print(run.id, flush=True)
step = 0
for line in sys.stdin:
    if line.startswith("end"):
        run.finish()
        print("ended", flush=True)
        continue
    for _ in range(int(line)):
        run.log({"loss": float(step), "acc": 1.0}, step=step)
        step += 1
    print(step, flush=True)
"""


def fill(ballast: Path) -> None:
    """Leave no room on the disk on which the file lies."""
    with ballast.open("wb", buffering=0) as stream, suppress(OSError):
        while True:
            stream.write(bytes(4096))


def of_rows(said: list[str]) -> tuple[str, str]:
    """What was said once about rows while they were lost, and at the end."""
    (while_it_ran,) = [line for line in said if line.endswith("training goes on, lost rows are counted")]
    (at_the_end,) = [line for line in said if line.endswith("when the run ended")]
    return while_it_ran, at_the_end


def steps_kept(store: Path, run_id: str) -> list[int]:
    series = Store.open(store).series(run_id, "loss")
    assert series.value.tolist() == [float(step) for step in series.step.tolist()]
    return series.step.tolist()


def read(store: Path, run_id: str):
    opened = Store.open(store)
    opened.refresh()
    return opened.run(run_id)


def test_a_disk_that_is_full_for_a_while(tmp_path, training):
    with tmpfs(tmp_path / "disk", "1m") as folder:
        script = training(TRAINING, folder / "store")
        assert script.do(100) == "100"
        ballast = folder / "ballast"
        fill(ballast)
        assert script.do(1000) == "1100"
        ballast.unlink()
        assert script.do(100) == "1200"
        assert script.do("end") == "ended"
        _, lost = of_rows(script.end())
        found = read(folder / "store", script.first)
        kept = steps_kept(folder / "store", script.first)
        assert kept[:100] == list(range(100))
        assert kept[-100:] == list(range(1100, 1200))
        assert found.dropped == 1200 - len(kept) > 0
        assert lost.startswith(f"trackside: {found.dropped:,} rows were not written")
        assert (found.status, found.health) == ("finished", ["dropped"])
        assert concerns(found)[0].sentence.startswith(f"{found.dropped:,} rows could not be written")


def test_a_disk_that_stays_full_has_room_for_how_the_run_ended_and_what_it_lost(tmp_path, training):
    with tmpfs(tmp_path / "disk", "1m") as folder:
        script = training(TRAINING, folder / "store")
        script.do(100)
        fill(folder / "ballast")
        assert script.do(1000) == "1100"
        assert script.do("end") == "ended"
        script.end()
        found = read(folder / "store", script.first)
        kept = steps_kept(folder / "store", script.first)
        assert kept == list(range(len(kept)))
        assert (found.status, found.health, found.dropped) == ("finished", ["dropped"], 1100 - len(kept))
        assert not list(folder.rglob(".room-*"))


def test_a_full_disk_on_the_network_keeps_what_still_fits(tmp_path, training):
    with tmpfs(tmp_path / "disk", "1m") as folder:
        script = training(TRAINING, folder / "store", TRACKSIDE_NETWORK=str(folder))
        fill(folder / "ballast")
        assert script.do(50_000) == "50000"
        assert script.do("end") == "ended"
        full, lost = of_rows(script.end())
        assert full.endswith("No space left on device; training goes on, lost rows are counted")
        assert lost.endswith("when the run ended")
        kept = steps_kept(folder / "store", script.first)
        assert len(kept) > 10
        assert kept == list(range(len(kept)))
        found = read(folder / "store", script.first)
        assert (found.status, found.health) == ("finished", ["dropped"])
        assert lost.startswith(f"trackside: {found.dropped:,} rows were not written")
        assert found.dropped >= 50_000 - len(kept)


def test_a_disk_that_was_full_before_there_was_an_index_is_browsed_with_an_index_elsewhere(tmp_path, training):
    with tmpfs(tmp_path / "disk", "512k") as folder:
        script = training(TRAINING, folder / "store")
        script.do(10)
        script.do("end")
        assert script.end() == []
        fill(folder / "ballast")
        opened = Store.open(folder / "store")
        opened.refresh()
        assert opened.run(script.first).metrics["loss"].count == 10
        assert not (folder / "store" / "index" / "index.db").exists()
        assert opened.index.path is not None


def test_a_disk_on_which_the_index_finds_no_more_room_is_followed_with_an_index_elsewhere(tmp_path, training):
    with tmpfs(tmp_path / "disk", "1m") as folder:
        script = training(TRAINING, folder / "store")
        opened = Store.open(folder / "store")
        opened.refresh()
        assert opened.index.path == folder / "store" / "index" / "index.db"
        fill(folder / "ballast")
        for step in range(1, 50):
            # The log's last page has room for a few rows, the index asks for pages of its own.
            script.do(1)
            opened.refresh_running()
            assert opened.run(script.first).metrics["loss"].count == step
            if opened.index.path != folder / "store" / "index" / "index.db":
                break
        assert opened.index.path != folder / "store" / "index" / "index.db"
        assert opened.run(script.first).status == "running"


def test_a_disk_that_becomes_read_only(tmp_path, training):
    with disk(tmp_path / "disk", "errors=remount-ro") as broken:
        store = broken.folder / "store"
        script = training(TRAINING, store)
        assert script.do(100) == "100"
        os.sync()
        broken.break_down()
        assert script.do(1000) == "1100"
        assert script.do("end") == "ended"
        first, last = of_rows(script.end())
        assert first.endswith("Read-only file system; training goes on, lost rows are counted")
        assert last.startswith("trackside: 1,000 rows were not written")
        assert steps_kept(store, script.first) == list(range(100))
        found = read(store, script.first)
        assert (found.status, found.exit_code, found.params) == ("finished", 0, {"lr": 0.1})
        assert (found.health, found.dropped) == (["dropped"], 1000)
        assert concerns(found)[0].sentence.startswith("1,000 rows could not be written (Read-only file system)")


def test_a_quota_that_is_used_up(tmp_path, training):
    if shutil.which("strace") is None:
        pytest.skip("strace lets system calls fail; it is not installed")
    store = tmp_path / "store"
    script = training(TRAINING, store)
    assert script.do(100) == "100"
    (log,) = store.glob("runs/*/*/w/*.log")
    tracing = subprocess.Popen(
        ["strace", "-f", "-p", str(script.process.pid), "-P", str(log), "-e", "inject=write:error=EDQUOT"],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert "attached" in tracing.stderr.readline()
    assert script.do(50) == "150"
    tracing.terminate()
    tracing.communicate()
    assert script.do(50) == "200"
    assert script.do("end") == "ended"
    first, last = of_rows(script.end())
    assert first.endswith("Disk quota exceeded; training goes on, lost rows are counted")
    assert last.startswith("trackside: 50 rows were not written")
    assert steps_kept(store, script.first) == [*range(100), *range(150, 200)]
    assert read(store, script.first).dropped == 50


def test_a_network_file_system_that_does_not_answer_for_a_while_holds_nothing_up(tmp_path, training):
    with disk(tmp_path / "disk") as stalled:
        store = stalled.folder / "store"
        script = training(TRAINING, store, TRACKSIDE_NETWORK=str(stalled.folder))
        assert script.do(100) == "100"
        stalled.freeze()
        assert script.do(20_000) == "20100"
        stalled.thaw()
        assert script.do("end") == "ended"
        assert script.end() == []
        assert steps_kept(store, script.first) == list(range(20_100))
        assert read(store, script.first).status == "finished"


def test_a_network_file_system_that_never_answers_costs_the_rows_and_not_the_training(tmp_path, training):
    with disk(tmp_path / "disk") as stalled:
        store = stalled.folder / "store"
        script = training(TRAINING, store, TRACKSIDE_NETWORK=str(stalled.folder))
        assert script.do(100) == "100"
        stalled.freeze()
        assert script.do(600_000) == "600100"
        assert script.do("end") == "ended"
        stalled.thaw()
        (log,) = store.glob("runs/*/*/w/*.log")
        until(lambda: log.stat().st_size > 1 << 20)
        full, lost = of_rows(script.end())
        assert full.endswith("the file system does not answer; training goes on, lost rows are counted")
        assert "rows were not written" in lost
        kept = steps_kept(store, script.first)
        assert kept[:100] == list(range(100))
        assert kept == list(range(len(kept)))


def test_a_local_disk_that_does_not_answer_holds_log_up_and_loses_nothing(tmp_path, training):
    with disk(tmp_path / "disk") as stalled:
        store = stalled.folder / "store"
        script = training(TRAINING, store)
        assert script.do(100) == "100"
        stalled.freeze()
        script.tell(1000)
        stalled.thaw()
        assert script.answer() == "1100"
        assert script.do("end") == "ended"
        assert script.end() == []
        assert steps_kept(store, script.first) == list(range(1100))


def test_a_store_on_a_read_only_mount_is_browsed_edited_aside_and_recorded_elsewhere(tmp_path, training, own_home):
    with disk(tmp_path / "disk") as still:
        store = still.folder / "store"
        script = training(TRAINING, store)
        script.do(10)
        script.do("end")
        script.end()
        still.remount("ro")
        with TerminalApp([*TRACKSIDE, "--store", str(store)]) as app:
            app.wait_for("1 run")
        tagged = subprocess.run(
            [*TRACKSIDE, "--store", store, "tag", "@last", "+mine"], capture_output=True, text=True, check=True
        )
        assert tagged.stderr == f"{store} may only be read by you; what you edit is kept for you alone\n"
        assert read(store, script.first).tags == ["mine"]
        elsewhere = training(TRAINING, store)
        elsewhere.do("end")
        (said,) = elsewhere.end()
        own = own_home / ".local" / "share" / "trackside"
        assert said == f"trackside: cannot record into {store}: Read-only file system; this run goes to {own}"
        assert read(own, elsewhere.first).status == "finished"


def test_a_disk_that_is_unmounted_under_the_app_is_missed_until_it_is_back(tmp_path, training):
    with disk(tmp_path / "disk") as plugged:
        store = plugged.folder / "store"
        script = training(TRAINING, store)
        script.do(10)
        script.do("end")
        script.end()
        with TerminalApp([*TRACKSIDE, "--store", str(store)], columns=190) as app:
            app.wait_for("1 run")
            plugged.unmount()
            app.wait_for("is gone")
            assert list(plugged.folder.iterdir()) == []
            plugged.mount()
            app.wait_until(lambda: "is gone" not in app.text.split("\n")[0], "the store back")
            app.send("q")
            assert app.wait_for_end() == 0
