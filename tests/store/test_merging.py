"""Merging takes what is missing, whatever state the two copies are in, and never makes anything less."""

import errno
import fcntl
import os
import shutil
from pathlib import Path

import blake3
import pytest
from copies import contents, copied, merged

from trackside.model.errors import StoreError, UsageError
from trackside.store import blobs, curves, journal, seal
from trackside.store.alone import alone
from trackside.store.journal import Kind
from trackside.store.layout import RunPaths, StorePaths
from trackside.store.liveness import boot_id, lock, locked
from trackside.store.store import Store
from trackside.store.union import Union


def in_copy(run: RunPaths, other: Path) -> RunPaths:
    return StorePaths(other).run(run.id)


@pytest.fixture
def empty(root: Path) -> Path:
    """A copy of the store before there is any run."""
    return copied(root)


class TestWhatIsMissing:
    def test_a_run_comes_with_everything_that_it_has(self, root, empty, begin, log):
        run = begin()
        log(run, "w", 0).row(0, {"loss": 1.0}).end("finished")
        (run.root / "code.patch").write_text("+1\n")
        run.console.mkdir()
        (run.console / "w.log").write_text("step 1\n")
        done = merged(empty, root)
        assert done.new == [run.id]
        assert contents(in_copy(run, empty).root) == contents(run.root)
        again = merged(empty, root)
        assert (again.new, again.grown, again.taken.files, again.blobs) == ([], [], 0, 0)

    def test_a_log_that_grew_is_taken_up_to_its_last_whole_frame(self, root, begin, log):
        run = begin()
        hot = log(run, "w", 0).row(0, {"loss": 1.0})
        other = copied(root)
        hot.row(1, {"loss": 2.0})
        whole = hot.path.read_bytes()
        hot.write(journal.heartbeat(1.0, 0)[:-2])
        assert merged(other, root).grown == [run.id]
        assert (in_copy(run, other).logs / "w.0.log").read_bytes() == whole
        before = hot.path.read_bytes()
        assert merged(root, other).grown == []
        assert hot.path.read_bytes() == before

    def test_a_torn_end_here_gives_way_to_what_follows_there(self, root, begin, log):
        run = begin()
        hot = log(run, "w", 0).row(0, {"loss": 1.0})
        other = copied(root)
        log_there = in_copy(run, other).logs / "w.0.log"
        log_there.write_bytes(log_there.read_bytes() + journal.heartbeat(7.0, 0)[:9])
        hot.row(1, {"loss": 2.0}).close()
        assert merged(other, root).taken.conflicts == []
        assert log_there.read_bytes() == hot.path.read_bytes()

    def test_a_folder_that_is_no_run_yet_is_left_alone(self, root, empty, begin, log):
        run = begin()
        log(run, "w", 0).row(0, {"loss": 1.0})
        run.manifest.unlink()
        assert merged(empty, root).new == []
        assert not in_copy(run, empty).root.exists()

    def test_a_copied_log_keeps_its_time_so_that_a_silent_run_does_not_seem_alive(self, root, empty, begin, log):
        run = begin()
        hot = log(run, "w", 0, boot="elsewhere", host="far").row(0, {"loss": 1.0})
        os.utime(hot.path, (1_000_000, 1_000_000))
        merged(empty, root)
        assert (in_copy(run, empty).logs / "w.0.log").stat().st_mtime == 1_000_000
        store = Store.open(empty)
        store.refresh()
        assert store.run(run.id).status == "crashed"

    def test_readers_are_told_and_see_it(self, root, begin, log):
        run = begin()
        hot = log(run, "w", 0).row(0, {"loss": 1.0})
        other = copied(root)
        store = Store.open(other)
        store.refresh()
        hot.row(1, {"loss": 2.0}).end("finished")
        merged(other, root)
        assert store.refresh().runs == {run.id}
        assert store.run(run.id).status == "finished"
        assert not list((other / "changed").glob(".pending-*"))

    def test_what_a_merge_that_was_killed_did_not_announce_the_next_one_does(self, root, empty, begin):
        run = begin()
        (empty / "changed").mkdir()
        (empty / "changed" / ".pending-x").write_text(f"{run.id}\n")
        merged(empty, root)
        assert any(run.id in file.read_text() for file in (empty / "changed").glob("*/*.log"))
        assert not list((empty / "changed").glob(".pending-*"))


