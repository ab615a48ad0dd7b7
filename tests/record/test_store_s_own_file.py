"""`store.json`, modes of folders and files, and which store is meant."""

import os
import pwd
import stat
import threading
from pathlib import Path

import pytest

import trackside
from trackside.model.errors import StoreError, UsageError
from trackside.store import locate, manifest


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def umask():
    """Set the umask for one test."""
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


def test_a_store_is_made_once_and_keeps_its_uuid(store):
    first = manifest.open_paths(manifest.create(store).root)[1]
    assert manifest.open_paths(manifest.create(store).root)[1] == first
    assert first["format"] == 1


def test_of_many_that_make_a_store_at_once_one_wins(store):
    uuids = set()
    threads = [
        threading.Thread(target=lambda: uuids.add(manifest.open_paths(manifest.create(store).root)[1]["uuid"]))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(uuids) == 1
    assert [path.name for path in store.iterdir()] == ["store.json"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is damaged"),
        (b"[]", "is damaged"),
        (b'{"format": "one", "uuid": "x"}', "is damaged"),
        (b'{"format": 1}', "is damaged"),
        (b"\xff\x00", "is damaged"),
        (b'{"format": 2, "uuid": "x"}', "is a store of format 2; update trackside"),
    ],
)
def test_a_store_json_that_makes_no_sense_is_one_line(store, content, said):
    store.mkdir()
    (store / "store.json").write_bytes(content)
    with pytest.raises(StoreError, match=said) as raised:
        manifest.open_paths(store)
    assert "\n" not in str(raised.value)


def test_a_folder_that_is_no_store_says_how_to_make_one(tmp_path):
    with pytest.raises(StoreError, match="trackside store init"):
        manifest.open_paths(tmp_path)


def test_a_store_below_a_file_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="choose another folder"):
        manifest.create(tmp_path / "file" / "store")


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o000])
def test_folders_and_files_take_the_store_s_mode_whatever_the_umask(store, umask, mask, tmp_path):
    manifest.create(store, shared="")
    assert mode(store) == 0o2770
    umask(mask)
    (tmp_path / "a").write_text("x")
    with trackside.init(project="tests", store=store, quiet=True) as run:
        run.log({"x": 1.0})
        run.log_artifact(tmp_path / "a")
    below = list(store.rglob("*"))
    assert {mode(path) for path in below if path.is_dir()} == {0o2770}
    assert {mode(path) for path in below if path.is_file()} == {0o660}


def test_sharing_a_store_gives_away_nothing_that_a_link_in_it_leads_to(store, tmp_path):
    manifest.create(store)
    (tmp_path / "folder").mkdir(mode=0o700)
    for name in ("file", "folder/inside"):
        (tmp_path / name).write_text("mine")
        (tmp_path / name).chmod(0o600)
    (store / "link").symlink_to(tmp_path / "file")
    (store / "folder").symlink_to(tmp_path / "folder")
    os.mkfifo(store / "pipe")
    before = mode(tmp_path / "folder")

    manifest.create(store, shared="")

    assert [mode(tmp_path / name) for name in ("file", "folder", "folder/inside")] == [0o600, before, 0o600]
    assert mode(store / "store.json") == 0o660


def test_a_file_that_becomes_a_link_or_vanishes_while_a_store_is_shared_is_left_alone(store, tmp_path, monkeypatch):
    manifest.create(store)
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "mine").chmod(0o600)
    for name in ("swapped", "vanishing", "left"):
        (store / name).write_text("")
    real = os.open

    def others_are_quicker(path, flags, mode=0o777, *, dir_fd=None):
        if path == "swapped":
            (store / path).unlink()
            (store / path).symlink_to(tmp_path / "mine")
        if path == "vanishing":
            (store / path).unlink()
        return real(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", others_are_quicker)
    manifest.create(store, shared="")
    assert (store / "swapped").is_symlink()
    assert not (store / "vanishing").exists()
    assert mode(tmp_path / "mine") == 0o600
    assert mode(store / "left") == 0o660


def test_a_store_that_is_named_by_a_link_is_shared(store, tmp_path):
    manifest.create(store)
    (tmp_path / "link").symlink_to(store)
    manifest.create(tmp_path / "link", shared="")
    assert mode(store) == 0o2770
    assert mode(store / "store.json") == 0o660


def test_an_unknown_group_is_a_usage_error(store):
    with pytest.raises(UsageError, match="no group"):
        manifest.create(store, shared="no-such-group-here")


def test_the_named_store_comes_first_then_the_variable(tmp_path, monkeypatch):
    assert locate.find_store(tmp_path / "named") == tmp_path / "named"
    monkeypatch.setenv("TRACKSIDE_STORE", str(tmp_path / "variable"))
    assert locate.find_store() == tmp_path / "variable"
    assert locate.find_store(tmp_path / "named") == tmp_path / "named"


def test_the_nearest_folder_upwards_comes_before_the_configured_store(tmp_path, monkeypatch):
    below = tmp_path / "project" / "deep" / "deeper"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert locate.find_store() == tmp_path / "home-data" / "trackside"
    locate.config_file().parent.mkdir(parents=True)
    locate.config_file().write_text('[store]\npath = "~/configured"\n')
    assert locate.find_store() == Path.home() / "configured"
    (tmp_path / "project" / ".trackside").mkdir()
    assert locate.find_store() == tmp_path / "project" / ".trackside"


def test_a_folder_of_somebody_else_is_passed_over(tmp_path, monkeypatch):
    (tmp_path / ".trackside").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "getuid", lambda: 4242)
    if (tmp_path / ".trackside").stat().st_uid != 0:
        assert locate.find_store() == tmp_path / "home-data" / "trackside"
    os.chown(tmp_path / ".trackside", 4243, -1) if os.geteuid() == 0 else None
    assert locate.find_store() == tmp_path / "home-data" / "trackside"


@pytest.mark.parametrize("content", ["[store", "[store]\npath = 5\n"])
def test_nothing_is_recorded_by_a_configuration_that_makes_no_sense_and_reading_goes_on(content):
    locate.config_file().parent.mkdir(parents=True)
    locate.config_file().write_text(content)
    with pytest.raises(UsageError, match=r"config\.toml"):
        trackside.init(project="tests", quiet=True)
    assert locate.find_store() == locate.default_store()


def test_a_user_without_a_home_records_into_the_store_that_is_named(tmp_path, monkeypatch, capsys):
    def no_user(_):
        raise KeyError

    for variable in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", no_user)
    monkeypatch.chdir(tmp_path)
    with trackside.init(project="tests", store=tmp_path / "named", quiet=True) as run:
        run.log({"a": 1})
    assert len(list((tmp_path / "named").glob("runs/*/*/run.json"))) == 1
    assert capsys.readouterr().err == ""
    assert locate.default_store() == Path("/.local/share/trackside")
    with pytest.raises(UsageError, match="nobody's home"):
        trackside.init(store="~/runs")


def test_init_records_into_the_store_that_is_meant(tmp_path, monkeypatch):
    (tmp_path / ".trackside").mkdir()
    monkeypatch.chdir(tmp_path)
    trackside.init(project="tests", quiet=True).finish()
    assert len(list((tmp_path / ".trackside").glob("runs/*/*/run.json"))) == 1
