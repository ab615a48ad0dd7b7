"""`gc` and `empty-trash` take away what nobody needs, and nothing else, whatever goes on beside them."""

import io
import os
import shutil
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

import trackside
from trackside.model.errors import StoreError
from trackside.record.artifacts import Blob
from trackside.store import files, gc, references, trash
from trackside.store.alone import alone
from trackside.store.artifacts import open_verified
from trackside.store.gc import DAY, collect
from trackside.store.journal import Kind, packed
from trackside.store.layout import RunPaths, StorePaths
from trackside.store.liveness import lock
from trackside.store.store import Store


@pytest.fixture
def paths(root: Path) -> StorePaths:
    return StorePaths(root)


def stored(paths: StorePaths, content: bytes, days: float = 0.0) -> str:
    """Content in the store that is so old; its hash."""
    blob = Blob(paths, io.BytesIO(content))
    blob.place()
    digest = blob.digest.partition(":")[2]
    grow_old(paths.blob(digest), days)
    return digest


def grow_old(path: Path, days: float) -> None:
    then = time.time() - days * DAY
    os.utime(path, (then, then))


def refer(run: RunPaths, log: type, digest: str) -> None:
    log(run, "w", 0).state(artifacts={"a": {"kind": "file", "files": {"a": [f"blake3:{digest}", 1]}}}).close()


