"""The table of runs by itself, in a bare app."""

from textual.app import App, ComposeResult

from trackside.services.cells import Cell
from trackside.services.rows import Row
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