@pytest.mark.usefixtures("any_size")
class TestSealed:
    def test_a_segment_replaces_the_log_of_its_name(self, root, begin, log):
        run = begin()
        hot = log(run, "w", 0)
        for step in range(20):
            hot.row(step, {"loss": step / 7})
        hot.close()
        other = copied(root)
        assert seal.seal(run) == 1
        merged(other, root)
        assert contents(in_copy(run, other).root) == contents(run.root)
        assert curves.series(in_copy(run, other), "loss").value.tolist() == [step / 7 for step in range(20)]

    def test_and_the_log_does_not_come_back(self, root, begin, log):
        run = begin()
        log(run, "w", 0).row(0, {"loss": 1.0}).close()
        other = copied(root)
        seal.seal(run)
        before = contents(run.root)
        done = merged(root, other)
        assert (done.grown, done.taken.conflicts) == ([], [])
        assert contents(run.root) == before

    def test_segments_that_both_copies_made_are_the_same(self, root, begin, log):
        run = begin()
        log(run, "w", 0).row(0, {"loss": 1.0}).close()
        other = copied(root)
        seal.seal(run)
        seal.seal(in_copy(run, other))
        done = merged(root, other)
        assert (done.grown, done.taken.conflicts) == ([], [])

    def test_a_segment_that_was_not_finished_is_not_taken(self, root, empty, begin, log):
        run = begin()
        log(run, "w", 0).row(0, {"loss": 1.0}).close()
        run.segments.mkdir()
        (run.segments / "w.0.rest").write_bytes(b"half")
        merged(empty, root)
        assert not in_copy(run, empty).segments.exists()
        assert (in_copy(run, empty).logs / "w.0.log").exists()

    @pytest.mark.parametrize("suffix", [".long.parquet", ".pyr.parquet", ".rest"])
    def test_a_segment_that_is_damaged_there_does_not_replace_the_log_that_is_here(self, root, begin, log, suffix):
        run = begin()
        hot = log(run, "w", 0).row(0, {"loss": 1.0}).close()
        other = copied(root)
        seal.seal(in_copy(run, other))
        file = in_copy(run, other).segments / f"w.0{suffix}"
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 0xFF
        file.write_bytes(content)
        before = contents(run.root)
        assert merged(root, other).taken.damaged == [in_copy(run, other).segments / "w.0.rest"]
        assert contents(run.root) == before
        assert hot.path.exists()

    def test_a_log_that_is_being_written_to_is_not_replaced(self, root, begin, log):
        run = begin()
        hot = log(run, "w", 0).row(0, {"loss": 1.0}).close()
        other = copied(root)
        seal.seal(in_copy(run, other))
        descriptor = os.open(hot.path, os.O_RDWR)
        assert lock(descriptor)
        before = contents(run.root)
        done = merged(root, other)
        assert done.taken.busy == [hot.path]
        assert contents(run.root) == before
        os.close(descriptor)
        assert merged(root, other).taken.busy == []
        assert not hot.path.exists()

    def test_a_copy_of_a_log_that_is_still_written_to_is_never_sealed(self, root, begin, log):
        run = begin()
        inode = 0
        log(run, "w", 0, boot=boot_id(), inode=inode).row(0, {"loss": 1.0})
        assert seal.seal(run) == 0


