"""Lists that typing narrows: what it leaves of them, and how one moves about in them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from runs_app import app_on
from small_store import shown, until
from textual.app import App
from textual.widgets import OptionList

from trackside.tui.narrow import narrowed, narrowed_by
from trackside.tui.screens.columns_picker import ColumnsPicker, column_choice
from trackside.tui.screens.narrowed_list import NarrowedList
from trackside.tui.screens.picker import Picker
from trackside.tui.screens.tags import Picked, TagPicker

POINTS = ["auto   the last step", "step=N   up to step N", "last   the last point"]


def test_names_that_begin_with_what_is_typed_come_first() -> None:
    assert narrowed(POINTS, "Step") == ["step=N   up to step N", "auto   the last step"]


def test_things_of_one_name_are_all_found_and_stand_where_they_did() -> None:
    words = {"seed": "seed", "user": "user", "param.seed": "seed"}
    assert narrowed_by(words, "") == list(words)
    assert narrowed_by(words, "see") == ["seed", "param.seed"]


def test_every_word_is_looked_for_wherever_it_stands() -> None:
    assert narrowed(POINTS, "point last") == ["last   the last point"]


def test_nothing_typed_leaves_all_in_their_order() -> None:
    assert narrowed(POINTS, " ") == POINTS


def test_a_name_spelt_nearly_so_is_found() -> None:
    assert narrowed(POINTS, "lst point") == ["last   the last point"]


@pytest.mark.parametrize("opens", ["colon", "C"])
async def test_a_list_that_has_no_room_is_paged_through_all_the_same(
    recorded: tuple[Path, dict[str, str]], opens: str
) -> None:
    async with app_on(recorded[0]) as (app, pilot):
        await pilot.press(opens)
        await until(pilot, lambda: app.screen.query_one(OptionList).highlighted == 0)
        await pilot.resize_terminal(60, 1)
        await until(pilot, lambda: not app.screen.query_one(OptionList).scrollable_content_region)
        await pilot.press("pagedown", "pageup")
        await pilot.resize_terminal(60, 30)
        await until(pilot, lambda: bool(app.screen.query_one(OptionList).scrollable_content_region))
        await pilot.press("pagedown")
        assert app.screen.query_one(OptionList).highlighted != 0


async def test_all_of_very_many_tags_are_searched_and_those_that_are_not_listed_are_counted() -> None:
    app: App[None] = App()
    async with app.run_test() as pilot:
        picked: list[Picked | None] = []
        picker = TagPicker([(f"tag{number}", 1) for number in range(5_000)], Picked())
        await app.push_screen(picker, picked.append)
        options = picker.query_one(OptionList)
        assert options.get_option_at_index(options.option_count - 1).prompt == "  … 4,800 more: type to narrow"
        await pilot.press(*"g4999", "space", "enter")
        assert picked == [Picked("any", ("tag4999",))]


async def test_of_very_many_names_those_are_listed_that_can_be_read_and_the_one_in_use() -> None:
    app: App[None] = App()
    async with app.run_test() as pilot:
        picked: list[str | None] = []
        picker = Picker("metric", [f"layer{number}" for number in range(5_000)], "layer4000")
        await app.push_screen(picker, picked.append)
        assert picker.at_cursor == "layer4000"
        assert picker.options.option_count == 201
        assert "4,800 more" in str(picker.options.get_option_at_index(200).prompt)
        await pilot.press(*"4321", "enter")
        assert picked == ["layer4321"]


@pytest.mark.parametrize(
    "made",
    [lambda: Picker("metric", ["loss"]), lambda: ColumnsPicker(pl.DataFrame({"id": ["x"]}), ["id"], ["id"], 1)],
)
async def test_a_list_that_is_left_as_it_opens_lists_what_nobody_sees(made: Callable[[], NarrowedList[Any]]) -> None:
    app: App[None] = App()
    async with app.run_test():
        picker = made()
        await app.push_screen(picker)
        await picker.remove_children()
        picker.relist()


async def test_a_letter_of_a_formula_asks_a_wide_table_for_its_columns_a_few_times_not_once_for_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    columns, asked = pl.DataFrame.columns.fget, list[int]()
    monkeypatch.setattr(pl.DataFrame, "columns", property(lambda frame: asked.append(1) or columns(frame)))
    frame = pl.DataFrame({"id": ["x"], **{f"metric.layer{number}": [1.0] for number in range(500)}})
    app: App[None] = App()
    async with app.run_test() as pilot:
        picker = ColumnsPicker(frame, frame.columns, ["id"], 1)
        await app.push_screen(picker)
        await pilot.press("=")
        asked.clear()
        await pilot.press(*"layer499")
        assert picker.at_cursor == "=layer499"
        assert len(asked) < 100


async def test_a_key_is_completed_at_the_end_of_a_very_long_formula() -> None:
    app: App[None] = App()
    async with app.run_test() as pilot:
        picker = ColumnsPicker(pl.DataFrame({"metric.loss": [1.0]}), ["metric.loss"], [], 1)
        await app.push_screen(picker)
        long = "a" * 100_000
        picker.line.value = f"={long} + lo"
        await pilot.pause()
        assert picker.at_cursor == "metric.loss"
        await pilot.press("tab")
        assert picker.line.value == f"={long} + loss "


async def test_the_title_of_a_list_is_told_in_a_line_that_steers_no_terminal() -> None:
    app: App[None] = App()
    async with app.run_test() as pilot:
        await app.push_screen(Picker("metric \x1b[2J\n", ["loss"]))
        await pilot.pause()
        assert "metric ␛[2J␊" in shown(app)


def test_columns_that_are_called_alike_say_what_each_shows() -> None:
    assert [column_choice(key).shown.plain for key in ("notes", "noted", "last_point", "lr")] == [
        "notes   what they say",
        "note   noted   a sign where a run has notes",
        "logged   last_point",
        "lr",
    ]


@pytest.mark.parametrize("opens", ["m", "t", "C"])
async def test_a_list_of_which_nothing_is_left_says_so(recorded: tuple[Path, dict[str, str]], opens: str) -> None:
    async with app_on(recorded[0]) as (app, pilot):
        await pilot.press(opens, *"[b]zz")
        await until(pilot, lambda: "nothing has [b]zz" in shown(app))
        await pilot.press("down")
        assert "nothing has [b]zz" in shown(app)


def test_a_long_name_spelt_nearly_so_is_found_by_its_beginning() -> None:
    long = f"validation {'x' * 5_000}"
    assert narrowed([*POINTS, long], "valdiation") == [long]