class TestContent:
    def test_what_a_run_refers_to_stays_and_what_none_does_goes_to_the_trash(self, paths, begin, log):
        needed, other, young = stored(paths, b"needed", 2), stored(paths, b"other", 2), stored(paths, b"young")
        refer(begin(), log, needed)
        collected = collect(paths)
        assert (collected.kept.count, collected.trashed.count, collected.trashed.bytes) == (2, 1, 5)
        assert paths.blob(needed).exists()
        assert paths.blob(young).exists()
        assert not paths.blob(other).exists()
        assert open_verified(paths, f"blake3:{other}") == b"other"

    @pytest.mark.parametrize("where", ["sealed", "text", "edit", "aside", "unknown frame", "torn frame", "run.json"])
    def test_a_reference_counts_wherever_it_stands(self, paths, begin, log, where):
        digest = stored(paths, b"content", 30)
        words = f"blake3:{digest}"
        run = begin() if where != "run.json" else begin(weights=words)
        mixed = {"step": 0, "time": 0.0, "values": {"t": {"blob": words, "bytes": 1, "kind": "text"}}}
        frame = packed(Kind.MIXED, mixed)
        if where == "text":
            log(run, "w", 0).write(frame)
        elif where == "unknown frame":
            log(run, "w", 0).write(frame.replace(b"\x06\xff", b"\x7f\xff", 1))
        elif where == "torn frame":
            log(run, "w", 0).write(frame[:-5])
        elif where != "run.json":
            place = {"sealed": run.segments / "w.0.rest", "edit": run.edits / "e.log", "aside": run.aside / "x"}[where]
            place.parent.mkdir()
            place.write_bytes(frame)
        assert collect(paths).trashed.count == 0
        assert paths.blob(digest).exists()

    def test_a_copy_that_is_put_into_its_place_meanwhile_is_not_counted(self, paths, monkeypatch):
        stored(paths, b"content")
        monkeypatch.setattr(files, "temporary", lambda folder: [folder / ".new-and-gone"])
        assert collect(paths).unfinished.count == 0

    def test_after_a_week_in_the_trash_it_is_deleted(self, paths):
        digest = stored(paths, b"content", 2)
        collect(paths)
        grow_old(paths.trashed_blob(digest), 6.9)
        assert (collect(paths).deleted.count, collect(paths).waiting.count) == (0, 1)
        grow_old(paths.trashed_blob(digest), 7.1)
        assert collect(paths).deleted.count == 1
        assert not paths.trashed_blob(digest).exists()

    def test_how_long_it_lay_in_the_store_does_not_count_for_the_trash(self, paths):
        stored(paths, b"content", 400)
        collect(paths)
        collected = collect(paths)
        assert (collected.deleted.count, collected.waiting.count) == (0, 1)

    def test_what_is_referred_to_again_comes_back(self, paths, begin, log):
        digest = stored(paths, b"content", 2)
        collect(paths)
        refer(begin(), log, digest)
        assert open_verified(paths, f"blake3:{digest}") == b"content"
        assert collect(paths).restored.count == 1
        assert paths.blob(digest).exists()
        assert not paths.trashed_blob(digest).exists()

    def test_a_reference_that_is_written_while_content_is_moved_brings_it_back_at_once(
        self, paths, begin, log, monkeypatch
    ):
        digest = stored(paths, b"content", 2)
        run, real, moved = begin(), os.utime, []

        def recording_goes_on(path: Path) -> None:
            refer(run, log, digest)
            assert paths.blob(digest).exists(), "it looks for the content, finds it, and does not store it again"
            moved.append(path)
            real(path)

        monkeypatch.setattr(os, "utime", recording_goes_on)
        collected = collect(paths)
        assert moved == [paths.blob(digest)]
        assert (collected.trashed.count, collected.restored.count) == (1, 1)
        assert paths.blob(digest).exists()

    def test_copies_that_were_never_finished_are_deleted_after_a_day(self, paths):
        Blob(paths, io.BytesIO(b"half"))
        assert collect(paths).unfinished.count == 0
        for path in paths.blobs.glob(".new-*"):
            grow_old(path, 1.1)
        staging = paths.new_staging()
        staging.mkdir()
        (staging / "run.json").write_text("{}")
        assert collect(paths).unfinished.count == 2
        assert not list(paths.blobs.glob(".new-*"))
        assert not staging.exists()

    def test_a_preview_says_the_same_and_does_nothing(self, paths, begin, log):
        needed = stored(paths, b"needed", 2)
        stored(paths, b"other", 2)
        refer(begin(), log, needed)
        before = sorted(paths.root.rglob("*"))
        previewed = gc.preview(paths)
        assert sorted(paths.root.rglob("*")) == before
        assert (previewed.kept, previewed.trashed) == (collect(paths).kept, gc.Amount(1, 5))

    def test_one_at_a_time(self, paths):
        with alone(paths), pytest.raises(StoreError, match="wait for its end"):
            collect(paths)

    def test_a_log_that_is_sealed_while_it_is_looked_for_is_read_as_sealed(self, paths, begin, log, monkeypatch):
        digest = stored(paths, b"content", 2)
        run = begin()
        refer(run, log, digest)
        real = references.files.read_plain

        def sealed_meanwhile(path: Path) -> bytes:
            if path.name == "w.0.log" and path.exists():
                run.segments.mkdir()
                path.rename(run.segments / "w.0.rest")
            return real(path)

        monkeypatch.setattr(references.files, "read_plain", sealed_meanwhile)
        assert collect(paths).trashed.count == 0


def test_nothing_that_a_run_keeps_is_lost_while_gc_runs_over_and_over(root, tmp_path, monkeypatch):
    """Runs keep the same few contents, and some are removed, while one clears out without pause."""
    monkeypatch.setattr(gc, "YOUNG", -1.0)
    paths = StorePaths(root)
    stop = threading.Event()
    failed: list[BaseException] = []

    def clear_out() -> None:
        try:
            while not stop.is_set():
                with suppress(StoreError):  # a process that is just being forked off has the lock too, for a moment
                    collect(paths)
        except BaseException as error:
            failed.append(error)

    clearing = threading.Thread(target=clear_out)
    clearing.start()
    kept = []
    for number in range(12):
        file = tmp_path / "weights"
        file.write_bytes(b"%d" % (number % 3))
        with trackside.init(store=root, quiet=True) as run:
            run.log_artifact(file, name="weights")
        kept.append((run.id, b"%d" % (number % 3)))
        if number % 4 == 3:
            shutil.rmtree(paths.run(kept.pop(0)[0]).root)
    stop.set()
    clearing.join()
    assert not failed
    store = Store.open(root)
    store.refresh()
    for run_id, content in kept:
        ((digest, _),) = store.run(run_id).artifacts["weights"].files.values()
        assert open_verified(paths, digest) == content


