"""`--margin`: what is too little to matter, of one metric or of several."""

import json

import pytest

import trackside


@pytest.fixture
def two_metrics(tmp_path):
    """Five seeds of two methods, with an accuracy of nearly 0.9, by which they are judged, and a loss of nearly 0.3."""
    for method in ("base", "new"):
        for seed in range(5):
            with trackside.init(
                project="p",
                name=f"{method}-{seed}",
                params={"of": method},
                seed=seed,
                store=tmp_path / "two",
                quiet=True,
            ) as run:
                run.define_metric("val/accuracy", eval_data="eval", primary=True)
                run.log({"val/accuracy": 0.9 + seed / 10_000, "val/loss": 0.3 + seed / 10_000}, step=0)
    return tmp_path / "two"


@pytest.fixture
def cells(call, two_metrics):
    """Verdict and margin of each metric."""

    def compared(*options: str) -> dict[str, tuple[str, float | None]]:
        said = call("compare", "new-0", "--baseline", "base-0", *options, "--json", on=two_metrics)
        rows = json.loads(said.out)["rows"]
        return {row["metric"]: (row["cells"][0]["verdict"], row["cells"][0]["margin"]) for row in rows}

    return compared


@pytest.mark.parametrize(
    ("typed", "margins"),
    [
        (["1%"], (("same", 0.009002), ("noise", None))),
        (["val/loss=0.02"], (("noise", None), ("same", 0.02))),
        (["1%", "val/loss=0.02"], (("same", 0.009002), ("same", 0.02))),
        (["val/accuracy=1%", "val/accuracy=2%"], (("same", 0.018004), ("noise", None))),
    ],
)
def test_a_margin_is_that_of_the_metric_it_names_else_of_the_primary_one(cells, typed, margins):
    found = cells(*(option for each in typed for option in ("--margin", each)))
    assert found == {"val/accuracy": pytest.approx(margins[0]), "val/loss": pytest.approx(margins[1])}


def test_a_margin_beside_metrics_is_that_of_these(cells):
    assert cells("--metric", "val/loss", "--margin", "0.02") == {"val/loss": ("same", 0.02)}


def test_a_margin_that_is_typed_goes_before_that_of_the_project(call, cells, two_metrics):
    for metric in ("val/accuracy", "val/loss"):
        assert call("goal", metric, "--margin", "0.5", on=two_metrics).status == 0
    assert cells("--margin", "0.02") == {"val/accuracy": ("same", 0.02), "val/loss": ("same", 0.5)}


def test_the_sentence_on_a_difference_that_is_not_within_the_margin_has_it_too(compare):
    (line,) = [line for line in compare("compare", "better-0", "--margin", "0.001").out.splitlines() if "Welch" in line]
    assert "Welch's t · margin ±0.001 · N 5 and 5 seeds" in line


def test_a_margin_of_no_metric_in_particular_needs_a_primary_one(call, tmp_path):
    for name in ("one", "other"):
        with trackside.init(project="p", name=name, params={"x": name}, store=tmp_path / "odd", quiet=True) as run:
            run.log({"val/f1": 0.5}, step=0)
    said = call("compare", "other", "--baseline", "one", "--margin", "1%", on=tmp_path / "odd")
    assert said.status == 2
    assert said.err.strip().endswith("--margin 1%: these runs have no primary metric; say of which, as in METRIC=1%")


def test_python_takes_one_margin_or_several(two_metrics):
    with trackside.attach(two_metrics) as store:
        for margin in ("1%", ["val/accuracy=1%", "val/loss=1%"]):
            found = store.compare("new-0", baseline="base-0", margin=margin)
            words = [row.cells[0].verdict.word for row in found.rows]
            assert words == ["same", "noise" if margin == "1%" else "same"]


def test_a_margin_of_a_metric_without_a_verdict_is_said_to_change_nothing(compare):
    told = "--margin changes nothing: train/loss is measured in training: it gets no verdict\n"
    assert compare("compare", "better-0", "--margin", "train/loss=1%").err == told
    assert compare("compare", "better-0", "--margin", "1%").err == ""
