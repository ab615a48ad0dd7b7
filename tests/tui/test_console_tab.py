"""The Console tab over consoles as the recording process keeps them."""

from pathlib import Path

import pytest
from rich.color import Color
from runs_app import app_on
from small_store import OneScreen, open_context, record, settled, shown, until

import trackside
from trackside.record.console.helper import Kept
from trackside.services.run import overview
from trackside.tui.copying import Copying
from trackside.tui.screens.run import RunScreen
from trackside.tui.widgets.console_view import ConsoleView

WIDE = (120, 30)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRACKSIDE_CAPTURE", "environment,console")
    return tmp_path / "store"


def opened(root: Path, run_id: str) -> OneScreen:
    return OneScreen(open_context(root), lambda context: RunScreen(context, run_id))


def with_console(root: Path, printed: bytes) -> OneScreen:
    """A run that printed this."""
    run_id = record(root, "a")
    folder = open_context(root).store.run_paths(run_id).console
    folder.mkdir(exist_ok=True)
    (folder / "w.log").write_bytes(printed)
    return opened(root, run_id)


def view(app: OneScreen) -> ConsoleView:
    return app.screen.query_one(ConsoleView)


def colour_of(app: OneScreen, text: str) -> Color | None:
    """The colour in which a text stands on the screen."""
    strips = app.screen._compositor.render_strips()
    return next(part.style.color for strip in strips for part in strip if part.text == text and part.style)


async def test_its_own_colours_are_the_themes_and_a_level_colours_what_has_none(root: Path) -> None:
    printed = b"\x1b[31mred\x1b[0m\nValueError: no\n\x1b[38;2;18;18;18mas the ground\x1b[0m\n\x1b[38;5;208morange\n"
    app = with_console(root, printed)
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("3")
        await until(pilot, lambda: "orange" in shown(app))
        error = view(app).tones["bad"].color
        assert colour_of(app, "red") == colour_of(app, "ValueError: no") == error
        assert colour_of(app, "orange") == Color.from_rgb(255, 135, 0)
        assert colour_of(app, "as the ground") == view(app).rich_style.color


async def test_long_lines_are_wrapped_or_cut_and_a_very_long_one_says_how_long_it_is(root: Path) -> None:
    app = with_console(root, b"first " + b"x" * 200 + b" end\n" + b"y" * 1_000_000 + b"\nlast\n")
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("3")
        await until(pilot, lambda: "last" in shown(app))
        assert "… 990,000 more characters" in shown(app)
        await pilot.press("w")
        await settled(pilot)
        assert " end" not in shown(app)
        assert "long lines are not wrapped" in shown(app)
        await pilot.press(*["l"] * 14)
        await settled(pilot)
        assert "xx end" in shown(app)
        await pilot.press("w")
        await settled(pilot)
        await pilot.press("g")
        await settled(pilot)
        assert "first xx" in shown(app)
        assert "xx end" in shown(app)


async def test_matches_are_counted_and_gone_through_and_errors_have_a_key(root: Path) -> None:
    lines = [f"INFO epoch {number}" for number in range(200)]
    lines[60] = lines[120] = "ERROR bad epoch"
    app = with_console(root, "\n".join(lines).encode())
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("3")
        await until(pilot, lambda: "line 200 of 200   2 errors, E goes to the next" in shown(app))
        await pilot.press("E")
        await until(pilot, lambda: "error 1 of 2" in shown(app))
        assert "line 61 of 200" in shown(app)
        await pilot.press("slash", *"EPOCH", "space", *"9", "enter")
        await until(pilot, lambda: "11 lines have EPOCH 9" in shown(app))
        assert view(app).cursor == 90
        await pilot.press("n")
        await until(pilot, lambda: "match 3 of 11" in shown(app))
        await pilot.press("N", "N", "N")
        await until(pilot, lambda: "match 11 of 11" in shown(app))
        assert view(app).cursor == 99


async def test_lines_of_standard_error_have_a_sign(root: Path) -> None:
    run_id = record(root, "a")
    folder = open_context(root).store.run_paths(run_id).console
    folder.mkdir(exist_ok=True)
    kept = Kept(str(folder / "w"), 0o600)
    for data, target in ((b"plain\n", 1), (b"grave\n", 2)):
        kept.write(data, 100.0, target)
    app = opened(root, run_id)
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("3", "t")
        await until(pilot, lambda: "\n   plain\n e grave\n" in shown(app))


