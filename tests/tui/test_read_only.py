"""An app that may only look: each key that would change the store says so at once, on every screen that has it."""

from pathlib import Path

import pytest
from small_store import until
from test_handing_on import app_on

from trackside.tui.keys.actions import ACTIONS, CHART_SCREEN, COMPARE, DOCTOR, RUN, RUNS, VIEWS
from trackside.tui.keys.changing import READ_ONLY

KEYS = {
    "runs": ("T", "a", "r", "x", "delete", "u", "b"),
    "run/{better}": ("T", "a", "r", "x", "delete", "u", "b"),
    "chart?metric=train/loss&runs={better}&at=3": ("a", "u"),
    "compare?runs={better}": ("exclamation_mark", "I", "u", "b"),
    "doctor": ("R",),
}
VIEW_OF = {RUNS: "runs", RUN: "run/{better}", COMPARE: "compare?runs={better}", DOCTOR: "doctor"} | {
    CHART_SCREEN: "chart?metric=train/loss&runs={better}&at=3"
}


def test_each_key_of_the_edits_is_tried_on_each_screen_that_has_it() -> None:
    edits = [action for action in ACTIONS if action.group == "Edit"]
    asked = {(VIEW_OF[context], action.keys) for action in edits for context in action.contexts if context != VIEWS}
    assert len(asked) >= 15
    assert asked <= {(view, key) for view, keys in KEYS.items() for key in keys}


@pytest.mark.parametrize("view", KEYS)
async def test_a_key_that_edits_says_so_before_it_asks(view: str, store: tuple[Path, dict[str, str]]) -> None:
    root, first = store
    is_doctor = view == "doctor"
    async with app_on(root, "runs" if is_doctor else view.format(**first)) as (app, pilot):
        app.context.read_only = True
        if is_doctor:
            await pilot.press("O", "D")
        screen = app.screen
        for key in KEYS[view]:
            app.clear_notifications()
            await pilot.press(key)
            await until(pilot, lambda: [note.message for note in app._notifications] == [READ_ONLY], 5)
            assert app.screen is screen, key