@pytest.fixture
def store(root: Path) -> Store:
    return Store.open(root)


def trashed(store: Store, run: RunPaths, days: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a run into the trash so many days ago."""
    now = time.time()
    store.refresh()
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: now - days * DAY)
        store.editor().set_fields(run.id, {"trashed": True})


def emptied(store: Store) -> trash.Emptied:
    done = trash.empty(store.paths, store.trashed(), store.running())
    store.refresh()
    return done


class TestTrash:
    def test_a_run_is_deleted_after_a_week_and_a_mark_stays(self, store, begin, log, monkeypatch):
        old, young, other = begin(), begin(), begin()
        for run in (old, young, other):
            log(run, "w", 0).end("finished")
        trashed(store, old, 7.1, monkeypatch)
        trashed(store, young, 6.9, monkeypatch)
        done = emptied(store)
        assert [run for run, _ in done.deleted] == [old.id]
        assert done.waiting == [young.id]
        assert not old.root.exists()
        assert store.paths.gone_mark(old.id).exists()
        assert young.manifest.exists()
        assert other.manifest.exists()
        assert set(store.index.ids()) == {young.id, other.id}

    def test_other_readers_forget_it_too(self, root, store, begin, log, monkeypatch):
        run = begin()
        log(run, "w", 0).end("finished")
        trashed(store, run, 8, monkeypatch)
        reader = Store.open(root)
        reader.refresh()
        emptied(store)
        reader.refresh()
        assert (reader.index.ids(), reader.info().damaged) == ([], {})

    def test_one_that_was_restored_or_runs_stays(self, store, begin, log, monkeypatch):
        back, running = begin(), begin()
        log(back, "w", 0).end("finished")
        hot = log(running, "w", 0)
        descriptor = os.open(hot.path, os.O_RDWR)
        assert lock(descriptor)
        for run in (back, running):
            trashed(store, run, 8, monkeypatch)
        store.editor().set_fields(back.id, {"trashed": False})
        done = emptied(store)
        assert (done.deleted, done.running) == ([], [running.id])
        assert back.manifest.exists()
        assert running.manifest.exists()
        os.close(descriptor)

    def test_one_that_is_resumed_at_that_very_moment_comes_back(self, store, begin, log, monkeypatch):
        run = begin()
        log(run, "w", 0).end("finished")
        trashed(store, run, 8, monkeypatch)
        held = []
        real = Path.rename

        def resumed_meanwhile(path: Path, target: Path) -> Path:
            if path == run.root:
                held.append(os.open(log(run, "w", 1).path, os.O_RDWR))
                assert lock(held[0])
            return real(path, target)

        monkeypatch.setattr(Path, "rename", resumed_meanwhile)
        done = emptied(store)
        assert (done.deleted, done.running) == ([], [run.id])
        assert run.manifest.exists()
        assert not store.paths.gone_mark(run.id).exists()
        os.close(held[0])

    @pytest.mark.parametrize("name", ["rename", "rmtree"])
    def test_one_that_is_killed_in_between_is_finished_by_the_next(self, store, begin, log, monkeypatch, name):
        run = begin()
        log(run, "w", 0).end("finished")
        trashed(store, run, 8, monkeypatch)

        def killed(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(Path if name == "rename" else trash.shutil, name, killed)
            with pytest.raises(KeyboardInterrupt):
                emptied(store)
        emptied(store)
        assert not run.root.exists()
        assert not (store.paths.trashed_runs / run.id).exists()
        assert store.paths.gone_mark(run.id).exists()

    def test_a_preview_deletes_nothing(self, store, begin, log, monkeypatch):
        run = begin()
        log(run, "w", 0).end("finished")
        trashed(store, run, 8, monkeypatch)
        done = trash.preview(store.paths, store.trashed(), store.running())
        assert [(deleted, taken > 100) for deleted, taken in done.deleted] == [(run.id, True)]
        assert run.manifest.exists()
        assert not store.paths.gone.exists()