async def test_clock_and_step_can_be_hidden_and_a_line_is_copied(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    monkeypatch.setattr(Copying, "_copy", lambda _, app, what, text: copied.append(f"{what}: {text}"))
    with trackside.init(store=root, quiet=True) as run:
        run.log({"loss": 1.0}, step=2000)
        print("now at 2,000")
    async with app_on(root) as (app, pilot):
        await pilot.press("enter", "3")
        await until(pilot, lambda: "2,000  now at 2,000" in shown(app))
        await pilot.press("t")
        await until(pilot, lambda: "\n now at 2,000" in shown(app))
        await pilot.press("y", "y")
        await until(pilot, lambda: copied == ["line: now at 2,000"])


async def test_its_end_is_shown_inert_and_searched(root: Path) -> None:
    run_id = record(root, "a")
    context = open_context(root)
    console = context.store.run_paths(run_id).console
    console.mkdir(exist_ok=True)
    lines = [f"epoch {number} \x1b]0;title\x07loss" for number in range(200)]
    (console / "w.log").write_text("\n".join(lines))
    app = opened(root, run_id)
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("3")
        await settled(pilot)
        assert "epoch 199" in shown(app)
        assert "\x1b" not in shown(app)
        await pilot.press("slash", *"epoch", "space", *"17", "enter")
        await settled(pilot)
        assert "11 lines have epoch 17" in shown(app)
        assert "epoch 17 " in shown(app)


async def test_moment_and_step_stand_beside_a_line_and_enter_opens_the_chart_there(root: Path) -> None:
    with trackside.init(store=root, quiet=True) as run:
        for step in range(3):
            run.log({"loss": 1.0}, step=step * 1000)
        print("now at 2,000")
    print("elsewhere")
    app = opened(root, run.id)
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("3")
        await until(pilot, lambda: "2,000  now at 2,000" in shown(app))
        assert "elsewhere" not in shown(app)
        await pilot.press("G", "enter")
        await until(pilot, lambda: type(app.screen).__name__ == "ChartScreen")
        await until(pilot, lambda: "2,000" in shown(app))


async def test_enter_on_a_chart_leads_to_what_was_printed_at_that_step(root: Path) -> None:
    with trackside.init(store=root, quiet=True) as run:
        for step in range(3):
            run.log({"loss": 1.0}, step=step)
    moments = overview.load(open_context(root).store, run.id).run
    assert run.folder is not None
    kept = Kept(str(run.folder.console / "w"), 0o600)
    for number in range(60):
        kept.write(b"line %d\n" % number, moments.created + number)
    app = opened(root, run.id)
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("z")
        await until(pilot, lambda: type(app.screen).__name__ == "ChartScreen")
        await settled(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "put the crosshair on one" in shown(app))
        await pilot.press("l", "enter")
        await until(pilot, lambda: type(app.screen).__name__ == "RunScreen")
        await until(pilot, lambda: "line 1" in shown(app))
        assert view(app).cursor == 1


async def test_what_a_run_that_goes_on_prints_is_followed(root: Path) -> None:
    with trackside.init(store=root, quiet=True) as run:
        print("first word", flush=True)
        app = opened(root, run.id)
        async with app.run_test(size=WIDE) as pilot:
            await pilot.press("3")
            await until(pilot, lambda: "first word" in shown(app))
            run._console._keeper.put(b"\n".join(b"%d" % number for number in range(100)))  # type: ignore[union-attr]
            run._console._keeper.put(b"\nlast word\n")  # type: ignore[union-attr]
            await until(pilot, lambda: "last word" in shown(app))
            assert "following the end of 102 lines" in shown(app)
            await pilot.press("k")
            await until(pilot, lambda: "line 101 of 102   G follows the end" in shown(app))
            run._console._keeper.put(b"x\n" * 30 + b"beyond\n")  # type: ignore[union-attr]
            await until(pilot, lambda: "line 101 of 133" in shown(app))
            assert "beyond" not in shown(app)
            await pilot.press("G")
            await until(pilot, lambda: "beyond" in shown(app))
            assert "following the end of 133 lines" in shown(app)
