"""What strangers wrote is harmless on a terminal, and a slow link does not pile up frames."""

import pytest
from rich.text import Text
from small_store import until
from textual._compositor import ChopsUpdate
from textual.events import CursorPosition
from textual.widgets import Static

from trackside.tui.output import pacing
from trackside.tui.output.pacing import PacedApp
from trackside.tui.terminal import inert, one_line


class TestInertText:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("plain é 木", "plain é 木"),
            ("\x1b[2J", "␛[2J"),
            ("a\tb\rc", "a␉b␍c"),
            ("\x7f\x9b31m", "␡\\x9b31m"),
            ("\u202eevil", "\\u202eevil"),
            ("\U000e0041", "\\ue0041"),
        ],
    )
    def test_control_characters_are_made_visible(self, text: str, shown: str) -> None:
        assert inert(text) == shown

    def test_line_ends_are_kept_or_made_visible(self) -> None:
        assert inert("a\nb") == "a\nb"
        assert one_line("a\nb") == "a␊b"


class Pages(PacedApp):
    """An app each of whose frames has so many characters."""

    characters = 0
    asked = 0

    def turn(self) -> None:
        """Display another page."""
        self._display(self.screen, Text("page"))


@pytest.fixture
def frames(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What Textual was told to display, each of which is written as so many characters as the app says."""
    shown: list[object] = []

    def display(app: Pages, screen: object, renderable: object) -> None:
        if renderable is not None:
            shown.append(renderable)
        vars(app._driver)["written"] = app._written() + app.characters

    monkeypatch.setattr("textual.app.App._display", display)
    return shown


def count_questions(app: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the driver is given to write by the app itself is a question, and nothing else."""

    def write(data: str) -> None:
        app.asked += data == "\x1b[6n"

    monkeypatch.setattr(app._driver, "write", write)


class TestSlowLink:
    async def test_after_a_large_repaint_none_follows_until_the_terminal_answered(
        self, frames: list[object], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        app = Pages()
        async with app.run_test():
            count_questions(app, monkeypatch)
            app.characters = pacing.LARGE_REPAINT + 1
            before = len(frames)
            for _ in range(5):
                app.turn()
            assert (len(frames) - before, app.asked) == (1, 1)

    async def test_when_it_answers_the_screen_is_painted_as_it_is_by_then(
        self, frames: list[object], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        app = Pages()
        async with app.run_test():
            count_questions(app, monkeypatch)
            app.characters = pacing.LARGE_REPAINT + 1
            app.turn()
            app.turn()
            before = len(frames)
            app.on_cursor_position(CursorPosition(0, 0))
            assert len(frames) - before == 1
            app.on_cursor_position(CursorPosition(0, 0))
            assert len(frames) - before == 1

    async def test_only_what_was_left_out_is_painted_then(
        self, frames: list[object], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        app = Pages()
        async with app.run_test() as pilot:
            line = Static("before")
            await app.mount(Static("other"), line)
            await pilot.pause()
            count_questions(app, monkeypatch)
            app.characters = pacing.LARGE_REPAINT + 1
            app.turn()
            line.update("after!")
            await pilot.pause()
            app.on_cursor_position(CursorPosition(0, 0))
            update = frames[-1]
            assert isinstance(update, ChopsUpdate)
            assert {y for y, _, _ in update.spans} == {1}

    async def test_what_waits_to_be_painted_when_the_answer_comes_is_painted_with_it(
        self, frames: list[object], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        app = Pages()
        async with app.run_test() as pilot:
            first, second = Static("before"), Static("before")
            await app.mount(first, second)
            await pilot.pause()
            count_questions(app, monkeypatch)
            app.characters = pacing.LARGE_REPAINT + 1
            app.turn()
            first.update("after!")
            await pilot.pause()
            second.update("after!")
            app.screen._dirty_widgets.add(second)
            app.on_cursor_position(CursorPosition(0, 0))
            update = frames[-1]
            assert isinstance(update, ChopsUpdate)
            assert {y for y, _, _ in update.spans} == {0, 1}

    async def test_an_answer_in_the_middle_of_a_change_paints_when_the_change_is_over(
        self, frames: list[object], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        app = Pages()
        async with app.run_test() as pilot:
            count_questions(app, monkeypatch)
            app.characters = pacing.LARGE_REPAINT + 1
            app.turn()
            app.turn()
            before = len(frames)
            with app.batch_update():
                app.on_cursor_position(CursorPosition(0, 0))
                assert len(frames) == before
            await until(pilot, lambda: len(frames) - before == 1)

    async def test_a_frame_that_textual_drops_during_a_change_is_painted_after_it(self, frames: list[object]) -> None:
        app = Pages()
        async with app.run_test() as pilot:
            before = len(frames)
            with app.batch_update():
                app.turn()
            await until(pilot, lambda: len(frames) - before == 1)

    async def test_small_repaints_are_never_held_back(
        self, frames: list[object], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        app = Pages()
        async with app.run_test():
            count_questions(app, monkeypatch)
            app.characters = 100
            before = len(frames)
            for _ in range(5):
                app.turn()
            assert (len(frames) - before, app.asked) == (5, 0)

    async def test_a_terminal_that_never_answers_is_painted_after_a_while(
        self, frames: list[object], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pacing, "PATIENCE_SECONDS", 0.05)
        app = Pages()
        async with app.run_test() as pilot:
            count_questions(app, monkeypatch)
            app.characters = pacing.LARGE_REPAINT + 1
            app.turn()
            app.turn()
            before = len(frames)
            await pilot.pause(0.3)
            assert len(frames) > before

    async def test_an_answer_ends_the_waiting_that_it_answers_and_no_later_one(
        self, frames: list[object], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        app = Pages()
        async with app.run_test():
            count_questions(app, monkeypatch)
            app.characters = pacing.LARGE_REPAINT + 1
            app.turn()
            first = app._patience
            app.on_cursor_position(CursorPosition(0, 0))
            app.turn()
            assert app.asked == 2
            assert app._patience not in (None, first)
