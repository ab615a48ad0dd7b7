"""The Compare screen over small real stores: what stands in its cells, and what its keys do."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from runs_app import told
from small_comparison import (
    SMALL,
    WIDE,
    below,
    comparing,
    follow,
    key_of_tab,
    line,
    method,
    press,
    to_tab,
    train,
    write,
)
from small_store import open_context, shown, until
from some_runs import a_run, compared, seeds

import trackside
from trackside.compare.points import At
from trackside.compare.sides import side_of_runs
from trackside.services import edit
from trackside.services.comparison.comparing import Asked
from trackside.services.comparison.provenance import differences
from trackside.services.comparison.view import ComparisonView, load
from trackside.services.comparison.words import cell_text
from trackside.services.project import decisions
from trackside.tui.app import TracksideApp
from trackside.tui.compare_tabs import differs_rows
from trackside.tui.compare_tabs.differs_rows import Made
from trackside.tui.compare_tabs.summary_rows import heads, rows
from trackside.tui.messages import StoreChanged
from trackside.tui.screens.chart import ChartScreen
from trackside.tui.screens.compare import CompareScreen
from trackside.tui.screens.help import help_lines, near_actions
from trackside.tui.widgets.cells_table import WIDEST_WORDS, CellsTable


class TestCells:
    async def test_each_side_has_its_value_its_change_and_its_sign_beside_the_baseline(self, store: Any) -> None:
        root, first = store
        async with comparing(root, [first[name] for name in ("better", "fake", "split", "single")]) as (app, _):
            assert line(app, "★ base").split() == ["★", "base", "better", "fake", "split", "single"]
            assert line(app, "3 runs").split() == ["3", "runs"] * 4 + ["1", "run"]
            cells = line(app, "val/accuracy  ").split()
            assert cells == [
                "val/accuracy", "0.8", "0.88", "+10%", "▲", "0.802", "+0.25%", "~", "0.95", "+19%", "?",
                "0.808", "+1%", "~",
            ]  # fmt: skip

    @pytest.mark.parametrize("size", [WIDE, SMALL])
    async def test_a_banner_names_both_fingerprints_and_the_cell_claims_nothing(
        self, store: Any, size: tuple[int, int]
    ) -> None:
        root, first = store
        async with comparing(root, [first["split"]], size) as (app, _):
            banner = " ".join(shown(app).split("1 Summary")[0].split())
            assert "split (3 runs) is not comparable in val/accuracy: other eval data" in banner
            assert banner.count("blake3:") == 2
            assert line(app, "val/accuracy  ").endswith("?")
            assert not {"▲", "▼", "△", "▽"} & set(shown(app))

    async def test_both_fingerprints_have_room_where_names_are_long_and_rows_are_few(self, store: Any) -> None:
        root, _ = store
        data = "digits-that-were-written-in-1998.npz"
        split = train(root, "trained-on-another-split", 0, 0.8, eval_data=data, params={"lr": 7.0})
        async with comparing(root, [split], SMALL) as (app, _):
            banner = " ".join(shown(app).split("1 Summary")[0].split())
            assert banner.count("blake3:") == 2
            assert banner.endswith(f"({data})")

    async def test_what_a_low_screen_has_no_room_for_beside_other_tabs_ends_at_a_word_and_says_so(
        self, store: Any
    ) -> None:
        root, _ = store
        split = train(root, "trained-on-another-split", 0, 0.8, eval_data="digits-of-1998.npz", params={"lr": 7.0})
        async with comparing(root, [split], SMALL) as (app, pilot):
            whole = " ".join(shown(app).split("1 Summary")[0].split())
            await to_tab(pilot, "Parallel")
            said = " ".join(shown(app).split("1 Summary")[0].split())
            assert said.endswith(" …")
            assert whole.startswith(f"{said.removesuffix('…')}")

    async def test_reasons_fold_into_a_sentence_on_a_low_screen_and_beside_other_tabs(self, store: Any) -> None:
        root, _ = store
        strangers = [
            train(root, name, 0, 0.8, eval_data=name, params={"lr": 0.1, "depth": depth})
            for depth, name in enumerate(("split-a-long-name", "odd", "strange", "stranger"), 5)
        ]
        async with comparing(root, strangers, SMALL) as (app, pilot):
            folded = "4 not comparable: split-a-long-name, odd, strange and 1 more in val/accuracy: other eval data"
            for tab in ("Summary", "Why", "Curves", "Scatter"):
                await to_tab(pilot, tab)
                rows = shown(app).splitlines()
                assert " ".join(" ".join(rows[1:3]).split()) == folded
                assert "1 Summary" in rows[3]
            await until(pilot, lambda: "val/accuracy against" in shown(app))
        async with comparing(root, strangers) as (app, pilot):
            assert shown(app).split("1 Summary")[0].count("is not comparable in") == 3
            await to_tab(pilot, "Why")
            assert "1 Summary" in shown(app).splitlines()[2]

    async def test_what_training_logs_stands_below_with_its_change_and_no_sign(self, store: Any) -> None:
        root, first = store
        async with comparing(root, [first["better"]]) as (app, _):
            text = shown(app)
            assert text.index("val/accuracy ") < text.index("without a verdict") < text.index("train/loss ")
            assert line(app, "train/loss").split()[1:] == ["0.1", "0.1", "+0%"]

    async def test_a_metric_on_one_side_only_stays_in_the_table(self, store: Any) -> None:
        root, first = store
        with trackside.init(project="digits", name="own", params={"lr": 9.0}, store=root, quiet=True) as run:
            run.log({"val/f1": 0.5})
        async with comparing(root, [run.id, first["better"]]) as (app, _):
            assert line(app, "val/f1").split() == ["val/f1", "–", "0.5", "–"]
            assert line(app, "val/accuracy  ").split()[:3] == ["val/accuracy", "0.8", "–"]

    async def test_a_seed_that_failed_is_counted_and_bars_a_claim(self, store: Any) -> None:
        root, first = store
        train(root, "better", 3, 0.1, params={"lr": 0.3, "depth": 2}, fails=True)
        async with comparing(root, [first["better"]]) as (app, _):
            assert "3 of 4 runs" in shown(app)
            assert line(app, "val/accuracy  ").split()[-2:] == ["+10%", "3/4"]

    async def test_a_seed_that_was_archived_is_counted_and_bars_nothing(self, store: Any) -> None:
        root, first = store
        seed = train(root, "better", 3, 0.881, params={"lr": 0.3, "depth": 2})
        context = open_context(root)
        edit.archive(context.store, [seed])
        async with comparing(root, [first["better"]]) as (app, pilot):
            assert "3 runs, 1 archived" in shown(app)
            assert line(app, "val/accuracy  ").split()[-1] == "▲"
            await press(pilot, "l")
            assert f"archived runs that do not count: none of 3 runs v {seed[-8:]} of 4 runs" in below(app)

    def test_seeds_that_count_are_counted_as_the_command_line_counts_them(self) -> None:
        ends = ["finished", "finished", "finished", "failed", "running"]
        begun = side_of_runs([a_run(0.95, seed=seed, status=status) for seed, status in enumerate(ends)])
        found = compared(seeds(0.9, 0.91, 0.92), begun, at=At("last"))
        metric, *_ = rows(ComparisonView((), None, None, found), "percent", everything=False)
        (cell,) = found.rows[0].cells
        assert metric.cells[1].sign == "3/5@99"
        assert cell_text(cell, found.baseline).endswith("@99 (3 of 5)")

    async def test_what_is_missing_of_a_method_has_room_in_its_head(self, store: Any) -> None:
        root, first = store
        more = [train(root, "better", seed, 0.88, params={"lr": 0.3, "depth": 2}, fails=seed == 4) for seed in (3, 4)]
        edit.archive(open_context(root).store, more[:1])
        async with comparing(root, [first["better"]]) as (app, _):
            assert "3 of 4, 1 archived" in shown(app)

    async def test_params_that_differ_stand_below_and_all_of_them_when_asked_for(self, store: Any) -> None:
        root, first = store
        async with comparing(root, [first["better"], first["single"]]) as (app, pilot):
            assert line(app, "lr").split() == ["lr", "0.1", "0.3", "0.1"]
            assert line(app, "depth").split() == ["depth", "2", "2", "4"]
            await press(pilot, "D", "b", "escape")
        async with comparing(root, [first["split"]]) as (app, pilot):
            assert "no param differs" in shown(app)
            await press(pilot, "D")
            assert line(app, "lr").split() == ["lr", "0.1", "0.1"]
            assert line(app, "seed").split() == ["seed", "0,", "1,", "2", "0,", "1,", "2"]

    async def test_signs_have_forms_for_a_terminal_without_utf_8(self, store: Any) -> None:
        root, first = store
        context = open_context(root)
        view = load(context.store, Asked((first["better"], first["split"])))
        metric, *_ = rows(view, "percent", everything=False, plain=True)
        assert [cell.sign for cell in metric.cells] == ["", "A", "?"]
        assert [head.name for head in heads(view.sides, plain=True)] == ["B base", "better", "split"]


class TestHelp:
    async def test_it_names_the_signs_first_and_explains_each_below_the_keys_of_the_screen(self, store: Any) -> None:
        root, first = store
        async with comparing(root, [first["better"]]) as (app, _):
            near = near_actions(app.screen)
            lines = [line.plain for line in help_lines("", lambda action: action.keys, near)]
            assert lines[0].startswith("▲ better · ▼ worse · = the same")
            explained = lines[lines.index("Signs") + 1 : lines.index("Elsewhere") - 1]
            assert [said.split()[0] for said in explained] == ["▲", "▼", "=", "~", "◇", "△", "?", "*"]
            found = [line.plain for line in help_lines("another seed", lambda action: action.keys, near)]
            assert [said.split()[0] for said in found if "another seed" in said] == ["△"]

    def test_away_from_a_comparison_no_sign_is_explained(self) -> None:
        lines = [line.plain for line in help_lines("", lambda action: action.keys, {"quit_app": 1})]
        assert not any("within noise" in said for said in lines)


class TestCursor:
    @pytest.mark.parametrize("size", [WIDE, SMALL])
    async def test_two_lines_say_what_the_cell_under_the_cursor_rests_on(
        self, store: Any, size: tuple[int, int]
    ) -> None:
        root, first = store
        async with comparing(root, [first["better"], first["split"]], size) as (app, pilot):
            assert "val/accuracy, base, the baseline: 0.8 · SD 0.004 · N 3" in below(app)
            await press(pilot, "l")
            said = below(app)
            assert "val/accuracy, better: better on this eval set" in said
            for words in ("Δ 0.08, 95 % interval", "adjusted for 2 tests", "Welch's t", "N 3 and 3 seeds", "at step 9"):
                assert words in said
            await press(pilot, "l")
            assert "other eval data" in below(app)
            await press(pilot, "j", "j")
            assert "lr of split: 0.1" in below(app)

    async def test_at_80_columns_the_keys_of_a_cell_come_before_those_that_every_screen_has(self, store: Any) -> None:
        root, first = store
        async with comparing(root, [first["split"]], SMALL) as (app, _):
            footer = shown(app).splitlines()[-1]
            for key in ("⏎ Open", "W Why", "d Change", "D All", "A At", "! Accept", "esc Back"):
                assert key in footer

    async def test_columns_out_of_sight_are_reached_while_the_baseline_stays(self, store: Any) -> None:
        root, first = store
        names = ("better", "fake", "split", "single")
        async with comparing(root, [first[name] for name in names], SMALL) as (app, pilot):
            assert line(app, "★ base").endswith("›")
            await press(pilot, *"llll")
            head = line(app, "★ base")
            assert head.split()[:3] == ["★", "base", "‹"]
            assert head.split()[-1] == "single"
            await press(pilot, *"hhhh")
            assert line(app, "★ base").split()[2] == "better"

    async def test_the_keys_d_step_through_percent_the_metrics_unit_and_the_value_alone(self, store: Any) -> None:
        root, first = store
        async with comparing(root, [first["better"]]) as (app, pilot):
            for change in (["+10%"], ["+0.08"], [], ["+10%"]):
                assert line(app, "val/accuracy  ").split() == ["val/accuracy", "0.8", "0.88", *change, "▲"]
                await press(pilot, "d")


class TestKeys:
    async def test_which_point_counts_is_chosen_and_stands_in_the_title(self, store: Any) -> None:
        root, first = store
        async with comparing(root, [first["better"]]) as (app, pilot):
            assert "each run's last point" in shown(app).splitlines()[0]
            await press(pilot, "A")
            await write(pilot, "own best")
            assert "each metric's own best" in shown(app).splitlines()[0]
            await press(pilot, "l")
            assert "at step 9" in below(app)

    @pytest.mark.parametrize(
        ("kind", "number", "title", "value"),
        [
            ("step=", "5", "each run's last point up to step 5", "0.528"),
            ("step", "step=5", "each run's last point up to step 5", "0.528"),
            ("time=", "0s", "each run's last point up to 0.0 s after its first", "0.088"),
            ("mean-last=", "3", "the mean of each run's last 3 points", "0.792"),
        ],
    )
    async def test_a_point_by_a_number_is_typed(
        self, store: Any, kind: str, number: str, title: str, value: str
    ) -> None:
        root, first = store
        async with comparing(root, [first["better"]]) as (app, pilot):
            await press(pilot, "A")
            await write(pilot, kind)
            await write(pilot, number)
            assert title in shown(app).splitlines()[0]
            assert line(app, "val/accuracy  ").split()[2] == value

    async def test_a_point_with_its_number_is_taken_from_the_list_and_marked_there_afterwards(self, store: Any) -> None:
        root, first = store
        async with comparing(root, [first["better"]]) as (app, pilot):
            await press(pilot, "A")
            assert "● auto   each run's last point" in shown(app)
            await write(pilot, "step=5")
            assert "up to step 5" in shown(app).splitlines()[0]
            await press(pilot, "A")
            assert "● step=5" in shown(app)
            assert shown(app).count("●") == 1

    async def test_a_point_that_is_none_is_refused_in_a_line_and_can_be_mended(self, store: Any) -> None:
        root, first = store
        async with comparing(root, [first["better"]]) as (app, pilot):
            await press(pilot, "A")
            await write(pilot, "step=")
            await write(pilot, "x")
            assert "'step=x' is no point of a curve: it is one of auto, last" in shown(app)
            await press(pilot, "backspace")
            await write(pilot, "5")
            assert "up to step 5" in shown(app).splitlines()[0]

    async def test_what_bars_a_claim_is_accepted_with_a_note_and_minded_again_by_undo(self, store: Any) -> None:
        root, first = store
        async with comparing(root, [first["split"]]) as (app, pilot):
            await press(pilot, "l", "exclamation_mark")
            assert "other eval data" in shown(app)
            await write(pilot, " ")
            assert "a note is needed" in shown(app)
            await press(pilot, "backspace")
            await write(pilot, "the same digits, sorted")
            said = r"accepts blake3:\w{12}… \(other\) beside blake3:\w{12}… \(eval\) \(eval_data\)"
            await until(pilot, lambda: re.search(said, " ".join(told(app))) is not None)
            await follow(app, pilot)
            assert line(app, "val/accuracy  ").endswith("▲*")
            assert "is not comparable" not in shown(app)
            assert line(app, "* accepted (the same digits, sorted): other eval data: blake3:")
            assert "acknowledged: the same digits, sorted" in below(app)
            await press(pilot, "u")
            await follow(app, pilot)
            assert line(app, "val/accuracy  ").endswith("?")

    async def test_a_param_that_does_not_matter_is_ignored_and_makes_replicates(self, tmp_path: Path) -> None:
        root = tmp_path / "store"
        base = method(root, "base", 0.8)[0]
        seeds = [train(root, "new", seed, 0.9, params={"num_workers": seed, "seed": seed}) for seed in range(3)]
        context = open_context(root)
        decisions.set_baseline(context.store, "digits", base)
        async with comparing(root, [seeds[0]]) as (app, pilot):
            text = shown(app)
            hint = text.index("new and 2 runs differ in num_workers alone: I makes them replicates")
            assert text.index("val/accuracy ") < hint < text.index("without a verdict")
            assert line(app, "3 runs").split() == ["3", "runs", "1", "run"]
            await press(pilot, "I")
            await follow(app, pilot)
            assert line(app, "3 runs").split() == ["3", "runs", "3", "runs"]
            assert "differ in num_workers alone" not in shown(app)
            await press(pilot, "I")
            assert "ignoring is for a param" in shown(app)
            await press(pilot, "u")
            await follow(app, pilot)
            assert "differ in num_workers alone" in shown(app)

    async def test_a_param_under_the_cursor_is_ignored_before_those_of_near_replicates(self, tmp_path: Path) -> None:
        root = tmp_path / "store"
        params = ({"num_workers": 0, "lr": 0.2}, {"num_workers": 1, "lr": 0.2}, {"num_workers": 0, "lr": 0.1})
        ids = [train(root, f"run-{seed}", seed, 0.9, params=each) for seed, each in enumerate(params)]
        context = open_context(root)
        decisions.set_baseline(context.store, "digits", ids[2])
        async with comparing(root, ids[:1]) as (app, pilot):
            assert "run-0 and 1 run differ in num_workers alone" in shown(app)
            app.screen.query_one(CellsTable).go_to("param lr")
            await press(pilot, "I")
            await until(pilot, lambda: bool(app.context.store.project("digits").ignored))
            assert app.context.store.project("digits").ignored == ("lr",)

    @pytest.mark.parametrize("size", [WIDE, SMALL])
    async def test_how_many_seeds_would_find_a_difference_is_told_of_the_metric_under_the_cursor(
        self, store: Any, size: tuple[int, int]
    ) -> None:
        root, first = store
        async with comparing(root, [first["better"]], size) as (app, pilot):
            assert "is found in" not in shown(app)
            await press(pilot, "N")
            await write(pilot, "much")
            assert "'much' is no difference to be found: a number above zero" in shown(app)
            await press(pilot, *["backspace"] * 4)
            await write(pilot, "1%")
            assert "val/accuracy: a difference of 0.008 is found in 80% of cases by about 6 seeds" in below(app)
            await press(pilot, "l")
            assert "a difference of 0.008 is found" in below(app)
            await press(pilot, "j")
            assert "is found in" not in below(app)
            await press(pilot, "k", "N", *["backspace"] * 2)
            await write(pilot, "")
            assert "is found in" not in below(app)

    async def test_another_baseline_is_chosen_and_the_former_one_stays_in_sight(self, store: Any) -> None:
        root, first = store
        async with comparing(root, [first["better"]]) as (app, pilot):
            await press(pilot, "l", "b")
            await follow(app, pilot)
            assert line(app, "★ better").split() == ["★", "better", "base"]
            assert line(app, "val/accuracy  ").endswith("▼")
            await press(pilot, "B")
            assert "the baseline" in below(app)

    async def test_a_project_without_a_baseline_says_that_b_makes_one(self, store: Any) -> None:
        root, first = store
        context = open_context(root)
        decisions.set_baseline(context.store, "digits", None)
        async with comparing(root, [first["better"], first["base"]]) as (app, pilot):
            assert "digits has no baseline yet." in shown(app)
            assert "b makes one of these runs the baseline" in shown(app)
            await press(pilot, "b")
            await write(pilot, "base")
            await follow(app, pilot)
            assert line(app, "★ base").split() == ["★", "base", "better"]

    async def test_the_baseline_alone_is_a_sentence(self, store: Any) -> None:
        root, first = store
        async with comparing(root, [first["base"]]) as (app, _):
            assert "base is the baseline, or one of its replicates: name another run." in shown(app)


class TestLive:
    async def test_a_run_still_going_is_read_where_both_have_been_and_the_cursor_stays(self, store: Any) -> None:
        root, first = store
        data = {"eval": str(root.parent / "eval")}
        (root.parent / "eval").write_text("eval")
        with trackside.init(project="digits", name="going", store=root, quiet=True, data=data) as run:
            run.define_metric("val/accuracy", goal="max", eval_data="eval", primary=True)
            run.log({"val/accuracy": 0.5}, step=0)
            async with comparing(root, [first["better"], run.id]) as (app, pilot):
                await press(pilot, *"ll")
                assert line(app, "val/accuracy  ").split()[-3:] == ["0.5", "+525%", "@0"]
                run.log({"val/accuracy": 0.72}, step=8)
                app.context.store.refresh_runs([run.id])
                app.screen.post_message(StoreChanged(frozenset({run.id}), frozenset()))
                await until(pilot, lambda: "@8" in shown(app))
                assert line(app, "val/accuracy  ").split()[-3:] == ["0.72", "+0%", "@8"]
                assert "val/accuracy, going: untested" in below(app)

    async def test_a_new_seed_of_a_method_joins_it(self, store: Any) -> None:
        root, first = store
        async with comparing(root, [first["single"]]) as (app, pilot):
            assert line(app, "3 runs").split() == ["3", "runs", "1", "run"]
            seed = train(root, "single", 1, 0.809, params={"lr": 0.1, "depth": 4, "seed": 1})
            app.context.store.refresh()
            app.screen.post_message(StoreChanged(frozenset({seed}), frozenset()))
            await until(pilot, lambda: line(app, "3 runs").split() == ["3", "runs", "2", "runs"])


class TestCharts:
    async def test_enter_on_a_metric_opens_its_chart_and_on_a_param_says_that_it_has_none(self, store: Any) -> None:
        root, first = store
        async with comparing(root, [first["better"]]) as (app, pilot):
            await press(pilot, "enter")
            assert isinstance(app.screen, ChartScreen)
            await press(pilot, "escape", "G", "enter")
            assert "seed is a param" in shown(app) or "lr is a param" in shown(app)

    async def test_runs_of_one_name_are_told_apart(self, tmp_path: Path) -> None:
        root = tmp_path / "store"
        name = "a-name-that-many-a-run-has"
        ids = [train(root, name, 0, 0.8, params={"lr": lr}) for lr in (0.1, 0.3)]
        context = open_context(root)
        decisions.set_baseline(context.store, "digits", ids[0])
        async with comparing(root, [ids[1]]) as (app, _):
            head = line(app, "★ a-name")
            assert all(run_id[-4:] in head for run_id in ids)


_SCRIPT = """
import sys
import trackside

