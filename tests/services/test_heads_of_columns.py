"""In which order the columns of the runs table stand, and what stands above them."""

import pytest

from trackside.services.table.rows import arranged, heads


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["name", "last_point", "param.lr", "metric.train/loss"], ["name", "logged", "lr", "train/loss"]),
        (["best.metrics/mAP50-95(B)", "metric.metrics/mAP50(B)"], ["best mAP50-95(B)", "mAP50(B)"]),
        (["metric.train/epoch_total_loss", "metric.val/mean_precision"], ["epoch_total_loss", "mean_precision"]),
        (["metric.train/cross_entropy", "metric.val/cross_entropy"], ["train/cross_entropy", "val/cross_entropy"]),
        (["param.optimizer.args.lr", "param.scheduler.args.gamma"], ["lr", "gamma"]),
        (["param.optimizer.args.lr", "metric.lr"], ["optimizer.args.lr", "lr"]),
        (["param.model.blocks.0.1", "param.data.augment.rate.5"], ["blocks.0.1", "rate.5"]),
        (["metric.val/precision/0.5"], ["precision/0.5"]),
        (["best.val/accuracy", "metric.val/accuracy"], ["best val/accuracy", "val/accuracy"]),
    ],
)
def test_a_long_name_is_cut_to_its_last_part_where_that_tells_it_apart(columns, expected):
    assert heads(columns) == expected


def test_the_metric_that_runs_are_judged_by_stands_beside_their_names_whatever_else_tells_them_apart():
    columns = arranged(["source", "project"], ["best.acc", "metric.acc", "param.lr", "metric.loss"])
    assert columns[:3] == ["name", "best.acc", "metric.acc"]
    assert columns.index("tags") > columns.index("metric.loss") > columns.index("param.lr") > columns.index("source")