@pytest.mark.usefixtures("any_size")
class TestASegmentThatWasDamaged:
    STEPS = 20

    @pytest.fixture
    def sealed(self, root, begin, log) -> tuple[RunPaths, Path, Path]:
        """A sealed run, a copy of the store that still has its log, and one that has the segment too."""
        run = begin()
        hot = log(run, "w", 0)
        for step in range(self.STEPS):
            hot.row(step, {"loss": step / 7})
        hot.close()
        unsealed = copied(root)
        assert seal.seal(run) == 1
        return run, unsealed, copied(root)

    def values(self, run: RunPaths) -> list[float]:
        return curves.series(run, "loss").value.tolist()

    def damage(self, run: RunPaths, suffix: str, how: str) -> bytes:
        file = run.segments / f"w.0{suffix}"
        content = file.read_bytes()
        if how == "missing":
            file.unlink()
            return content
        file.write_bytes(
            content[:-7] if how == "cut off" else content[:-9] + bytes([content[-9] ^ 0xFF]) + content[-8:]
        )
        return file.read_bytes()

    @pytest.mark.parametrize("suffix", [".long.parquet", ".pyr.parquet", ".rest"])
    @pytest.mark.parametrize("how", ["missing", "cut off", "changed"])
    @pytest.mark.parametrize("copy", [1, 2], ids=["from a log", "from a segment"])
    def test_is_healed_and_kept(self, root, sealed, suffix, how, copy):
        run, other = sealed[0], sealed[copy]
        damaged = self.damage(run, suffix, how)
        done = merged(root, other)
        assert self.values(run) == [step / 7 for step in range(self.STEPS)]
        assert done.damaged_runs == {}
        if how != "missing":
            assert damaged in [path.read_bytes() for path in run.aside.iterdir()]
        again = merged(root, other)
        assert (again.grown, again.taken.conflicts) == ([], [])

    def test_does_not_give_way_to_a_log_that_says_less(self, root, sealed, log):
        run, unsealed, _ = sealed
        self.damage(run, ".pyr.parquet", "changed")
        before = contents(run.root)
        in_copy(run, unsealed).logs.joinpath("w.0.log").unlink()
        log(in_copy(run, unsealed), "w", 0).row(0, {"loss": 0.0})
        merged(root, unsealed)
        assert before.items() <= contents(run.root).items()

    def test_there_does_not_hide_the_log_that_it_was_made_of(self, root, empty, sealed):
        run, unsealed, both = sealed
        there = in_copy(run, both)
        shutil.copytree(in_copy(run, unsealed).logs, there.logs, dirs_exist_ok=True)
        self.damage(there, ".long.parquet", "changed")
        merged(empty, both)
        assert self.values(in_copy(run, empty)) == [step / 7 for step in range(self.STEPS)]

    def test_there_harms_nothing_here(self, root, sealed):
        run, _, both = sealed
        before = contents(run.root)
        self.damage(in_copy(run, both), ".rest", "missing")
        assert merged(root, both).taken.damaged == [in_copy(run, both).segments / "w.0.rest"]
        assert contents(run.root) == before

    def test_is_taken_as_it_is_where_nothing_is_here_and_other_runs_come_too(self, root, empty, sealed, begin, log):
        run = sealed[0]
        log(begin(), "w", 0).row(0, {"loss": 1.0})
        self.damage(run, ".rest", "missing")
        done = merged(empty, root)
        assert len(done.new) == 2
        assert done.taken.damaged == [run.segments / "w.0.rest"]
        assert (in_copy(run, empty).segments / "w.0.long.parquet").exists()

    @pytest.mark.parametrize("copy", [1, 2], ids=["from a log", "from a segment"])
    def test_is_healed_by_the_next_merge_where_one_dies_at_any_step(self, root, sealed, copy):
        run, other = sealed[0], sealed[copy]
        self.damage(run, ".long.parquet", "cut off")
        self.damage(run, ".pyr.parquet", "changed")
        untouched = copied(run.root)
        deaths = 0
        while dies_at(deaths, root, other):
            deaths += 1
            merged(root, other)
            assert self.values(run) == [step / 7 for step in range(self.STEPS)]
            shutil.rmtree(run.root)
            shutil.copytree(untouched, run.root)
        assert deaths > 5


