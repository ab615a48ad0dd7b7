"""Reading, searching and wrapping lines."""

from pathlib import Path
from random import Random

import pytest
from msgspec.structs import replace
from small_store import open_context, record
from textual.app import App, ComposeResult
from textual.strip import Strip

from trackside.model.run import Progress
from trackside.services.run.overview import load
from trackside.tui.tabs.block import Block
from trackside.tui.tabs.overview import OverviewTab
from trackside.tui.widgets import lines
from trackside.tui.widgets.lines import Line, Lines, pairs, plain_lines, table


class Reading(App[None]):
    """Nothing but lines."""

    def __init__(self) -> None:
        super().__init__()
        self.sheet = Lines()
        self.opened = 0

    def compose(self) -> ComposeResult:
        yield self.sheet

    def on_lines_opened(self) -> None:
        self.opened += 1

    def screen_text(self) -> list[str]:
        height = self.sheet.size.height
        return ["".join(segment.text for segment in self.sheet.render_line(y)).rstrip() for y in range(height)]


async def test_lines_are_shown_from_the_top() -> None:
    app = Reading()
    async with app.run_test(size=(40, 5)) as pilot:
        app.sheet.show(plain_lines("one\ntwo"))
        await pilot.pause()
        assert app.screen_text()[:3] == ["one", "two", ""]


async def test_a_long_line_wraps_under_its_value() -> None:
    app = Reading()
    async with app.run_test(size=(25, 6)) as pilot:
        app.sheet.show(pairs([("why", "does dropout help when data is short?")]))
        await pilot.pause()
        assert app.screen_text()[:3] == ["  why  does dropout help", "       when data is", "       short?"]


async def test_control_characters_and_markup_are_shown_and_never_obeyed() -> None:
    app = Reading()
    async with app.run_test(size=(60, 5)) as pilot:
        app.sheet.show(plain_lines("[red]not red[/] \x1b[31m"))
        await pilot.pause()
        shown = app.screen_text()[0]
        assert "[red]not red[/]" in shown
        assert "\x1b" not in shown


async def test_the_cursor_moves_and_the_screen_follows_it() -> None:
    app = Reading()
    async with app.run_test(size=(20, 5)) as pilot:
        app.sheet.show(plain_lines("\n".join(map(str, range(100)))))
        app.sheet.to_line(-1)
        await pilot.pause()
        assert app.screen_text()[-1] == "99"
        app.sheet.to_line(0)
        await pilot.pause()
        assert app.screen_text()[0] == "0"


async def test_a_search_goes_to_the_next_line_and_around_the_end() -> None:
    app = Reading()
    async with app.run_test(size=(20, 5)) as pilot:
        app.sheet.show(plain_lines("loss 1\nstep\nLOSS 2\nstep"))
        await pilot.pause()
        assert app.sheet.search("loss") == 2
        assert app.sheet.cursor == 0
        app.sheet.to_match(1)
        assert app.sheet.cursor == 2
        app.sheet.to_match(1)
        assert app.sheet.cursor == 0
        app.sheet.to_match(-1)
        assert app.sheet.cursor == 2


async def test_a_line_says_where_it_leads_and_a_second_click_opens_only_one_that_leads_somewhere() -> None:
    app = Reading()
    async with app.run_test(size=(20, 5)) as pilot:
        assert app.sheet.target is None
        app.sheet.show([Line.of("nowhere"), Line.of("there", target="loss")])
        await pilot.click(app.sheet, offset=(2, 0), times=2)
        assert (app.sheet.target, app.opened) == (None, 0)
        await pilot.click(app.sheet, offset=(2, 1), times=2)
        assert (app.sheet.target, app.opened) == ("loss", 1)


async def test_the_same_lines_again_are_not_painted_again() -> None:
    app = Reading()
    async with app.run_test(size=(20, 5)) as pilot:
        app.sheet.show(plain_lines("one\ntwo"))
        await pilot.pause()
        painted = 0
        render_line = app.sheet.render_line

        def counted(y: int) -> Strip:
            nonlocal painted
            painted += 1
            return render_line(y)

        app.sheet.render_line = counted  # type: ignore[method-assign]
        app.sheet.show(plain_lines("one\ntwo"))
        await pilot.pause()
        assert painted == 0


