"""How the app was left in a store: found again, whatever became of the file."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from trackside.config import state
from trackside.config.state import SavedView, View


def test_what_was_kept_is_found(tmp_path: Path) -> None:
    view = SavedView(filter="tag:x", sort=["param.lr", "-created"], columns=["name"], marks=["A"])
    file = tmp_path / "state" / "store.json"
    state.save(file, view)
    assert state.load(file) == view
    assert [path.name for path in file.parent.iterdir()] == ["store.json"]


def test_what_a_guest_keeps_is_found_until_they_leave_and_written_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, views = tmp_path / "store.json", tmp_path / "store.views.json"
    state.save(file, SavedView(filter="the owner's"))
    before = file.read_bytes()
    monkeypatch.setattr(state, "_here", None)
    state.keep_here_only()
    assert state.load(file).filter == "the owner's"
    state.save(file, SavedView(filter="a guest's"))
    assert state.load(file).filter == "a guest's"
    assert state.change_views(views, lambda known: known | {"mine": View()}) == state.load_views(views)
    assert file.read_bytes() == before
    assert not views.exists()


def test_what_a_later_version_kept_besides_is_let_pass(tmp_path: Path) -> None:
    file = tmp_path / "store.json"
    file.write_text('{"filter": "tag:x", "groups": ["a"]}')
    assert state.load(file).filter == "tag:x"


@pytest.mark.parametrize("content", [b"", b"{", b'{"filter": 3}', b"\xff\xfe"])
def test_what_is_damaged_is_as_if_it_were_not_there(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "store.json"
    file.write_bytes(content)
    assert state.load(file) == SavedView()


def test_what_several_apps_change_at_once_is_all_kept(tmp_path: Path) -> None:
    file = tmp_path / "views.json"
    adds = "import sys, pathlib; from trackside.config import state; file, name = sys.argv[1:];"
    adds += "[state.change_views(pathlib.Path(file), lambda v: {**v, f'{name}{n}': state.View()}) for n in range(50)]"
    apps = [subprocess.Popen([sys.executable, "-c", adds, file, name]) for name in "ab"]
    assert [app.wait() for app in apps] == [0, 0]
    assert state.load_views(file).keys() == {f"{name}{number}" for name in "ab" for number in range(50)}


def test_threads_that_keep_the_same_at_once_do_not_stand_in_each_others_way(tmp_path: Path) -> None:
    file = tmp_path / "state" / "store.json"
    with ThreadPoolExecutor(4) as threads:
        keeping = [threads.submit(state.save, file, SavedView(filter=str(number))) for number in range(400)]
    assert [one.exception() for one in keeping if one.exception()] == []
    assert [path.name for path in file.parent.iterdir()] == ["store.json"]