width = 8
with trackside.init(project="digits", name=sys.argv[1], params={"width": width}, store=sys.argv[2], quiet=True) as run:
    run.log({"val/accuracy": 0.5})
"""


@pytest.fixture
def two_versions(tmp_path: Path, all_captured: None) -> tuple[Path, list[str]]:
    """Two runs of a script that was changed in between; the first is the baseline."""
    root, tree = tmp_path / "store", tmp_path / "tree"
    tree.mkdir()
    script = tree / "train.py"
    for name, text in (("narrow", _SCRIPT), ("wide", _SCRIPT.replace("width = 8", "width = 16"))):
        script.write_text(text)
        for words in ("init -q", "add -A", f"-c user.name=ana -c user.email=ana@example.org commit -q -m {name}"):
            subprocess.run(["git", *words.split()], cwd=tree, check=True)
        subprocess.run([sys.executable, "train.py", name, str(root)], cwd=tree, check=True)
    context = open_context(root)
    ids = [context.store.ids_matching(name)[0] for name in ("narrow", "wide")]
    decisions.set_baseline(context.store, "digits", ids[0])
    context.store.close()
    return root, ids


class TestDiffers:
    async def test_what_differs_is_listed_and_what_is_alike_when_asked_for(self, store: Any) -> None:
        root, first = store
        async with comparing(root, [first["split"], first["single"]]) as (app, pilot):
            await to_tab(pilot, "Differs")
            assert line(app, "depth").split() == ["depth", "2", "2", "4"]
            assert len(set(line(app, "eval  ").split()[1:])) == 2
            assert "python" not in shown(app)
            await press(pilot, "D")
            assert line(app, "lr").split()[:4] == ["lr", "0.1", "0.1", "0.1"]
            assert "python" in shown(app)

    async def test_all_seeds_of_a_side_are_listed(self, store: Any) -> None:
        root, first = store
        async with comparing(root, [first["better"], first["single"]]) as (app, pilot):
            await to_tab(pilot, "Differs")
            assert ["seed", *["0,", "1,", "2"] * 2, "0"] in [said.split() for said in shown(app).splitlines()]

    async def test_a_fingerprint_is_cut_so_that_it_has_room_in_the_narrowest_column(self, store: Any) -> None:
        root, first = store
        context = open_context(root)
        sides = load(context.store, Asked((first["split"],))).sides
        made = Made(sides, differences.load_sides(context.store, sides))
        (data,) = [row for row in differs_rows.rows(made, everything=False) if row.name == "eval"]
        base, split = (cell.value for cell in data.cells)
        assert base != split
        assert all(len(each) == WIDEST_WORDS and each.endswith("…") for each in (base, split))

    async def test_a_commit_of_which_nothing_is_known_is_unknown_and_a_param_is_not_set(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TRACKSIDE_CAPTURE", "-code,-patch")
        root = tmp_path / "store"
        ids = [train(root, name, 0, 0.8, params={"lr": 0.1, **more}) for name, more in (("one", {}), ("two", {"x": 1}))]
        decisions.set_baseline(open_context(root).store, "digits", ids[0])
        async with comparing(root, [ids[1]]) as (app, pilot):
            await to_tab(pilot, "Differs")
            assert line(app, "x  ").split() == ["x", "(not", "set)", "1"]
            assert line(app, "commit").split() == ["commit", "unknown", "unknown"]

    async def test_both_values_of_the_cell_under_the_cursor_stand_below_whole(self, store: Any) -> None:
        root, first = store
        async with comparing(root, [first["split"]]) as (app, pilot):
            await to_tab(pilot, "Differs")
            await press(pilot, "l")
            fingerprints = [word for word in below(app).split() if word.startswith("blake3:")]
            assert "eval: changed" in below(app)
            assert len(set(fingerprints)) == 2
            assert all(len(each) > 60 for each in fingerprints)

    @pytest.mark.parametrize("size", [WIDE, SMALL])
    async def test_the_patch_between_two_runs_is_opened_and_left(
        self, two_versions: tuple[Path, list[str]], size: tuple[int, int]
    ) -> None:
        root, ids = two_versions
        async with comparing(root, [ids[1]], size) as (app, pilot):
            await to_tab(pilot, "Differs")
            await press(pilot, "G", "l")
            assert "command of wide" in below(app)
            await press(pilot, "k")
            await press(pilot, "enter", "G")
            text = shown(app)
            assert "-width = 8" in text
            assert "+width = 16" in text
            await press(pilot, "escape")
            assert line(app, "★ narrow").split() == ["★", "narrow", "wide"]
            await press(pilot, "j", "enter")
            text = shown(app)
            assert "- narrow" in text
            assert "+ wide" in text

    async def test_of_each_file_that_differs_it_is_said_who_imported_it(
        self, two_versions: tuple[Path, list[str]]
    ) -> None:
        root, ids = two_versions
        async with comparing(root, [ids[1]]) as (app, pilot):
            await to_tab(pilot, "Differs")
            await press(pilot, "G", "k", "l", "enter")
            assert "train.py  +1 -1, imported by both" in shown(app)


class TestParallel:
    async def test_every_run_of_every_side_is_a_line_across_params_and_metrics(self, store: Any) -> None:
        root, first = store
        async with comparing(root, [first["better"], first["single"]]) as (app, pilot):
            await to_tab(pilot, "Parallel")
            await until(pilot, lambda: "7 runs" in shown(app))
            for axis in ("lr", "depth", "best(val/accuracy"):
                assert axis in shown(app)

    async def test_a_brush_is_left_before_the_screen_is_and_without_one_enter_says_how_to_begin_it(
        self, store: Any
    ) -> None:
        root, first = store
        async with comparing(root, [first["better"], first["single"]], SMALL) as (app, pilot):
            await to_tab(pilot, "Parallel")
            await until(pilot, lambda: "7 runs" in shown(app))
            await press(pilot, "enter")
            assert "space asks for a part of the chosen axis" in shown(app)
            await press(pilot, "space")
            await until(pilot, lambda: "of 7 runs" in shown(app))
            await press(pilot, "escape")
            await until(pilot, lambda: "of 7 runs" not in shown(app))
            assert isinstance(app.screen, CompareScreen)


class TestFromTheRuns:
    @pytest.mark.parametrize(("keys", "columns"), [(("c",), 1), (("space", "space", "space", "space", "c"), 2)])
    async def test_c_compares_the_marked_runs_else_the_one_under_the_cursor(
        self, store: Any, keys: tuple[str, ...], columns: int
    ) -> None:
        root, _ = store
        context = open_context(root)
        app = TracksideApp(context)
        async with app.run_test(size=WIDE) as pilot:
            await until(pilot, lambda: "single" in shown(app))
            await pilot.press(*keys)
            await until(pilot, lambda: isinstance(app.screen, CompareScreen) and bool(app.screen.summary.table.row))
            what = "1 candidate" if columns == 1 else f"{columns} candidates"
            assert f"Compare {what} against base" in shown(app)

    async def test_enter_on_brushed_lines_narrows_the_table_of_runs_to_them(self, store: Any) -> None:
        root, _ = store
        context = open_context(root)
        app = TracksideApp(context)
        async with app.run_test(size=WIDE) as pilot:
            await until(pilot, lambda: "single" in shown(app))
            await pilot.press("c")
            await until(pilot, lambda: isinstance(app.screen, CompareScreen) and bool(app.screen.summary.table.row))
            await pilot.press(key_of_tab(app, "Parallel"))
            await until(pilot, lambda: "4 runs" in shown(app))
            await pilot.press("h", "h", "h", "h", "space")
            await until(pilot, lambda: "1 of 4 runs" in shown(app))
            await pilot.press("enter")
            await until(pilot, lambda: "1 of 13 runs" in shown(app))
            assert "single" in shown(app)