def test_a_run_whose_files_vanish_is_told_and_the_others_come(root, empty, begin, log, monkeypatch):
    gone, run = sorted((begin(), begin()), key=lambda run: run.id)
    for some in (gone, run):
        log(some, "w", 0).row(0, {"loss": 1.0})
    real = Union._run

    def vanishing(union: Union, own: RunPaths, other: RunPaths) -> None:
        if other.id == gone.id:
            raise FileNotFoundError(other.root)
        real(union, own, other)

    monkeypatch.setattr(Union, "_run", vanishing)
    done = merged(empty, root)
    assert done.new == [run.id]
    assert list(done.damaged_runs) == [gone.id]
    assert "vanish" in done.damaged_runs[gone.id]
    monkeypatch.undo()
    assert merged(empty, root).new == [gone.id]


@pytest.mark.parametrize("fate", ["to the trash", "away"])
def test_content_that_the_other_store_clears_out_meanwhile_stops_nothing(root, empty, begin, monkeypatch, fate):
    begin()
    digests = [blake3.blake3(text).hexdigest() for text in (b"one", b"two")]
    there = StorePaths(root)
    for digest, content in zip(digests, (b"one", b"two"), strict=True):
        there.blob(digest).parent.mkdir(parents=True, exist_ok=True)
        there.blob(digest).write_bytes(content)
    real = blobs.listed

    def listed(folder: Path) -> list[Path]:
        found = list(real(folder))
        if folder == there.blobs and there.blob(digests[0]).exists():
            trashed = there.trashed_blob(digests[0])
            trashed.parent.mkdir(parents=True)
            there.blob(digests[0]).rename(trashed)
            if fate == "away":
                trashed.unlink()
        return found

    monkeypatch.setattr(blobs, "listed", listed)
    done = merged(empty, root)
    assert StorePaths(empty).blob(digests[1]).read_bytes() == b"two"
    assert StorePaths(empty).blob(digests[0]).exists() == (fate == "to the trash")
    assert done.vanished_blobs == ([] if fate == "to the trash" else [digests[0]])


