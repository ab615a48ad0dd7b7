"""Runs travel in one file, and a file that is not what it says takes nothing into the store."""

import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from copies import contents, copied

import trackside
from trackside.model.errors import StoreError, UsageError
from trackside.store import artifacts, bundle, files, journal, seal
from trackside.store.layout import StorePaths
from trackside.store.merge import Merged
from trackside.store.store import Store


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A store, and in it a finished run with a curve, an artifact and an edit."""
    folder = tmp_path_factory.mktemp("recorded")
    (folder / "weights").write_bytes(b"\x00\x01" * 5_000)
    with trackside.init(project="p", name="kept", store=folder / "store", quiet=True) as run:
        for step in range(20):
            run.log({"loss": 1 / (step + 1)}, step=step)
        run.log_artifact(folder / "weights", name="weights")
    store = Store.open(folder / "store")
    store.refresh()
    store.editor().tags(run.id, ["edited"], [])
    store.close()
    return folder / "store", run.id


@pytest.fixture
def root(recorded: tuple[Path, str], tmp_path: Path) -> Path:
    return Path(shutil.copytree(recorded[0], tmp_path / "store"))


@pytest.fixture
def run_id(recorded: tuple[Path, str]) -> str:
    return recorded[1]


@pytest.fixture
def empty(root: Path, tmp_path: Path) -> Path:
    (tmp_path / "elsewhere").mkdir()
    shutil.copy(root / "store.json", tmp_path / "elsewhere")
    return tmp_path / "elsewhere"


@pytest.fixture
def file(root: Path, run_id: str, tmp_path: Path) -> Path:
    return written(root, [run_id], tmp_path / "runs.trackside")


def written(root: Path, run_ids: list[str], out: Path) -> Path:
    bundle.write(StorePaths(root), run_ids, out, 0o644, None)
    return out


def taken(root: Path, file: Path) -> Merged:
    return bundle.read(StorePaths(root), file, None)


def test_a_run_comes_with_its_curve_edits_and_artifacts(root, empty, run_id, file):
    done = taken(empty, file)
    assert (done.new, done.blobs) == ([run_id], 1)
    assert contents(empty) == {name: data for name, data in contents(root).items() if not name.startswith("projects")}
    store = Store.open(empty)
    store.refresh()
    run = store.run(run_id)
    assert (run.name, run.status, run.tags) == ("kept", "finished", ["edited"])
    assert store.series(run_id, "loss").value.tolist() == [1 / (step + 1) for step in range(20)]
    ((digest, size),) = run.artifacts["weights"].files.values()
    assert (artifacts.open_verified(store.paths, digest), size) == (b"\x00\x01" * 5_000, 10_000)


def test_again_nothing_comes_and_later_only_what_grew(root, empty, run_id, file, tmp_path):
    taken(empty, file)
    assert (taken(empty, file).new, taken(empty, file).taken.files) == ([], 0)
    store = Store.open(root)
    store.editor().set_fields(run_id, {"notes": "later"})
    done = taken(empty, written(root, [run_id], tmp_path / "later.trackside"))
    assert (done.new, done.grown, done.taken.files) == ([], [run_id], 1)


def test_a_run_that_is_sealed_and_one_that_goes_on_travel_too(root, empty, begin, log, tmp_path, any_size):
    sealed, live = begin(), begin()
    log(sealed, "w", 0).row(0, {"loss": 1.0}).close()
    seal.seal(sealed)
    hot = log(live, "w", 0).row(0, {"loss": 2.0})
    whole = hot.path.read_bytes()
    hot.write(journal.heartbeat(1.0, 0)[:7])
    taken(empty, written(root, [sealed.id, live.id], tmp_path / "two.trackside"))
    assert (StorePaths(empty).run(live.id).logs / "w.0.log").read_bytes() == whole
    assert contents(StorePaths(empty).run(sealed.id).root) == contents(sealed.root)


def test_one_that_was_emptied_from_the_trash_comes_back_when_it_is_imported(empty, run_id, file):
    (empty / "gone").mkdir()
    (empty / "gone" / run_id).touch()
    assert taken(empty, file).new == [run_id]
    assert not (empty / "gone" / run_id).exists()


def test_an_export_that_fails_leaves_no_file(root, run_id, tmp_path, monkeypatch):
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        written(root, [run_id], tmp_path / "out.trackside")
    assert {path.name for path in tmp_path.iterdir()} == {"store"}


def test_what_one_that_was_killed_left_is_cleared_away(empty, run_id, file):
    staging = StorePaths(empty).new_staging()
    (staging / "runs").mkdir(parents=True)
    (staging / "runs" / "half").write_text("half")
    assert taken(empty, file).new == [run_id]
    assert not staging.exists()


def test_a_link_where_imports_are_unpacked_leads_nowhere(empty, run_id, file, tmp_path):
    victim = tmp_path / "victim"
    victim.mkdir()
    unpacked = []
    real = files.place

    def spied(path: Path, *rest: object) -> None:
        unpacked.extend(folder.stat().st_mode & 0o777 for folder in StorePaths(empty).staging())
        assert list(victim.iterdir()) == []
        real(path, *rest)

    for name in (".import", ".import-known"):
        (empty / name).symlink_to(victim)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(files, "place", spied)
        assert taken(empty, file).new == [run_id]
    assert set(unpacked) == {0o700}
    assert list(victim.iterdir()) == []
    assert StorePaths(empty).staging() == []


def remade(file: Path, change: Callable[[dict[str, bytes], dict[str, object]], None]) -> Path:
    """A bundle whose files and whose list were changed by hand, and whose list is right about the rest."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist() if name != bundle.LIST}
        listed = msgspec.json.decode(archive.read(bundle.LIST))
    change(members, listed)
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.writestr(bundle.LIST, msgspec.json.encode(listed))
    return file


