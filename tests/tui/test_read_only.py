"""An app that may only look: each key that would change the store says so at once, on every screen that has it."""

from pathlib import Path

import pytest
from runs_app import told
from small_store import until
from test_handing_on import app_on

from trackside.tui.keys.actions import ACTIONS, CHART_SCREEN, COMPARE, DOCTOR, RUN, RUNS, VIEWS
from trackside.tui.keys.changing import READ_ONLY
from trackside.tui.own_line import OwnLine

DECISIONS = {"set_baseline", "acknowledge", "ignore_param"}
EDITS = [action for action in ACTIONS if action.group == "Edit" or action.id in DECISIONS]
VIEW_OF = {RUNS: "runs", RUN: "run/{better}", COMPARE: "compare?runs={better}", DOCTOR: "runs"} | {
    CHART_SCREEN: "chart?metric=train/loss&runs={better}&at=3"
}


@pytest.mark.parametrize("context", sorted({context for action in EDITS for context in action.contexts} - {VIEWS}))
async def test_a_key_that_edits_says_so_before_it_asks(context: str, store: tuple[Path, dict[str, str]]) -> None:
    root, first = store
    async with app_on(root, VIEW_OF[context].format(**first)) as (app, pilot):
        app.context.read_only = True
        if context == DOCTOR:
            await pilot.press("O", "D")
        screen = app.screen
        for key in (action.keys for action in EDITS if context in action.contexts):
            if isinstance(screen, OwnLine):
                screen.say("")
            app.clear_notifications()
            await pilot.press(key)
            await until(pilot, lambda: told(app) == [READ_ONLY], 5)
            assert app.screen is screen, key
