"""The registry of actions as a whole: each can be reached by key, help, palette and README, and idle keys say why."""

import importlib
from pathlib import Path
from typing import Any

from small_store import shown, until
from test_handing_on import app_on
from textual.dom import DOMNode

import trackside.tui
from trackside.tui.keys.actions import ACTIONS, PLACES, bindings
from trackside.tui.keys.idle_keys import why_idle
from trackside.tui.keys.keys_table import keys_table
from trackside.tui.palette import commands
from trackside.tui.screens.help import help_lines


def binding_classes() -> dict[str, list[type[DOMNode]]]:
    """By context, the screens and widgets whose keys are those of it."""
    room = Path(trackside.tui.__path__[0])
    for file in room.rglob("*.py"):
        importlib.import_module(".".join(["trackside.tui", *file.relative_to(room).with_suffix("").parts]))
    found: dict[str, list[type[DOMNode]]] = {context: [] for context in PLACES}
    waiting: list[type[DOMNode]] = [DOMNode]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__.startswith("trackside.") and "BINDINGS" in vars(kind):
            for context, kinds in found.items():
                if {one.id for one in bindings(context)} <= {one.id for one in vars(kind)["BINDINGS"]}:
                    kinds += kind.__subclasses__() or [kind]
    return found


def test_every_action_has_a_key_and_is_done_wherever_the_registry_says() -> None:
    classes = binding_classes()
    for action in ACTIONS:
        assert action.keys, action.id
        for context in action.contexts:
            assert classes[context], context
            for kind in classes[context]:
                assert callable(getattr(kind, f"action_{action.id}", None)), (action.id, kind)


def test_every_action_is_in_help_and_in_the_readme() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    table = keys_table()
    assert table in readme
    for action in ACTIONS:
        lines = [line.plain for line in help_lines(action.label, lambda action: action.keys)]
        assert any(action.label in line and action.keys.replace(",", " ")[:17] in line for line in lines), action.id
        assert action.label in table, action.id


async def test_the_palette_offers_what_keys_do_here_and_nothing_that_they_do_not(
    store: tuple[Path, dict[str, str]],
) -> None:
    root, first = store
    async with app_on(root, "compare?runs={better}".format(**first)) as (app, pilot):
        summary = {command.label for command in commands(app.screen)}
        await pilot.press("3")
        await until(pilot, lambda: "means of seeds" in shown(app))
        curves = {command.label for command in commands(app.screen)}
    assert {"Export", "Copy", "Seeds", "At", "Palette"} <= summary
    assert "Logarithmic y" in curves - summary
    assert "At" in summary - curves


async def test_the_palette_says_of_what_comes_to_nothing_now_why_and_leaves_out_what_is_done_elsewhere(
    store: tuple[Path, dict[str, str]],
) -> None:
    async with app_on(store[0], "runs") as (app, pilot):
        offered = {command.label: command.why_not for command in commands(app.screen)}
        assert not {"Exclude", "Next match"} & set(offered)
        assert offered["Undo"] == "nothing left to undo"
        assert offered["Unmark all"] == "no run is marked; space marks"
        assert offered["Compare"] == offered["Archive"] == ""
        await pilot.press("space", "x")
        await until(pilot, lambda: "u undoes" in shown(app))
        assert {
            offer.label for offer in commands(app.screen) if offer.label in ("Undo", "Unmark all") and offer.why_not
        } == set()
        await pilot.press("tab")
        assert {"Exclude", "Next match"} <= {command.label for command in commands(app.screen)}
        await pilot.press("tab", "slash", *"lr:7", "enter")
        await until(pilot, lambda: not app.screen.runs_at_cursor())
        await pilot.press("U")
        offered = {command.label: command.why_not for command in commands(app.screen)}
        assert offered["Compare"] == offered["Trash"] == "there is no run under the cursor"
        app.context.read_only = True
        await pilot.press("colon", *"edit tags")
        await until(pilot, lambda: "nothing can be edited here" in shown(app))


async def test_a_key_that_does_nothing_here_says_where_it_does_something(
    store: tuple[Path, dict[str, str]],
) -> None:
    root, first = store
    async with app_on(root, "compare?runs={better}".format(**first)) as (app, pilot):
        await pilot.press("Y")
        await until(pilot, lambda: "Y does nothing here: logarithmic y, in Curves" in shown(app))
        await pilot.press("x")
        await until(pilot, lambda: "x does nothing here" in shown(app))
        assert "Y does nothing" not in shown(app), "one at a time"
    async with app_on(root, "runs") as (app, pilot):
        await pilot.press("slash", "~", "~")
        await until(pilot, lambda: app.screen.query_one("#filter Input").value == "~~")
        assert "does nothing" not in shown(app)


def idle(key: str, remapped: dict[str, str] | None = None, **parts: list[str]) -> str:
    return why_idle({key}, key, remapped or {}, lambda action: parts.get(action, []))


def test_an_idle_key_is_explained_by_what_it_does_in_other_parts_of_the_screen_else_elsewhere() -> None:
    assert idle("|") == "| does nothing here: split, on a chart"
    assert idle("V") == "V does nothing here: pivot, on Runs and on a comparison"
    assert idle("A", choose_point=["Summary", "Curves"]) == "A does nothing here: at, in Summary and Curves"
    assert idle("§") == "§ does nothing; ? shows the keys"
    assert why_idle({"T"}, "T", {}, lambda _: [], {"edit_tags"}).endswith("on Runs and on a run; escape first, then T")
    assert idle("F9", {"split": "F9"}) == "F9 does nothing here: split, on a chart"


def test_every_context_has_a_place_in_words() -> None:
    used: set[Any] = {context for action in ACTIONS for context in action.contexts}
    assert used <= set(PLACES)
