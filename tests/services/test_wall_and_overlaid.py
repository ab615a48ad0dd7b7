"""Which metrics share a chart, and how several runs stand beside each other."""

import pytest

from trackside.model.run import MetricSummary, Run
from trackside.model.system import listed
from trackside.query.patterns import PatternError
from trackside.services.metrics.overlaid import common_metrics
from trackside.services.metrics.wall import family, narrowed, tiles, wall, why_no_section
from trackside.services.run.overview import metrics_in_order


def run(run_id: str, *, metrics: tuple[str, ...] = (), **params: object) -> Run:
    summaries = dict.fromkeys(metrics, MetricSummary())
    return Run(
        id=run_id, name=run_id, project="p", created=0.0, status="finished", params=dict(params), metrics=summaries
    )


def test_training_and_validation_of_one_metric_share_a_chart() -> None:
    charts = wall(["val/loss", "train/loss", "lr"])
    assert [(chart.title, chart.metrics) for chart in charts] == [
        ("loss", ("train/loss", "val/loss")),
        ("lr", ("lr",)),
    ]


def test_a_metric_alone_keeps_its_whole_name() -> None:
    assert [chart.title for chart in wall(["val/accuracy"])] == ["val/accuracy"]


def test_keras_names_share_a_chart_too() -> None:
    assert [chart.metrics for chart in wall(["loss", "val_loss"])] == [("loss", "val_loss")]


def test_a_name_that_only_begins_like_a_split_is_left_alone() -> None:
    assert family("trainable_params") == "trainable_params"
    assert family("value/loss") == "value/loss"


def test_the_primary_metric_is_the_first_chart() -> None:
    charts = wall(["a", "b", "val/z"], primary="val/z")
    assert [chart.title for chart in charts] == ["val/z", "a", "b"]


def test_numbers_in_names_stand_by_their_size_wherever_metrics_are_listed() -> None:
    names = ("cpu.10", "cpu.1", "cpu.2", "cpu", "layer02/grad", "layer1/grad", "system/gpu.10", "system/gpu.9")
    wanted = ["cpu", "cpu.1", "cpu.2", "cpu.10", "layer1/grad", "layer02/grad"]
    machine = ["system/gpu.9", "system/gpu.10"]
    assert [chart.title for chart in wall(names)] == wanted + machine
    assert [name for name, _ in metrics_in_order(run("a", metrics=names).metrics, None)] == wanted
    assert common_metrics([run("a", metrics=names)]) == wanted + machine
    assert listed(names) == wanted + machine


def test_numbers_of_any_length_have_their_place() -> None:
    assert listed(["a" + "9" * 10_000, "a" + "1" * 10_001, "a007", "a7"]) == [
        "a007", "a7", "a" + "9" * 10_000, "a" + "1" * 10_001,
    ]  # fmt: skip


def test_a_regular_expression_narrows_the_wall() -> None:
    charts = wall(["train/loss", "val/loss", "val/accuracy", "lr"])
    assert [chart.title for chart in narrowed(charts, "^val/")] == ["loss", "val/accuracy"]
    assert [chart.title for chart in narrowed(charts, "LOSS")] == ["loss"]


def test_charts_whose_names_begin_alike_follow_one_another_as_a_section() -> None:
    charts = wall(["grad/b", "lr", "train/grad/a", "val/grad/a", "zoo", "act/alone"], primary="zoo")
    assert [(tile.section, tile.of, tile.charts[0].title) for tile in tiles(charts)] == [
        ("", 0, "zoo"),
        ("", 0, "lr"),
        ("", 0, "act/alone"),
        ("grad", 2, "grad/a"),
        ("", 2, "grad/b"),
    ]


def test_a_folded_section_is_one_place_and_pinned_charts_come_first_in_their_order() -> None:
    charts = wall(["grad/a", "grad/b", "grad/c", "lr", "loss"], primary="loss")
    found = tiles(charts, pinned=["grad/b", "lr", "gone"], folded=["grad"])
    assert [[chart.title for chart in tile.charts] for tile in found] == [
        ["grad/b"],
        ["lr"],
        ["loss"],
        ["grad/a", "grad/c"],
    ]
    assert [tile.folded for tile in found] == [False, False, False, True]


def test_why_a_chart_has_nothing_to_fold_with_is_told_truly() -> None:
    reasons = {
        "train/loss": "train/ says on which data loss was measured, and makes no section",
        "grad/norm": "grad/norm is pinned, or the only chart of grad/",
        "lr": "lr is in no section: those are of charts that share what is before a /",
    }
    told = {chart.metrics[0]: why_no_section(chart) for chart in wall(reasons)}
    assert all(told[metric].startswith(reason) for metric, reason in reasons.items())


def test_a_chart_keeps_its_name_when_validation_joins_training() -> None:
    alone, joined = wall(["train/loss"]), wall(["train/loss", "val/loss"])
    assert alone[0].name == joined[0].name == "loss"


def test_a_broken_expression_is_an_error_of_its_own() -> None:
    with pytest.raises(PatternError, match=r"^unclosed group$"):
        narrowed([], "(")


def test_names_of_any_length_are_searched_at_once() -> None:
    charts = wall(["H" * 10_000_000, "loss/x"])
    assert [chart.title for chart in narrowed(charts, ".*x")] == ["loss/x"]


def test_metrics_that_most_runs_have_come_first() -> None:
    assert common_metrics([run("a", metrics=("x", "y")), run("b", metrics=("y",))]) == ["y", "x"]
