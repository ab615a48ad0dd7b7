"""The Pivot screen over small real stores: what stands in its table, what its keys change, and what leaves it."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from small_comparison import SMALL, WIDE, below, comparing, line, method, press, train, write
from small_store import OneScreen, open_context, settled, shown, until
from textual.pilot import Pilot

from trackside.services import edit
from trackside.services.pivot import view as pivot_view
from trackside.services.pivot.pivot import Asked
from trackside.tui import copying
from trackside.tui.app import TracksideApp
from trackside.tui.messages import StoreChanged
from trackside.tui.screens import pivot
from trackside.tui.screens.pivot import PivotScreen
from trackside.tui.widgets.cells_table import CellsTable

NETS = {"cnn": 0.80, "vit": 0.90}


@pytest.fixture(scope="module")
def nets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two models at two learning rates, three seeds each."""
    root = tmp_path_factory.mktemp("nets") / "store"
    for net, accuracy in NETS.items():
        for lr in (0.1, 0.3):
            method(root, net, accuracy, params={"net": net, "lr": lr})
    return root


@asynccontextmanager
async def pivoting(
    root: Path, asked: Asked | None = None, size: tuple[int, int] = WIDE
) -> AsyncIterator[tuple[OneScreen, Pilot[Any]]]:
    """The screen once it shows its table."""
    context = open_context(root)
    app = OneScreen(context, lambda context: PivotScreen(context, asked or Asked()))
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: "reading" not in shown(app))
        await settled(pilot)
        yield app, pilot
    context.store.close()


async def pick(pilot: Pilot[Any], key: str, what: str) -> None:
    """Open a list by its key, and pick from it."""
    await press(pilot, key)
    await write(pilot, what)
    await settled(pilot)


def cells(app: OneScreen, row: str) -> list[str]:
    return line(app, f"{row} ").removeprefix(row).split()