def smuggle(name: str) -> Callable[[dict[str, bytes], dict[str, object]], None]:
    def change(members: dict[str, bytes], listed: dict[str, object]) -> None:
        any_name = next(iter(members))
        members[name] = members[any_name]
        listed["members"][name] = listed["members"][any_name]  # type: ignore[index]

    return change


def refused(root: Path, file: Path, words: str) -> None:
    before = contents(root)
    with pytest.raises(StoreError, match=words):
        taken(root, file)
    assert contents(root) == before
    assert StorePaths(root).staging() == []


@pytest.mark.parametrize(
    "name",
    [
        "../outside",
        "/etc/outside",
        "store.json",
        "index/index.db",
        "gone/01K0000000000000000000000Z",
        "projects/p/edits/w.log",
        "blobs/ab/../../outside",
        "blobs/ab/cdef",
        "runs/{day}/{id}/../../outside",
        "runs/{day}/{id}/w/.hidden.log",
        "runs/{day}/{id}/w/",
        "runs/{day}/{id}/a\\b",
        "runs/2001-01-01/{id}/run.json",
        "runs/{day}/01K0000000000000000000000Z/run.json",
        "runs/{day}/{id}/" + "a/" * 9 + "deep",
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(empty, run_id, file, name, tmp_path):
    day = StorePaths(empty).run(run_id).root.parent.name
    refused(empty, remade(file, smuggle(name.format(day=day, id=run_id))), "no bundle may hold")
    assert not (tmp_path / "outside").exists()


def test_a_run_whose_id_is_a_path_is_refused(empty, file, tmp_path):
    (tmp_path / "victim").touch()
    (empty / "gone").mkdir()
    refused(empty, remade(file, lambda _, listed: listed["runs"].append("../../victim")), "no bundle may hold")
    assert (tmp_path / "victim").exists()


def test_a_file_that_the_list_does_not_name_is_refused(empty, run_id, file):
    name = f"{StorePaths(empty).run(run_id).root.relative_to(empty).as_posix()}/notes.txt"
    refused(empty, remade(file, lambda members, _: members.update({name: b"x"})), "no bundle may hold")


def test_a_link_is_refused(empty, run_id, file):
    with zipfile.ZipFile(file) as archive:
        name = next(name for name in archive.namelist() if name.endswith("run.json"))
        listed = msgspec.json.decode(archive.read(bundle.LIST))
        members = {other: archive.read(other) for other in archive.namelist() if other not in (name, bundle.LIST)}
    target = b"/etc/passwd"
    listed["members"][name]["bytes"] = len(target)
    link = zipfile.ZipInfo(name)
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(link, target)
        for other, content in members.items():
            archive.writestr(other, content)
        archive.writestr(bundle.LIST, msgspec.json.encode(listed))
    refused(empty, file, "no bundle may hold")


def test_content_that_was_changed_is_refused(empty, file):
    def change(members: dict[str, bytes], _: object) -> None:
        name = next(name for name in members if name.endswith("run.json"))
        members[name] = members[name].replace(b"kept", b"evil")

    refused(empty, remade(file, change), "is not what it was")


def test_more_than_the_disk_has_room_for_is_refused_before_anything_is_unpacked(empty, file):
    def change(_: object, listed: dict[str, dict[str, dict[str, int]]]) -> None:
        member = next(iter(listed["members"].values()))
        member["bytes"] = 1 << 60

    refused(empty, remade(file, change), "no bundle may hold|make room")


def test_a_bomb_is_no_larger_than_it_says(empty, run_id, file):
    name = f"{StorePaths(empty).run(run_id).root.relative_to(empty).as_posix()}/zeros"

    def change(members: dict[str, bytes], listed: dict[str, dict[str, object]]) -> None:
        members[name] = bytes(1 << 20)
        listed["members"][name] = {"bytes": 10, "mtime_ns": 0, "hash": ""}

    refused(empty, remade(file, change), "no bundle may hold")


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
def test_one_that_was_cut_off_is_no_bundle(empty, file, part):
    content = file.read_bytes()
    file.write_bytes(content[: int(part * len(content))])
    assert not bundle.is_bundle(file)
    refused(empty, file, "damaged")


def test_one_with_flipped_bits_takes_nothing_or_all_of_it(root, empty, run_id, file):
    content = file.read_bytes()
    complete = contents(StorePaths(root).run(run_id).root)
    for place in range(0, len(content), len(content) // 60):
        damaged = bytearray(content)
        damaged[place] ^= 0x40
        file.write_bytes(damaged)
        try:
            taken(empty, file)
        except (StoreError, UsageError):
            assert not StorePaths(empty).run(run_id).root.exists()
        else:
            assert contents(StorePaths(empty).run(run_id).root) == complete
            shutil.rmtree(StorePaths(empty).runs)


def test_a_newer_bundle_and_another_archive_are_refused(empty, file, tmp_path):
    refused(empty, remade(file, lambda _, listed: listed.update(format=2)), "update trackside")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(UsageError, match="no bundle of runs"):
        taken(empty, tmp_path / "other.zip")


def test_an_import_that_dies_at_any_step_shows_nothing_by_half_and_is_completed_by_the_next(root, empty, run_id, file):
    complete = contents(StorePaths(root).run(run_id).root)
    deaths = 0
    while True:
        other = copied(empty)
        if not dies_at(deaths, other, file):
            break
        deaths += 1
        half = StorePaths(other).run(run_id)
        assert not half.manifest.exists() or contents(half.root) == complete
        taken(other, file)
        assert contents(StorePaths(other).run(run_id).root) == complete
        shutil.rmtree(other)
    assert deaths > 6


def dies_at(call: int, root: Path, file: Path) -> bool:
    """Whether an import that is killed at its `call`-th rename or fsync is killed: there is no such call otherwise."""
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
        mortal(files, "sync_folder")
        try:
            taken(root, file)
        except KeyboardInterrupt:
            return True
    return False
