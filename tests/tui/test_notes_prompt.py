"""Notes are edited as the lines that they are."""

from pathlib import Path

import pytest
from runs_app import home, told
from small_store import record, shown, until

from trackside.config.settings import Settings
from trackside.services.places.opening import open_places
from trackside.tui.app import TracksideApp
from trackside.tui.context import Context
from trackside.tui.widgets.notes_prompt import MOST_CHARACTERS, NotesPrompt
from trackside.tui.widgets.prompt import Prompt


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


def app_over(root: Path) -> TracksideApp:
    return TracksideApp(Context(open_places([str(root)]).live(), Settings()))


def notes(app: TracksideApp, run: str) -> str:
    return app.context.store.run(run).notes


async def asked_for_notes(pilot) -> None:
    await until(pilot, lambda: home(pilot.app).found is not None and home(pilot.app).found.total == 1)
    await pilot.press("a")


async def test_a_line_is_added_to_notes_of_several_lines_and_the_others_stay(root):
    run = record(root, "oak", notes="why it was run\n\n\twhat came of it")
    async with app_over(root).run_test(size=(100, 30)) as pilot:
        await asked_for_notes(pilot)
        await until(pilot, lambda: isinstance(pilot.app.screen, NotesPrompt))
        lines = [line.strip(" │") for line in shown(pilot.app).splitlines()]
        assert lines.index("what came of it") == lines.index("why it was run") + 2
        await pilot.press("ctrl+j", *"next", "enter")
        await until(pilot, lambda: notes(pilot.app, run) == "why it was run\n\n\twhat came of it\nnext")


async def test_notes_that_are_kept_as_they_were_are_not_written(root):
    run = record(root, "oak", notes="one\r\ntwo \x1b[2J three")
    async with app_over(root).run_test(size=(100, 30)) as pilot:
        await asked_for_notes(pilot)
        await until(pilot, lambda: "two ␛[2J three" in shown(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen is home(pilot.app))
        assert not told(pilot.app)
        assert notes(pilot.app, run) == "one\r\ntwo \x1b[2J three"


async def test_a_family_of_emoji_in_notes_outlives_that_a_word_is_added(root):
    run = record(root, "oak", notes="for 👩‍👩‍👧")
    async with app_over(root).run_test(size=(100, 30)) as pilot:
        await asked_for_notes(pilot)
        await until(pilot, lambda: isinstance(pilot.app.screen, NotesPrompt))
        await pilot.press("!", "enter")
        await until(pilot, lambda: notes(pilot.app, run) == "for 👩‍👩‍👧!")


async def test_notes_that_are_too_long_for_the_box_are_left_to_the_command(root):
    record(root, "oak", notes="H" * MOST_CHARACTERS + "\n")
    async with app_over(root).run_test(size=(160, 30)) as pilot:
        await asked_for_notes(pilot)
        await until(pilot, lambda: told(pilot.app) != [])
        assert "20,001 characters" in told(pilot.app)[0]
        assert "`trackside note`" in told(pilot.app)[0]
        assert pilot.app.screen is home(pilot.app)


def test_a_name_with_line_ends_is_typed_in_one_line():
    assert Prompt("name", "H\r\n\nx").value == "H x"
