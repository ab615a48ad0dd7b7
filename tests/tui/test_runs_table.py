"""The table of runs by itself, in a bare app."""

from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.geometry import Region

from trackside.services.cells import Cell
from trackside.services.table.rows import Cells, Row
from trackside.tui.widgets.columns import fitted_head
from trackside.tui.widgets.row_pages import Source
from trackside.tui.widgets.runs_table import RunsTable
from trackside.tui.widgets.table_columns import Columns


class TableApp(App[None]):
    def compose(self) -> ComposeResult:
        yield RunsTable()


async def test_a_run_that_is_gone_to_as_its_rows_come_is_in_sight() -> None:
    rows = [Row(id=f"run-{place}", status="finished", cells=(Cell(f"run-{place}"),)) for place in range(60)]
    places = {row.id: place for place, row in enumerate(rows)}
    app = TableApp()
    async with app.run_test(size=(80, 24)):
        table = app.query_one(RunsTable)
        table.show(Source(60, lambda start, end: rows[start:end], places.get), Columns(("name",)))
        table.go_to("run-50")
        assert table.scroll_offset.y <= 50 < table.scroll_offset.y + table.page_rows()


NAMES = [
    "plain",
    "日本語の実験の名前はとても長いので切られる",
    "e\u0301tude e\u0301trange",
    "שלום עולם",
    "مرحبا\u202eevil",
    "👨\u200d👩\u200d👧 family",
    "क्षि",
    "\t\x1b[31mred",
    "",
]


async def test_columns_stand_below_each_other_whatever_letters_names_are_made_of() -> None:
    keys = ("name", "param.日本語の長い名前のパラメータ", "param.x")
    rows = [Row(name, "finished", (Cell(name), Cell(name), Cell("7", "right"))) for name in NAMES]
    app = TableApp()
    async with app.run_test(size=(80, 24)):
        table = app.query_one(RunsTable)
        table.show(Source(len(rows), lambda start, end: rows[start:end], lambda _: None), Columns(keys))
        lines = [table.render_lines(Region(0, y, 80, 1))[0] for y in range(len(rows) + 1)]
        assert {line.cell_length for line in lines} == {80}
        assert {sum(cell_len(segment.text) for segment in line) for line in lines} == {80}
        assert all("\x1b" not in line.text and "\u202e" not in line.text for line in lines)
        right = {cell_len(line.text[: line.text.rindex("7")]) for line in lines[1:]}
        assert right == {cell_len(lines[0].text[: lines[0].text.rindex("x")])}


async def test_of_a_wide_table_only_the_columns_in_sight_are_made_each_as_wide_as_what_it_shows() -> None:
    keys = ("name", *(f"param.x{number}" for number in range(70)))
    made = set[int]()

    def cell(number: int) -> Cell:
        made.add(number)
        return Cell(f"a value of {number}")

    rows = [Row(f"run-{place}", "finished", Cells(len(keys), cell)) for place in range(60)]
    app = TableApp()
    async with app.run_test(size=(80, 24)) as pilot:
        table = app.query_one(RunsTable)
        table.show(Source(len(rows), lambda start, end: rows[start:end], lambda _: None), Columns(keys))
        await pilot.pause()
        assert len(made) < 20
        table.to_column(len(keys) - 1)
        await pilot.pause()
        assert table.render_lines(Region(0, 1, 80, 1))[0].text.rstrip().endswith("  a value of 70")
        assert len(made) < 40


async def test_decimal_points_of_a_column_stand_below_each_other() -> None:
    texts = ["0.9", "12.25", "1,234", "3e-5", "-1.5e-7", "0.9312 ± 0.012"]
    rows = [Row(text, "finished", (Cell("run"), Cell(text, "point"))) for text in texts]
    app = TableApp()
    async with app.run_test(size=(80, 24)):
        table = app.query_one(RunsTable)
        table.show(Source(len(rows), lambda start, end: rows[start:end], lambda _: None), Columns(("name", "metric.x")))
        lines = [table.render_lines(Region(0, y, 80, 1))[0].text for y in range(1, len(rows) + 1)]
    wholes = ("0", "12", "1,234", "3", "-1", "0")
    ends = [line.index(text) + len(whole) for line, text, whole in zip(lines, texts, wholes, strict=True)]
    assert len(set(ends)) == 1, lines


async def test_a_column_that_a_long_name_made_wide_is_narrow_again_when_that_is_taken_back() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 24)) as pilot:
        table = app.query_one(RunsTable)

        async def tag_stands_at(*named: tuple[str, str]) -> int:
            rows = [Row(run, "finished", (Cell(name), Cell("tag"))) for run, name in named]
            places = {row.id: place for place, row in enumerate(rows)}
            source = Source(len(rows), lambda start, end: rows[start:end], places.get)
            table.show(source, Columns(("name", "param.x")))
            await pilot.pause()
            return table.render_lines(Region(0, 1, 80, 1))[0].text.index("tag")

        narrow = await tag_stands_at(("1", "oak"), ("2", "elm"))
        wide = await tag_stands_at(("1", "oak"), ("2", "elm-of-a-long-name"))
        assert wide > narrow
        assert await tag_stands_at(("1", "oak")) == wide
        assert await tag_stands_at(("1", "oak"), ("2", "elm-of-a-long-name")) == wide
        assert await tag_stands_at(("2", "elm"), ("1", "oak")) == narrow


async def test_of_rows_in_another_order_no_page_is_read_but_what_is_in_sight() -> None:
    app, read = TableApp(), list[int]()

    def ordered(order: list[int]) -> Source:
        places = {str(run): place for place, run in enumerate(order)}

        def fetch(start: int, end: int) -> list[Row]:
            read.append(start)
            return [Row(str(run), "finished", (Cell(f"run-{run:06}"), Cell("1"))) for run in order[start:end]]

        return Source(len(order), fetch, places.get)

    async with app.run_test(size=(80, 24)) as pilot:
        table, count, columns = app.query_one(RunsTable), 10_000, Columns(("name", "param.x"))
        table.show(ordered([*range(count)]), columns)
        await pilot.pause()
        read.clear()
        table.show(ordered([run * 7 % count for run in range(count)]), columns)
        await pilot.pause()
        assert read == [0]


def test_of_a_head_that_is_cut_the_end_is_shown_also_of_wide_letters() -> None:
    assert fitted_head("train/日本語の損失", 8, right=False) == "…の損失 "
    assert fitted_head("metrics/loss", 6, right=True) == "…/loss"
    assert fitted_head("日" * 100_000, 6, right=True) == " …日日"