class TestTable:
    @pytest.mark.parametrize("size", [WIDE, SMALL])
    async def test_params_in_which_the_runs_differ_are_rows_and_columns_and_the_best_are_starred(
        self, nets: Path, size: tuple[int, int]
    ) -> None:
        async with pivoting(nets, size=size) as (app, _):
            assert line(app, "Pivot") == "Pivot val/accuracy by net × lr   12 runs"
            assert line(app, "net  ").split() == ["net", "lr=0.1", "lr=0.3"]
            assert cells(app, "cnn") == ["0.8000", "±", "0.0099", "(3)"] * 2
            assert cells(app, "vit") == ["0.9000", "±", "0.0099", "(3)", "*"] * 2

    @pytest.mark.parametrize("size", [WIDE, SMALL])
    async def test_heads_are_whole_where_there_is_room_for_all_of_them_and_cut_where_there_is_not(
        self, nets: Path, size: tuple[int, int]
    ) -> None:
        values = tuple(f"{kind}({metric})" for kind in ("best", "at_best") for metric in ("val/accuracy", "train/loss"))
        async with pivoting(nets, Asked(rows=("net", "seed"), values=values), size=size) as (app, _):
            heads = line(app, "net, seed  ")
            assert (heads.split()[2:] == [*values]) is (size == WIDE)
            assert ("…est(val/accuracy)" in heads) is (size == SMALL)

    async def test_what_the_cell_under_the_cursor_rests_on_stands_below_with_how_it_was_tested(
        self, nets: Path
    ) -> None:
        async with pivoting(nets) as (app, pilot):
            said = below(app)
            assert "val/accuracy of net=cnn, lr=0.1 mean 0.8 of 3 seeds: 0.796, 0.8, 0.804 worse than the best" in said
            assert "Tested (larger is better): Welch's t, Holm over 6 pairs of cells" in said
            await press(pilot, "j", "l")
            assert "val/accuracy of net=vit, lr=0.3" in below(app)

    async def test_a_run_that_failed_at_other_settings_chooses_no_rows_and_no_columns(self, tmp_path: Path) -> None:
        root = tmp_path / "store"
        train(root, "odd", 0, 0.1, params={"steps": 9, "net": "cnn"}, fails=True)
        for net, accuracy in NETS.items():
            method(root, net, accuracy, params={"steps": 5, "net": net})
        async with pivoting(root) as (app, _):
            assert line(app, "Pivot") == "Pivot val/accuracy by net   7 runs"

    async def test_the_filter_of_the_runs_screen_chooses_the_runs(self, nets: Path) -> None:
        context = open_context(nets)
        app = TracksideApp(context)
        async with app.run_test(size=WIDE) as pilot:
            await until(pilot, lambda: "12" in shown(app))
            app.screen.refilter("net:vit")
            await pilot.press("V")
            await until(pilot, lambda: "Pivot val/accuracy by lr   6 runs of net:vit" in shown(app))
            assert "Of the runs that match net:vit." in shown(app)

    async def test_from_a_comparison_it_is_of_all_runs_that_are_compared_and_no_others(self, store: Any) -> None:
        root, first = store
        async with comparing(root, [first["better"]]) as (app, pilot):
            await pilot.press("V")
            await until(pilot, lambda: "Pivot val/accuracy by lr   6 runs" in shown(app))
            await press(pilot, "escape")
            assert "Compare 1 candidate" in shown(app)

    async def test_from_a_comparison_it_tells_of_the_seeds_that_were_archived(self, store: Any) -> None:
        root, first = store
        seed = train(root, "better", 3, 0.881, params={"lr": 0.3, "depth": 2})
        edit.archive(open_context(root).store, [seed])
        async with comparing(root, [first["better"]]) as (app, pilot):
            await pilot.press("V")
            await until(pilot, lambda: "1 archived and left out" in shown(app))
            assert "Pivot val/accuracy by lr   6 runs" in shown(app)

    async def test_a_run_that_ends_while_one_looks_is_counted(self, nets: Path, tmp_path: Path) -> None:
        root = tmp_path / "store"
        method(root, "cnn", 0.8, params={"net": "cnn"})
        async with pivoting(root, Asked(rows=("net",), values=("val/accuracy",))) as (app, pilot):
            assert cells(app, "cnn")[-1] == "(3)"
            new = train(root, "cnn", 3, 0.81, params={"net": "cnn"})
            app.context.store.refresh()
            app.screen.post_message(StoreChanged(frozenset({new}), frozenset()))
            await until(pilot, lambda: cells(app, "cnn")[-1] == "(4)")

    async def test_the_table_is_worked_out_in_another_thread(self, nets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        threads = []

        def load(*asked: Any) -> Any:
            threads.append(threading.current_thread())
            return pivot_view.load(*asked)

        monkeypatch.setattr(pivot, "load", load)
        async with pivoting(nets):
            assert threads
            assert threading.main_thread() not in threads


class TestKeys:
    async def test_rows_columns_and_values_are_added_and_taken_away(self, nets: Path) -> None:
        async with pivoting(nets) as (app, pilot):
            await pick(pilot, "C", "lr")
            await until(pilot, lambda: "by net   12 runs" in line(app, "Pivot"))
            await pick(pilot, "r", "lr")
            await until(pilot, lambda: "by net, lr   12 runs" in line(app, "Pivot"))
            await until(pilot, lambda: cells(app, "cnn, 0.1")[-2:] == ["0.0099", "(3)"])
            await pick(pilot, "m", "min(train/loss)")
            heads = ["net,", "lr", "val/accuracy", "min(train/loss)"]
            await until(pilot, lambda: line(app, "net, lr  ").split() == heads)

    async def test_the_last_row_key_and_the_last_value_stay(self, nets: Path) -> None:
        async with pivoting(nets) as (app, pilot):
            await pick(pilot, "r", "net")
            await until(pilot, lambda: "net is the only one: choose another one first" in shown(app))
            await pick(pilot, "m", "val/accuracy")
            await until(pilot, lambda: "val/accuracy is the only one" in shown(app))
            assert line(app, "Pivot") == "Pivot val/accuracy by net × lr   12 runs"

    async def test_a_param_s_name_is_told_in_a_line_that_steers_no_terminal(self, tmp_path: Path) -> None:
        for net, accuracy in NETS.items():
            method(tmp_path / "store", net, accuracy, params={"net\x1b[2J\n": net})
        async with pivoting(tmp_path / "store") as (app, pilot):
            await pick(pilot, "r", "net")
            await until(pilot, lambda: "net␛[2J␊ is the only one: choose another one first" in shown(app))

    async def test_unlike_eval_data_are_refused_until_they_are_told_to_be_mixed_which_the_caption_says(
        self, store: Any
    ) -> None:
        root, _ = store
        async with pivoting(root, Asked(rows=("name",), values=("val/accuracy",))) as (app, pilot):
            assert shown(app).count("blake3:") == 2
            assert app.screen.query_one(CellsTable).row is None
            assert "! puts them into one table" in shown(app)
            await press(pilot, "!")
            await until(pilot, lambda: "Unlike eval data are mixed" in shown(app))
            assert cells(app, "split")[:1] == ["0.9500"]
            await press(pilot, "!")
            await until(pilot, lambda: app.screen.query_one(CellsTable).row is None)

    async def test_enter_opens_the_lines_and_escape_leads_back(self, nets: Path) -> None:
        async with pivoting(nets) as (app, pilot):
            await press(pilot, "enter")
            assert not app.screen.query_one(CellsTable).display
            await press(pilot, "escape")
            assert app.screen.query_one(CellsTable).display
            await press(pilot, "escape")
            assert not isinstance(app.screen, PivotScreen)

    async def test_a_store_without_runs_says_so(self, tmp_path: Path) -> None:
        root = tmp_path / "store"
        train(root, "only", 0, 0.5)
        async with pivoting(root, Asked(filter="name:nobody")) as (app, _):
            assert "no run matches this filter." in shown(app)
        async with pivoting(root, Asked(filter="status:finnished")) as (app, _):
            assert "did you mean finished" in shown(app)


class TestOut:
    @pytest.mark.parametrize(
        ("key", "holds"),
        [("m", "| vit | **0.9000 ± 0.0099** (3) |"), ("t", r"\begin{tabular}"), ("v", "net,lr,value,mean")],
    )
    async def test_the_table_is_copied_in_the_format_that_is_asked_for(
        self, nets: Path, monkeypatch: pytest.MonkeyPatch, key: str, holds: str
    ) -> None:
        copied: list[str] = []
        monkeypatch.setattr(copying, "copy_through_tmux", lambda text: copied.append(text) is None)
        async with pivoting(nets) as (app, pilot):
            await press(pilot, "y", key)
            await until(pilot, lambda: bool(copied))
            assert holds in copied[0]
            assert isinstance(app.screen, PivotScreen)

    @pytest.mark.parametrize("ending", [".md", ".tex", ".csv"])
    async def test_the_table_is_written_to_a_file_whose_name_says_the_format(
        self, nets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        holds = {".md": "| vit |", ".tex": r"\toprule", ".csv": "net,lr,value"}[ending]
        async with pivoting(nets) as (app, pilot):
            await press(pilot, "e", *["backspace"] * len("table.tex"))
            await write(pilot, f"out{ending}")
            await until(pilot, lambda: "the table is in" in shown(app))
            assert holds in (tmp_path / f"out{ending}").read_text()

    async def test_a_file_that_is_there_and_a_name_without_a_format_are_refused(
        self, nets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "table.tex").write_text("mine")
        async with pivoting(nets) as (app, pilot):
            await press(pilot, "e", "enter")
            await until(pilot, lambda: "table.tex is there already; enter again writes over it" in shown(app))
            await press(pilot, "escape", "e", *["backspace"] * len("table.tex"))
            await write(pilot, "t")
            assert "a name that ends in .tex, .md, .csv says the format" in shown(app)
            assert (tmp_path / "table.tex").read_text() == "mine"
