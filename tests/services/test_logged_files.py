"""What two sides logged under one name, whatever system named the files."""

from typing import Any

import pytest

from trackside.compare.sides import Side
from trackside.model.run import Artifact, Run
from trackside.services.comparison.examples.logged_files import Step, logged


def kept(name: str, kind: str = "image", step: Step = None, *paths: str) -> Artifact:
    files = {path: (f"blake3:{name}/{path}", 1) for path in paths or (f"{name.rpartition('/')[2]}.png",)}
    return Artifact(name=name, kind=kind, bytes=1, files=files, time=0.0, step=step)


def run(*artifacts: Artifact, name: str = "one") -> Run:
    known: Any = {artifact.name: artifact for artifact in artifacts}
    return Run(id=name, name=name, project="p", created=0.0, status="finished", artifacts=known)


def of_both(ours: list[Artifact], theirs: list[Artifact]) -> Any:
    return logged(Side((run(*ours, name="ours"),)), Side((run(*theirs, name="theirs"),)))


@pytest.mark.parametrize(
    ("artifact", "name"),
    [
        (kept("image/val/samples@20", step=20), "image/val/samples"),
        (kept("image/samples"), "image/samples"),
        (kept("table/predictions@20", "table", 20, "predictions@20.jsonl"), "table/predictions"),
        (kept("val/samples/20", step=20), "image/val/samples"),
        (kept("media/images/val/samples_20_9f86d081884c7d659a2f.png", step=20), "image/val/samples"),
        (kept("media/images/top_5_20_9f86d081884c7d659a2f.png", "images/separated", 20), "image/top_5"),
        (kept("media/table/preds_20_9f86d081884c7d659a2f.table.json", "table", 20, "a.json"), "table/preds"),
        (kept("media/table/preds_19_9f86d081884c7d659a2f.table.json", "table", 20, "a.json"), "table/preds"),
        (kept("media/images/samples_20_9f86d081884c7d659a2f.png"), "image/samples"),
        (kept("samples.png@20 (2)", step=20), "image/samples.png"),
        (kept("samples", step=20), "image/samples"),
        (kept("samples@30", step=20), "image/samples@30"),
        (kept("plots", "file", None, "roc.png", "notes.txt"), "image/plots/roc.png"),
    ],
)
def test_a_file_is_told_by_its_name_without_the_step(artifact: Artifact, name: str) -> None:
    found = of_both([artifact], [artifact])
    assert name in found.names([])
    pair = found.pair(name)
    assert pair.steps == [artifact.step]
    assert [file.run.id for side in pair.at(artifact.step) for file in side] == ["ours", "theirs"]


@pytest.mark.parametrize("mark", "%+")
def test_images_of_mlflow_are_told_by_name_and_step_and_their_copies_are_left_out(mark: str) -> None:
    begins = [f"val#samples{mark}step{mark}{step}{mark}timestamp{mark}17{mark}9f86-{step}" for step in (5, 40)]
    folder = kept("images", "file", None, *(f"{begin}.png" for begin in begins), f"{begins[0]}{mark}compressed.webp")
    found = of_both([folder], [folder])
    assert found.names([])[0] == "image/val/samples"
    assert found.pair("image/val/samples").steps == [5, 40]


def test_models_examples_and_text_are_neither_images_nor_tables() -> None:
    others = [kept("checkpoint", "model", 1, "a.npz"), kept("examples/eval", "examples", None, "eval.jsonl")]
    assert of_both(others, others).names([]) == []


def test_steps_are_those_of_both_and_the_last_in_common_comes_first() -> None:
    found = of_both(
        [kept("image/a"), *(kept(f"image/a@{step}", step=step) for step in (100, 20, 300))],
        [kept(f"image/a@{step}", step=step) for step in (20, 100, 400, -1)],
    )
    pair = found.pair("image/a")
    assert pair.steps == [None, -1, 20, 100, 300, 400]
    assert pair.best_step == 100
    assert [len(side) for side in pair.at(300)] == [1, 0]
    assert of_both([kept("image/a@1", step=1)], [kept("image/a@2", step=2)]).pair("image/a").best_step == 2


def test_several_images_of_a_step_stay_in_the_order_of_their_numbers() -> None:
    found = of_both([kept("a/5", "image", 5, "image-10.png", "image-9.png")], [])
    assert [file.path for file in found.pair("image/a").at(5)[0]] == ["image-9.png", "image-10.png"]


def test_only_what_both_have_is_named_images_first() -> None:
    ours = [
        kept("table/t", "table", None, "t.jsonl"),
        kept("image/b"),
        kept("image/a10"),
        kept("image/a9"),
        kept("confusion/c", "confusion", None, "c.json"),
    ]
    found = of_both([*ours, kept("image/mine")], [*ours, kept("image/theirs")])
    assert found.names([]) == ["image/a9", "image/a10", "image/b", "table/t", "confusion/c"]


def test_of_a_side_of_several_runs_the_first_counts_that_logged_it() -> None:
    first, second = run(kept("image/a"), name="first"), run(kept("image/a"), kept("image/b"), name="second")
    found = logged(Side((first, second)), Side((second,)))
    assert [found.pair(name).at(None)[0][0].run.id for name in ("image/a", "image/b")] == ["first", "second"]


def test_what_is_named_after_an_example_belongs_to_it_alone() -> None:
    found = of_both([kept("image/eval/7"), kept("image/evaluation")], [kept("image/eval/7"), kept("image/evaluation")])
    assert found.names(["eval"]) == ["image/evaluation"]
    pair = found.of_example("eval", "7")
    assert pair is not None
    assert pair.name == "image/eval/7"
    assert found.of_example("eval", "8") is None


def test_one_side_is_enough_for_an_example() -> None:
    pair = of_both([], [kept("table/eval/7@3", "table", 3, "7.jsonl")]).of_example("eval", "7")
    assert pair is not None
    assert (pair.best_step, [len(side) for side in pair.at(3)]) == (3, [0, 1])
