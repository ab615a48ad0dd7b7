"""The app as a person set it up: the configuration file and its themes, while the app is open."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from runs_app import app_on, home, press
from small_store import open_context, record, shown, until
from textual.pilot import Pilot
from textual.widgets import OptionList

from trackside.config import paths, reading, themes
from trackside.config.settings import Settings
from trackside.services.conventions import adopt
from trackside.tui.app import TracksideApp
from trackside.tui.copying import MOST_OPEN
from trackside.tui.keys.actions import ACTIONS
from trackside.tui.screens.help import HelpScreen
from trackside.tui.screens.run import RunScreen
from trackside.tui.tabs.charts import ChartsTab
from trackside.tui.widgets.chart import Chart


@pytest.fixture(autouse=True)
def usual_conventions() -> Iterator[None]:
    yield
    adopt(Settings())


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("recorded") / "store"
    record(root, "first")
    return root


@pytest.fixture
def file() -> Path:
    file = paths.config_file()
    file.parent.mkdir(parents=True)
    return file


def said(app: TracksideApp) -> str:
    return "\n".join(notification.message for notification in app._notifications)


def cursor(pilot: Pilot[int]) -> str | None:
    names = pilot.app.screen.query_one(OptionList)
    return None if names.highlighted is None else names.get_option_at_index(names.highlighted).id


async def test_a_theme_is_seen_while_one_moves_and_kept_with_enter(store: Path, file: Path) -> None:
    file.write_text("# mine\nsmoothing = 0.5  # calm\n\n[keys]\n# none yet\n")
    async with app_on(store) as (app, pilot):
        await pilot.press("f2")
        await until(pilot, lambda: len(app.screen_stack) == 2)
        assert (cursor(pilot), app.theme) == ("dark", "dark")
        await pilot.press("down")
        await until(pilot, lambda: app.theme == "high-contrast")
        await until(pilot, lambda: home(app).styles.background.hex == "#000000")
        await press(pilot, "escape")
        assert app.theme == "dark"
        await pilot.press("f2")
        for name in themes.names():
            app.show_theme(name)
            await pilot.pause()
            assert app.current_theme.name == name
        await pilot.press(*"light", "enter")
        await until(pilot, lambda: str(file) in said(app))
        assert app.theme == "light"
    assert file.read_text() == '# mine\nsmoothing = 0.5  # calm\ntheme = "light"\n\n[keys]\n# none yet\n'


async def test_what_is_saved_meanwhile_takes_no_theme_away_that_is_looked_at(store: Path, file: Path) -> None:
    async with app_on(store) as (app, pilot):
        await pilot.press("f2", *"high")
        await until(pilot, lambda: app.theme == "high-contrast")
        file.write_text('smoothing = 0.5\ntheme = "light"\n')
        await until(pilot, lambda: app.context.settings.smoothing == 0.5)
        assert app.theme == "high-contrast"
        await pilot.press("escape")
        await until(pilot, lambda: app.theme == "light")


async def test_a_change_that_is_saved_shows_at_once_and_a_mistaken_one_changes_nothing(store: Path, file: Path) -> None:
    file.write_text('time_zone = "utc"\n')
    async with app_on(store) as (app, pilot):
        await until(pilot, lambda: app.context.settings.time_zone == "utc")
        file.write_text(
            'theme = "light"\nreduced_motion = true\n[numbers]\nthousands = "_"\n[keys]\nhelp_keys = "f1"\n'
        )
        await until(pilot, lambda: app.theme == "light")
        assert app.animation_level == "none"
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        await press(pilot, "escape")
        file.write_text('theme = "light"\nsmoothing = "strong"\n')
        await until(pilot, lambda: f"{file}:2: smoothing is to be a number" in said(app))
        await press(pilot, "f1")
        assert isinstance(app.screen, HelpScreen)


async def test_a_covered_screen_gets_the_colours_of_a_theme_once_it_is_seen_again(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app_on(store) as (app, pilot):
        home = app.screen
        await press(pilot, "enter")
        await until(pilot, lambda: app.screen is not home)
        run = app.screen
        await press(pilot, "question_mark")
        update, styled = app.stylesheet.update, []
        monkeypatch.setattr(
            app.stylesheet, "update", lambda root, **given: (styled.append(root), update(root, **given))
        )
        app.show_theme("light")
        await until(pilot, lambda: run in styled)
        ground = run.styles.background
        assert home.styles.background != ground
        assert home not in styled
        await press(pilot, "escape", "escape")
        assert app.screen is home
        assert home.styles.background == ground


async def test_a_theme_with_the_same_ground_shows_its_own_colours_at_once(store: Path) -> None:
    def statuses() -> set[str]:
        strips = app.screen._compositor.render_strips()
        styles = [part.style for strip in strips for part in strip if "✓" in part.text]
        return {style.color.get_truecolor().hex for style in styles if style is not None and style.color is not None}

    async with app_on(store) as (app, pilot):
        assert statuses() == {"#87d75f"}
        before = home(app).styles.background
        app.show_theme("colour-blind-safe")
        await until(pilot, lambda: statuses() == {"#56b4e9"})
        assert home(app).styles.background == before


async def test_a_theme_of_one_s_own_is_shown_as_it_is_saved(store: Path, file: Path) -> None:
    own = paths.themes_folder() / "mauve.toml"
    own.parent.mkdir()
    shipped = (themes._shipped_folder() / "dark.toml").read_text()
    own.write_text(shipped)
    file.write_text('theme = "mauve"\n')
    async with app_on(store) as (app, pilot):
        await until(pilot, lambda: app.theme == "mauve")
        own.write_text(shipped.replace("#121212", "#101020"))
        await until(pilot, lambda: app.screen.styles.background.hex == "#101020")
        own.write_text(shipped.replace("#121212", "dark blue"))
        await until(pilot, lambda: f"{own}:15: colours.background is a colour" in said(app))


async def test_what_is_mistaken_is_told_when_the_app_opens(store: Path) -> None:
    context = open_context(store)
    found = reading.checked('theme = "lihgt"\n', ACTIONS, Path("config.toml"))
    app = TracksideApp(context, found.mistakes)
    async with app.run_test(size=(160, 45), notifications=True) as pilot:
        await until(pilot, lambda: "theme 'lihgt'" in shown(app))
        assert app.theme == "dark"
    context.store.close()


async def test_a_project_has_the_columns_that_are_set_for_it(store: Path, file: Path) -> None:
    file.write_text('[columns]\n"*" = ["name"]\ndigits = [\n  "name",\n  "min(train/loss)",\n  "nmae",\n]\n')
    async with app_on(store) as (app, pilot):
        await until(pilot, lambda: home(app).table.columns == ("name", "min.train/loss"))
        await until(pilot, lambda: f"{file}:6: columns.digits: no column 'nmae', did you mean name?" in said(app))
        file.write_text('[columns]\n"*" = ["name"]\n')
        await until(pilot, lambda: home(app).table.columns == ("name",))


async def test_charts_are_smoothed_as_it_is_set(store: Path, file: Path) -> None:
    file.write_text("smoothing = 0.9\n")
    async with app_on(store) as (app, pilot):
        await until(pilot, lambda: app.context.settings.smoothing == 0.9)
        await pilot.press("enter", "2")
        await until(pilot, lambda: any(chart.options.smooth == 0.9 for chart in app.screen.query(Chart)))


async def test_of_many_screens_that_are_left_open_the_uppermost_come_again(store: Path) -> None:
    async with app_on(store) as (app, pilot):
        run_id = home(app).runs_at_cursor()[0]
        for _ in range(MOST_OPEN + 2):
            app.push_screen(RunScreen(app.context, run_id))
            await pilot.pause()
        app.push_screen(RunScreen(app.context, run_id, opens=ChartsTab))
        await until(pilot, lambda: "charts" in home(app)._over[-1])
        assert len(home(app)._over) == MOST_OPEN
    async with app_on(store) as (app, pilot):
        await until(pilot, lambda: len(app.screen_stack) == 1 + MOST_OPEN)
        await until(pilot, lambda: isinstance(app.screen, RunScreen) and isinstance(app.screen.tab, ChartsTab))
