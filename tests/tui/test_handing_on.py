"""Links and command lines of what is on screen: each is copied by keys, and opens or prints the same again."""

import shlex
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from held import Held
from small_comparison import WIDE
from small_store import open_context, shown, until
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Input

from trackside.cli.main import main
from trackside.services.sharing.links import parse
from trackside.services.sharing.seen import COMPARE_TABS, RUN_TABS
from trackside.tui import copying
from trackside.tui.app import TracksideApp
from trackside.tui.screens import compare, run, runs_actions
from trackside.tui.screens.runs import RunsScreen

_EVER = ("follow", "settings")
"""Groups of workers that go on as long as the app."""


@asynccontextmanager
async def app_on(root: Path, opens: str | None = None) -> AsyncIterator[tuple[TracksideApp, Pilot[Any]]]:
    """The app, on what a link shows."""
    context = open_context(root)
    app = TracksideApp(context, opens=None if opens is None else parse(opens))
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        home = app.screen_stack[0]
        assert isinstance(home, RunsScreen)
        await until(pilot, lambda: home.found is not None)
        await rested(pilot)
        yield app, pilot
    context.store.close()


async def rested(pilot: Pilot[Any]) -> None:
    """Wait until nothing is read any more but what changes in the store."""
    for _ in range(3):
        await until(pilot, lambda: all(worker.group in _EVER for worker in pilot.app.workers))
        await pilot.pause()


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was copied, the latest last."""
    texts: list[str] = []
    monkeypatch.setattr(copying, "copy_through_tmux", lambda text: texts.append(text) is None)
    return texts


async def copy(pilot: Pilot[Any], copied: list[str], key: str) -> str:
    before = len(copied)
    await pilot.press("y", key)
    await until(pilot, lambda: len(copied) > before, 15)
    return copied[-1]


def linked(command: str, root: Path) -> str:
    program, place, option, link = shlex.split(command)
    assert (program, place, option) == ("trackside", str(root), "--open")
    return link


VIEWS: dict[str, tuple[str, Callable[[str], bool]]] = {
    "runs?filter=name:b*&sort=name&columns=name,param.lr": (
        "ls --sort=name --columns=name,param.lr 'name:b*'",
        lambda text: "6 of 13 runs" in text and "by name ↑" in text,
    ),
    "runs?filter=name:b*&columns=name,noted,progress,curve.train/loss,=best(val/accuracy)-1&pinned=2&change=percent": (
        "ls --change=percent '--columns=name,noted,progress,curve.train/loss,=best(val/accuracy)-1' 'name:b*'",
        lambda text: "Δ% to the baseline" in text and "train/loss curve" in text,
    ),
    "runs?by=replicates": ("ls --group-by=replicates", lambda text: "5 groups" in text),
    "run/{better}?tab=environment": ("show {better}", lambda text: "better" in text and "Python" in text),
    "run/{better}?tab=charts&metric=train/loss": ("curve train/loss {better}", lambda text: "train/loss" in text),
    "chart?metric=train/loss&runs={base},{better}&log=y&smooth=0.6&at=3&show=baseline"
    "&zoom=x=2:7%20y=0.1:&hidden={base}%20train/loss": (
        "curve --smooth=0.6 --log train/loss {base} {better}",
        lambda text: "train/loss of 2 runs" in text and "step 3" in text,
    ),
    "compare?runs={better}&at=best&tab=curves&metric=train/loss": (
        "compare --at=best {better}",
        lambda text: "Compare 1 candidate against base" in text and "each metric's own best" in text,
    ),
    "pivot?rows=lr&values=val/accuracy&filter=name:base,better": (
        "table --rows=lr --value=val/accuracy name:base,better",
        lambda text: "Pivot val/accuracy by lr   6 runs of name:base,better" in text,
    ),
}


@pytest.mark.parametrize("view", VIEWS)
async def test_a_view_that_a_link_opens_gives_that_link_and_a_command_that_prints_it(
    view: str,
    store: tuple[Path, dict[str, str]],
    copied: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    root, first = store
    link = view.format(**first)
    prints, is_there = VIEWS[view]
    async with app_on(root, link) as (app, pilot):
        await until(pilot, lambda: is_there(shown(app)), 15)
        assert linked(await copy(pilot, copied, "l"), root) == link
        await until(pilot, lambda: "link copied by tmux" in shown(app))
        command = shlex.split(await copy(pilot, copied, "c"))
    assert shlex.join(command[3:]).endswith(prints.format(**first))
    main_exits_well(command[1:])
    assert capsys.readouterr().out


def main_exits_well(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 0


async def test_values_rows_and_ids_are_copied_on_every_screen(
    store: tuple[Path, dict[str, str]], copied: list[str]
) -> None:
    root, first = store
    better = first["better"]
    expected = {
        "runs?filter=id:{better}": {"y": "better", "r": "better\t", "i": better, "x": "python"},
        "run/{better}?tab=environment": {"y": "Machine", "r": "Machine", "i": better, "x": "python"},
        "chart?metric=val/accuracy&runs={better}&at=0": {"y": "step", "i": better},
        "compare?runs={better}": {"y": "0.8", "r": "val/accuracy\t", "i": first["base"]},
        "pivot?rows=name&values=val/accuracy&filter=name:base": {"y": "0.8000 ± ", "r": "base\t0.8000 ± "},
    }
    for link, keys in expected.items():
        async with app_on(root, link.format(**first)) as (_, pilot):
            for key, begins in keys.items():
                text = await copy(pilot, copied, key)
                assert text.startswith(begins) or begins in text, (link, key, text)


async def test_the_cell_under_the_cursor_is_copied_with_all_digits_of_a_run_and_as_it_stands_of_a_group(
    store: tuple[Path, dict[str, str]], copied: list[str]
) -> None:
    root, first = store
    exact = open_context(root).store.run(first["better"]).metrics["train/loss"].mean
    columns = "columns=name,project,mean.train/loss"
    async with app_on(root, f"runs?filter=id:{first['better']}&{columns}") as (_, pilot):
        for keys, text in ((["l"], "digits"), (["l"], repr(exact)), (["d", "d"], "=")):
            await pilot.press(*keys)
            await rested(pilot)
            assert await copy(pilot, copied, "y") == text
    async with app_on(root, f"runs?filter=name:better&by=replicates&{columns}") as (_, pilot):
        await pilot.press(*"llll")
        assert await copy(pilot, copied, "y") == "0.2929"


async def test_what_cannot_be_copied_here_is_told(store: tuple[Path, dict[str, str]], copied: list[str]) -> None:
    root, _ = store
    async with app_on(root, "pivot?rows=name&values=val/accuracy&filter=name:base") as (app, pilot):
        await pilot.press("y", "i")
        await until(pilot, lambda: "there is no id to copy here" in shown(app))
        assert not copied


def test_a_link_to_what_is_not_there_is_told_in_a_line_before_the_app_opens(
    store: tuple[Path, dict[str, str]], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, first = store
    monkeypatch.setattr("trackside.cli.main._has_terminal", lambda: True)
    for link, says in (
        ("run/nobody", "nobody"),
        (f"chart?metric=val/acuracy&runs={first['base']}", "did you mean val/accuracy?"),
        ("rums", "did you mean runs?"),
    ):
        for arguments in ([str(root), "--open", link], ["--store", str(root), "--open", link]):
            with pytest.raises(SystemExit) as left:
                main(arguments)
            assert left.value.code == 2
            told = capsys.readouterr().err
            assert says in told
            assert told.count("\n") == 1


def test_a_link_is_for_the_app(store: tuple[Path, dict[str, str]], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--store", str(store[0]), "--open", "runs", "ls"])
    assert "--open and --read-only are for the app" in capsys.readouterr().err


def test_links_know_the_tabs_of_the_screens() -> None:
    assert tuple(tab.label.lower() for tab in run.TABS) == RUN_TABS
    assert tuple(tab.label.lower() for tab in compare.TABS) == COMPARE_TABS


EXPORTS = {
    "runs?filter=name:base&columns=name,param.lr": ("runs.csv", {".csv": "id,name,lr", ".md": "| name | lr |"}),
    "chart?metric=train/loss&runs={better}": ("train-loss.svg", {".svg": "<svg", ".csv": "chart,run,curve,step"}),
    "run/{better}?tab=charts&metric=train/loss": ("train-loss.svg", {".csv": "chart,run,curve,step"}),
    "compare?runs={better}": ("base-comparison.html", {".html": "<!DOCTYPE html>", ".md": "better"}),
}


@pytest.mark.parametrize("view", EXPORTS)
async def test_what_is_on_screen_is_written_to_a_file_whose_name_says_the_format(
    view: str, store: tuple[Path, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, first = store
    monkeypatch.chdir(tmp_path)
    name, formats = EXPORTS[view]
    async with app_on(root, view.format(**first)) as (app, pilot):
        for ending, holds in formats.items():
            await pilot.press("e")
            await until(pilot, lambda: isinstance(app.focused, Input) and app.focused.value == name)
            file = (tmp_path / name).with_suffix(ending)
            assert isinstance(app.focused, Input)
            app.focused.value = file.name
            await pilot.press("enter")
            await until(pilot, lambda file=file: f"is in {file}" in " ".join(shown(app).split()) or file.exists())
            assert holds in file.read_text()


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of the name that is suggested for the table of runs."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "runs.csv"
    file.write_text("mine")
    return file


_OVER = "runs.csv is there already; enter again writes over it"


async def test_a_file_that_is_there_is_written_over_only_by_a_second_enter(
    store: tuple[Path, dict[str, str]], mine: Path
) -> None:
    async with app_on(store[0], "runs") as (app, pilot):
        for answer, kept in (("escape", True), ("enter", False)):
            await pilot.press("e", "enter")
            await until(pilot, lambda: _OVER in shown(app))
            await pilot.press(answer)
            await until(pilot, lambda: app.screen is app.screen_stack[0])
            await rested(pilot)
            assert (mine.read_text() == "mine") is kept


async def test_a_name_in_a_folder_that_is_not_there_stays_to_be_mended(
    store: tuple[Path, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with app_on(store[0], "runs") as (app, pilot):
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.focused, Input))
        assert isinstance(app.focused, Input)
        app.focused.value = "nowhere/runs.csv"
        await pilot.press("enter")
        await until(pilot, lambda: "there is no folder nowhere" in shown(app))
        (tmp_path / "nowhere").mkdir()
        await pilot.press("enter")
        await until(pilot, (tmp_path / "nowhere" / "runs.csv").exists)


async def test_an_enter_that_was_typed_ahead_writes_over_no_file(
    store: tuple[Path, dict[str, str]], mine: Path
) -> None:
    async with app_on(store[0], "runs") as (app, pilot):
        for key in ("e", "enter", "enter"):
            app.post_message(Key(key, None))
        await until(pilot, lambda: _OVER in shown(app))
        await rested(pilot)
        assert mine.read_text() == "mine"
        await pilot.press("enter")
        await until(pilot, lambda: mine.read_text() != "mine")


async def test_a_second_enter_is_about_the_name_that_was_refused(
    store: tuple[Path, dict[str, str]], mine: Path
) -> None:
    mine.with_name("runs.md").write_text("mine")
    async with app_on(store[0], "runs") as (app, pilot):
        await pilot.press("e", "enter")
        await until(pilot, lambda: _OVER in shown(app))
        assert isinstance(app.focused, Input)
        app.focused.value = "runs.md"
        await until(pilot, lambda: "is there already" not in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: "runs.md is there already; enter again" in shown(app))
        app.focused.value = "runs.csv"
        await until(pilot, lambda: "is there already" not in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: _OVER in shown(app))
        assert mine.read_text() == mine.with_name("runs.md").read_text() == "mine"


async def test_a_file_that_comes_to_be_after_the_name_was_typed_is_left_as_it_is(
    store: tuple[Path, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "runs.csv"
    async with app_on(store[0], "runs") as (app, pilot):
        held = Held(monkeypatch, runs_actions, "_written")
        await pilot.press("e", "enter")
        await until(pilot, held.found.is_set)
        file.write_text("mine")
        held.let_go.set()
        await until(pilot, lambda: "runs.csv is there by now, and was left as it is" in shown(app))
        assert [file.name] == [one.name for one in tmp_path.iterdir() if one.is_file()]
        assert file.read_text() == "mine"