async def test_of_many_lines_only_those_that_changed_are_laid_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Reading()
    async with app.run_test(size=(20, 5)) as pilot:
        many = [f"line {number}" for number in range(1_000)]
        app.sheet.show(map(Line.of, many))
        await pilot.pause()
        laid_out, one_line = list[str](), lines.one_line
        monkeypatch.setattr(lines, "one_line", lambda text, most: laid_out.append(text) or one_line(text, most))
        app.sheet.show(map(Line.of, ["first", *many[:500], "middle", *many[501:]]))
        await pilot.pause()
        assert laid_out == ["first", *many[:500], "middle"]
        laid_out.clear()
        app.sheet.show(map(Line.of, ["first", *many[:500], "in the middle", "of all", *many[501:]]))
        await pilot.pause()
        assert laid_out == ["in the middle", "of all"]


@pytest.mark.parametrize("seed", range(10))
async def test_whatever_was_shown_before_lines_stand_as_they_would_alone(seed: int) -> None:
    chance, app = Random(seed), Reading()
    known = [Line.of(f"{hang} words to wrap or cut", hang=hang) for hang in (None, 0, 2)]
    async with app.run_test(size=(12, 40)) as pilot:
        for _ in range(20):
            shown = [chance.choices(known, k=chance.randrange(6)) for _ in range(2)]
            fixed = chance.choices((0, 1, 2), k=2)
            app.sheet.show(shown[0], fixed[0])
            app.sheet.show(shown[1], fixed[1])
            await pilot.pause()
            after_others = app.screen_text(), app.sheet.virtual_size
            app.sheet.show(())
            app.sheet.show(shown[1], fixed[1])
            await pilot.pause()
            if shown[0] != shown[1]:
                assert (app.screen_text(), app.sheet.virtual_size) == after_others


def test_a_block_of_lines_is_made_again_where_a_value_changed_and_only_there() -> None:
    made = list[object]()
    block = Block[dict[str, object]](lambda part: made.append(part) or [Line.of(repr(part))])
    for value in (True, True, 1, 1.0, float("nan"), float("nan")):
        assert [line.plain for line in block({"quick": value})] == [repr({"quick": value})]
    assert len(made) == 4


def test_metrics_of_the_overview_are_not_laid_out_again_for_what_else_the_run_says(tmp_path: Path) -> None:
    run_id = record(tmp_path, "one")
    context = open_context(tmp_path)
    view, tab = load(context.store, run_id), OverviewTab(context, run_id)

    def metrics(**changed: object) -> list[Line]:
        shown = tab.lines(replace(view, run=replace(view.run, **changed)))
        return shown[[line.plain for line in shown].index("Metrics") + 1 : -1]

    before = metrics()
    later = metrics(notes="of a reason", progress=Progress(step=7))
    assert all(line is same for line, same in zip(later, before, strict=True))
    assert any("(primary)" in line.plain for line in before)
    assert not any("(primary)" in line.plain for line in metrics(primary=None))


def test_cells_of_a_table_stand_in_columns_and_numbers_end_at_one_edge() -> None:
    assert table([("metric", "last"), ("loss", "0.5"), ("精度", "12")], right=frozenset({1})) == [
        "metric  last",
        "loss     0.5",
        "精度      12",
    ]


def test_a_pair_without_a_value_is_left_out() -> None:
    assert [line.plain for line in pairs([("a", ""), ("bb", "1")])] == ["  bb  1"]


async def test_a_word_is_not_broken_where_a_space_before_it_is_near() -> None:
    app = Reading()
    async with app.run_test(size=(27, 5)) as pilot:
        app.sheet.show([Line((("confusion/confusion", ""), ("  confusion, 293 bytes", "dim")), hang=2)])
        await pilot.pause()
        assert app.screen_text()[:2] == ["confusion/confusion", "  confusion, 293 bytes"]
