"""No key of the registry is dead: each, in its place, changes what is seen, or says in a line why it cannot."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from runs_app import SMALL, WIDE, home
from small_store import open_context, record, until
from textual.pilot import Pilot
from textual.widgets import Input

from trackside.config import paths, state
from trackside.config.settings import Settings
from trackside.services.places.opening import open_places
from trackside.tui.app import TracksideApp
from trackside.tui.context import Context
from trackside.tui.keys.actions import ACTIONS, Action

WAYS: dict[str, str] = {
    "runs": "",
    "everywhere": "",
    "run": "enter",
    "wall": "enter 2",
    "console": "enter 3",
    "chart": "space space z",
    "chart_screen": "space space z",
    "views": "'",
    "facets": "tab",
}
"""The keys that lead from the table of runs to each place of one store."""

WAYS_OF_SEVERAL = {"stores": "O", "doctor": "O D", "skipped": "!"}
"""The same, in an app on several stores and files that cannot be read."""

FIRST: dict[str, str] = {
    "cursor_up": "G",
    "half_page_up": "G",
    "page_up": "G",
    "top": "G",
    "cursor_down": "g",
    "half_page_down": "g",
    "page_down": "g",
    "bottom": "g",
    "left": "l",
    "run.left": "2 l",
    "run.right": "2",
    "run.previous_match": "] [",
    "export": "escape",
    "chart.previous_mark": "l",
    "chart_screen.previous_pane": "l",
}
"""Keys after which an action has something to do, by its name or by place and name."""

SEEN_BY: dict[str, str] = {
    "quit_app": "test_q_leaves_with_status_0_and_the_terminal_as_it_was",
    "quit_twice": "test_one_ctrl_c_is_not_enough",
    "lift_curve": "test_a_curve_is_chosen_hidden_shown_alone_and_lifted",
    "redraw": "test_what_others_wrote_over_the_screen_goes_when_it_is_redrawn",
}
"""Actions whose work is not to be seen on these screens, and the tests that see it."""

STOPS_THE_TESTS = "suspend_process"

_EVER = ("follow", "settings")
"""Groups of workers that go on as long as the app."""


class Place:
    """A place of the app, come to by keys from the table of runs."""

    def __init__(self, pilot: Pilot[Any], way: str) -> None:
        self.pilot = pilot
        self.app = pilot.app
        assert isinstance(self.app, TracksideApp)
        self.way = way.split()

    async def come(self) -> None:
        """From wherever the app is."""
        while len(self.app.screen_stack) > 1:
            self.app.pop_screen()
            await self.pilot.pause()
        if isinstance(self.app.focused, Input):
            await self.press("escape")
        home(self.app).table.focus()
        home(self.app).table.to_edge(end=False)
        for key in self.way:
            await self.press(key)
        self.at = self.where()

    def where(self) -> tuple[object, ...]:
        """The screens that are open, and what has the keys."""
        return (*self.app.screen_stack, self.app.focused)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.rested()

    async def rested(self) -> None:
        """Wait until nothing is read any more but what changes in the store."""
        await self.pilot.pause()
        await until(self.pilot, lambda: all(worker.group in _EVER for worker in self.app.workers))
        await self.pilot.pause()

    def seen(self) -> tuple[object, ...]:
        """All that a person sees."""
        return (*self.where(), *self.app.screen._compositor.render_strips())

    async def does(self, key: str, first: str) -> str:
        """What is wrong with a key; nothing where it does something."""
        if self.where() != self.at:
            await self.come()
        if first:
            await self.press(*first.split())
        self.app.clear_notifications()
        self.app._told_at = float("-inf")
        await self.rested()
        before = self.seen()
        await self.pilot.press(key)
        try:
            await until(self.pilot, lambda: self.seen() != before, 5)
        except AssertionError:
            return "nothing"
        said = [note.message for note in self.app._notifications]
        await self.rested()
        assert self.app.return_code is None
        return next((text for text in said if "does nothing" in text), "")


def keys_in(context: str) -> Iterator[tuple[Action, str]]:
    """Every key of every action in the first of its contexts, elsewhere one key of each."""
    for action in ACTIONS:
        if context in action.contexts and action.id not in (*SEEN_BY, STOPS_THE_TESTS):
            keys = action.keys.split(",")
            several = keys if action.contexts[0] == context else keys[:1]
            for key in keys[1:2] if action.numbered else several:
                yield action, key


async def dead(app: TracksideApp, size: tuple[int, int], context: str, way: str) -> list[str]:
    """What is wrong with keys in their place."""
    found = []
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: home(app).found is not None)
        place = Place(pilot, way)
        await place.come()
        for action, key in keys_in(context):
            wrong = await place.does(key, FIRST.get(f"{context}.{action.id}", FIRST.get(action.id, "")))
            if wrong:
                found.append(f"{action.id} {key}: {wrong}")
        await place.come()
    app.context.store.close()
    return found


@pytest.mark.parametrize("context", WAYS)
async def test_each_key_does_something_or_says_why_not(store: tuple[Path, dict[str, str]], context: str) -> None:
    root, _ = store
    app = TracksideApp(open_context(root))
    file = paths.views_file(app.context.store.uuid)
    state.change_views(file, lambda _: {"one": state.View(), "other": state.View()})
    assert await dead(app, WIDE, context, WAYS[context]) == []


@pytest.mark.parametrize("context", WAYS_OF_SEVERAL)
async def test_each_key_among_several_stores_does_something_or_says_why_not(tmp_path: Path, context: str) -> None:
    for name in ("oak", "elm"):
        record(tmp_path / name / ".trackside", f"{name}-run", steps=2)
        for log in (tmp_path / name / ".trackside" / "runs").glob("*/*/w/*.log"):
            content = bytearray(log.read_bytes())
            content[len(content) // 2] ^= 0x55
            log.write_bytes(content)
    for number in range(30):
        folder = tmp_path / "logs" / f"{'long' * 30}-name-of-a-folder-{number}"
        folder.mkdir(parents=True)
        (folder / "mlflow.db").write_bytes(b"")
    (tmp_path / "logs" / "metrics.jsonl").write_text('{"step": 0, "loss": 0.5}\n')
    places = [tmp_path / "oak" / ".trackside", tmp_path / "elm" / ".trackside", tmp_path / "logs"]
    app = TracksideApp(Context(open_places([str(place) for place in places]).live(), Settings()))
    assert await dead(app, SMALL, context, WAYS_OF_SEVERAL[context]) == []


def test_what_is_not_seen_here_is_seen_by_a_test_that_is_there() -> None:
    written = "".join(
        file.read_text() for file in Path(__file__).parents[1].rglob("test_*.py") if file != Path(__file__)
    )
    assert set(SEEN_BY) <= {action.id for action in ACTIONS}
    assert [name for name in SEEN_BY.values() if f"def {name}(" not in written] == []