class TestConflicts:
    def damage(self, path: Path, at: int) -> bytes:
        content = bytearray(path.read_bytes())
        content[at] ^= 0xFF
        path.write_bytes(content)
        return bytes(content)

    def test_of_two_logs_that_contradict_the_sounder_is_read_and_the_other_kept(self, root, begin, log):
        run = begin()
        hot = log(run, "w", 0)
        for step in range(5):
            hot.row(step, {"loss": 1.0 + step})
        hot.close()
        sound = hot.path.read_bytes()
        other = copied(root)
        damaged = self.damage(hot.path, len(sound) - 60)
        for here, there, kept in ((root, other, "other"), (other, root, "own")):
            done = merged(here, there)
            assert [conflict.kept for conflict in done.taken.conflicts] in ([kept], [])
            (aside,) = StorePaths(here).run(run.id).aside.iterdir()
            assert aside.read_bytes() == damaged
            assert (StorePaths(here).run(run.id).logs / "w.0.log").read_bytes() == sound
        assert contents(root) == contents(other)

    def test_readers_see_what_took_the_place_of_a_damaged_log(self, root, begin, log):
        run = begin()
        hot = log(run, "w", 0)
        for step in range(5):
            hot.row(step, {"loss": 1.0 + step})
        hot.close()
        other = copied(root)
        self.damage(hot.path, hot.path.stat().st_size - 60)
        store = Store.open(root)
        store.refresh()
        assert store.run(run.id).metrics["loss"].count == 4
        merged(root, other)
        store.refresh()
        assert store.run(run.id).metrics["loss"].count == 5
        assert "damaged" not in store.run(run.id).health

    @pytest.mark.parametrize("name", ["code.patch", "run.json"])
    def test_of_other_files_too_and_both_copies_choose_the_same(self, root, begin, name):
        run = begin()
        (run.root / "code.patch").write_text("+1\n")
        other = copied(root)
        content = (run.root / name).read_text()
        (run.root / name).write_text(content[:-2] + " ~}" if name == "run.json" else "+two\n")
        first = contents(run.root)[name]
        merged(root, other)
        merged(other, root)
        assert contents(root) == contents(other)
        everything = {path.read_bytes() for path in run.root.rglob("*") if path.is_file()}
        assert {first, content.encode()} <= everything

    def test_content_is_taken_only_if_it_is_what_its_name_says(self, root, empty, begin):
        begin()
        digests = [blake3.blake3(text).hexdigest() for text in (b"one", b"two")]
        for digest, content in zip(digests, (b"one", b"changed"), strict=True):
            blob = StorePaths(root).blob(digest)
            blob.parent.mkdir(parents=True, exist_ok=True)
            blob.write_bytes(content)
        done = merged(empty, root)
        assert (done.blobs, done.damaged_blobs) == (1, [digests[1]])
        assert StorePaths(empty).blob(digests[0]).read_bytes() == b"one"
        assert not StorePaths(empty).blob(digests[1]).exists()

    def test_content_that_comes_while_runs_are_merged_is_taken_too(self, root, empty, begin, log, monkeypatch):
        run = begin()
        log(run, "w", 0).row(0, {"loss": 1.0})
        digest = blake3.blake3(b"one").hexdigest()
        real = Union.run

        def recording_goes_on(union: Union, own: RunPaths, other: RunPaths) -> None:
            blob = StorePaths(root).blob(digest)
            blob.parent.mkdir(parents=True)
            blob.write_bytes(b"one")
            real(union, own, other)

        monkeypatch.setattr(Union, "run", recording_goes_on)
        merged(empty, root)
        assert StorePaths(empty).blob(digest).read_bytes() == b"one"

    def test_content_that_is_damaged_here_is_healed(self, root, begin):
        begin()
        digest = blake3.blake3(b"one").hexdigest()
        blob = StorePaths(root).blob(digest)
        blob.parent.mkdir(parents=True)
        blob.write_bytes(b"one")
        other = copied(root)
        blob.write_bytes(b"on")
        assert merged(root, other).blobs == 1
        assert blob.read_bytes() == b"one"


class TestTrash:
    def test_what_was_emptied_here_does_not_come_back(self, root, begin):
        run = begin()
        other = copied(root)
        shutil.rmtree(run.root)
        (root / "gone").mkdir()
        (root / "gone" / run.id).touch()
        assert merged(root, other).stay_gone == [run.id]
        assert not run.root.exists()

    def test_what_was_emptied_there_stays_here_and_is_not_marked(self, root, begin):
        run = begin()
        other = copied(root)
        shutil.rmtree(in_copy(run, other).root)
        (other / "gone").mkdir()
        (other / "gone" / run.id).touch()
        (other / "gone" / "01K0000000000000000000000Z").touch()
        (other / "gone" / "no id").touch()
        assert merged(root, other).gone_there == [run.id]
        assert [path.name for path in (root / "gone").iterdir()] == ["01K0000000000000000000000Z"]
        assert run.manifest.exists()


class TestUntrustedStores:
    def test_links_and_devices_there_are_not_followed(self, root, empty, begin, log, tmp_path):
        run = begin()
        log(run, "w", 0).row(0, {"loss": 1.0})
        secret = tmp_path / "secret"
        secret.mkdir()
        (secret / "w.9.log").write_text("secret")
        (run.root / "notes.txt").symlink_to(secret / "w.9.log")
        run.edits.symlink_to(secret)
        os.mkfifo(run.logs / "w.1.log")
        (run.root.parent / "01K0000000000000000000000Z").symlink_to(secret)
        done = merged(empty, root)
        names = {path.name for path in in_copy(run, empty).root.rglob("*")}
        assert names == {"run.json", "w", "w.0.log"}
        assert {path.name for path in done.left_out} == {"notes.txt", "edits", "w.1.log"}

    def test_a_link_here_is_not_written_through(self, root, begin, log, tmp_path):
        run = begin()
        log(run, "w", 0).row(0, {"loss": 1.0})
        other = copied(root)
        shutil.rmtree(run.logs)
        (tmp_path / "elsewhere").mkdir()
        run.logs.symlink_to(tmp_path / "elsewhere")
        with pytest.raises(StoreError, match="is a link"):
            merged(root, other)
        assert list((tmp_path / "elsewhere").iterdir()) == []


class TestOneAtATime:
    def test_the_store_itself(self, root):
        with pytest.raises(UsageError, match="the store itself"):
            merged(root, root)

    def test_a_store_that_another_process_looks_after(self, root, empty):
        with alone(StorePaths(root)), pytest.raises(StoreError, match="wait for its end"):
            merged(root, empty)
        merged(root, empty)

    def test_but_none_where_the_file_system_knows_no_locks(self, root, empty, begin, log, monkeypatch):
        run = begin()
        hot = log(run, "w", 0).row(0, {"loss": 1.0})
        merged(empty, root)
        hot.row(1, {"loss": 2.0})

        def no_locks(*_: object) -> None:
            raise OSError(errno.ENOLCK, "No locks available")

        monkeypatch.setattr(fcntl, "fcntl", no_locks)
        assert merged(empty, root).grown == [run.id]
        os.utime(hot.path, (1_000_000, 1_000_000))
        assert not locked(hot.path)


def test_a_merge_that_dies_at_any_step_is_completed_by_the_next(root, begin, log, any_size):
    """Every rename, unlink and fsync of a merge is its last one once."""
    run, sealed = begin(), begin()
    log(run, "w", 0).row(0, {"loss": 1.0}).row(1, {"loss": 2.0}).end("finished")
    log(sealed, "w", 0).row(0, {"loss": 1.0}).close()
    digest = blake3.blake3(b"content").hexdigest()
    blob = StorePaths(root).blob(digest)
    blob.parent.mkdir(parents=True)
    blob.write_bytes(b"content")
    there = copied(root)
    run.edits.mkdir()
    (run.edits / "e.log").write_bytes(journal.packed(Kind.OPEN, {"role": "edit", "writer": "e"}))
    shutil.rmtree(in_copy(run, there).root)
    seal.seal(sealed)
    deaths = 0
    while True:
        other = copied(there)
        if not dies_at(deaths, other, root):
            break
        deaths += 1
        assert curves.series(in_copy(sealed, other), "loss").value.tolist() == [1.0]
        if in_copy(run, other).manifest.exists():
            assert contents(in_copy(run, other).root) == contents(run.root)
        merged(other, root)
        assert contents(other) == contents(root)
        shutil.rmtree(other)
    assert deaths > 20


def dies_at(call: int, root: Path, other: Path) -> bool:
    """Whether a merge into `root` that dies at its `call`-th step dies: there is no such step otherwise."""
    left = call
    with pytest.MonkeyPatch.context() as patch:

        def mortal(owner: object, name: str) -> None:
            real = getattr(owner, name)

            def step(*arguments: object, **more: object) -> object:
                nonlocal left
                left -= 1
                if left < 0:
                    raise KeyboardInterrupt
                return real(*arguments, **more)

            patch.setattr(owner, name, step)

        mortal(Path, "rename")
        mortal(Path, "unlink")
        mortal(Path, "mkdir")
        mortal(os, "fsync")
        try:
            merged(root, other)
        except KeyboardInterrupt:
            return True
    return False
