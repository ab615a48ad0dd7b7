"""Hugging Face's trainer: states in checkpoints and output folders, and pickles that are left alone."""

import json
import math
import os
import pickle
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from gathered import Gathered, differences, find, gather

from trackside.sources.huggingface import HuggingFace
from trackside.sources.protocol import Folder, ReplacedError, Source, SourceError
from trackside.sources.tensorboard import TensorBoard

OWN = Path(__file__).parent / "samples" / "huggingface"
SOURCE = HuggingFace()


def write(output: Path, history: list[dict[str, Any]], step: int, **more: Any) -> None:
    output.mkdir(parents=True, exist_ok=True)
    state = {"global_step": step, "log_history": history, **more}
    (output / "trainer_state.json").write_text(json.dumps(state, indent=2))


def only(folder: Path) -> Gathered:
    (run,) = gather(SOURCE, folder).values()
    assert run.refused is None
    return run


def steps(run: Gathered, metric: str) -> list[int]:
    points = run.curves[metric]
    return points.step[~points.gone].tolist()


@pytest.mark.parametrize("name", ["done", "halfway"])
def test_samples_hold_what_the_trainer_logged(name: str) -> None:
    wanted = json.loads((OWN / "expected.json").read_text())[name]
    run = gather(SOURCE, OWN)[name]
    assert differences(wanted["metrics"], run.statistics()) == []
    assert run.facts is not None
    assert {key: run.facts.params.get(key) for key in wanted["params"]} == wanted["params"]
    assert run.remarks == []
    assert run.facts.end_known is (name == "done")


def test_a_training_that_has_event_files_is_left_to_them() -> None:
    assert set(gather(SOURCE, OWN)) == {"done", "halfway"}
    output = OWN / "with_events"
    folder = Folder(output, {"runs", "checkpoint-10", "checkpoint-20"}, {"trainer_state.json"})
    assert list(SOURCE.discover(folder)) == []
    assert (folder.folders, folder.files) == ({"runs"}, set())


def test_a_training_that_has_event_files_has_the_name_and_params_that_it_has_without(tmp_path: Path) -> None:
    output = Path(shutil.copytree(OWN / "with_events", tmp_path / "models" / "bert"))
    (run,) = gather(TensorBoard(), tmp_path).values()
    assert run.facts is not None
    assert (run.facts.name, run.facts.project, run.facts.group) == ("bert", "models", None)
    shutil.rmtree(output / "runs")
    (without,) = gather(SOURCE, tmp_path).values()
    assert without.facts is not None
    in_state = json.loads((output / "trainer_state.json").read_text()).keys()
    assert run.facts.params.items() <= without.facts.params.items()
    assert without.facts.params.keys() - run.facts.params.keys() <= in_state
    assert (run.facts.params["config.hidden_size"], run.facts.params["learning_rate"]) == (8, 0.003)


def test_event_files_that_are_opened_alone_are_called_by_their_folder(tmp_path: Path) -> None:
    shutil.copytree(OWN / "with_events", tmp_path / "bert")
    (run,) = gather(TensorBoard(), tmp_path / "bert" / "runs").values()
    assert run.facts is not None
    assert (run.facts.name, run.facts.params) == ("Nov27_10-39-09_vm", {})


def test_hyperparameters_stand_in_the_model_card() -> None:
    run = gather(SOURCE, OWN)["done"]
    assert run.facts is not None
    params = run.facts.params
    assert (params["learning_rate"], params["seed"], params["lr_scheduler_type"]) == (0.003, 7, "linear")


def test_the_checkpoint_that_went_furthest_is_read_and_none_is_searched(tmp_path: Path) -> None:
    history = [{"step": step, "loss": 1 / step} for step in range(1, 31)]
    for step in (5, 30, 10):
        write(tmp_path / "out" / f"checkpoint-{step}", history[:step], step)
    run = only(tmp_path)
    assert steps(run, "train/loss") == list(range(1, 31))
    folder = Folder(tmp_path / "out", {"checkpoint-5", "checkpoint-10", "checkpoint-30", "logs"}, set())
    assert [found.identity for found in SOURCE.discover(folder)] == [run.found.identity]
    assert folder.folders == {"logs"}


def test_a_checkpoint_that_is_opened_alone_is_the_same_run(tmp_path: Path) -> None:
    write(tmp_path / "out" / "checkpoint-5", [{"step": 1, "loss": 1.0}], 5)
    inside = Folder(tmp_path / "out" / "checkpoint-5", set(), {"trainer_state.json"}, root=tmp_path)
    (found,) = SOURCE.discover(inside)
    assert found.identity == find(SOURCE, tmp_path)[0].identity


def test_of_a_checkpoint_that_is_opened_alone_the_curve_is_shown_and_nothing_around_it(tmp_path: Path) -> None:
    output = Path(shutil.copytree(OWN / "done", tmp_path / "out"))
    (output / "config.json").write_text('{"hidden_size": 1}')
    checkpoint = output / "checkpoint-10"
    (run,) = gather(SOURCE, checkpoint).values()
    assert (run.refused, run.remarks) == (None, [])
    assert max(steps(run, "train/loss")) == 10
    (checkpoint / "config.json").unlink()
    (run,) = gather(SOURCE, checkpoint).values()
    assert run.facts is not None
    assert not any(name.startswith("config.") for name in run.facts.params)


@pytest.mark.parametrize("name", ["checkpoint-20/config.json", "README.md", "checkpoint-10/trainer_state.json"])
@pytest.mark.parametrize("with_events", [True, False], ids=["with event files", "without"])
def test_a_change_around_a_training_is_noticed(tmp_path: Path, name: str, *, with_events: bool) -> None:
    output = Path(shutil.copytree(OWN / "with_events", tmp_path / "out"))
    if not with_events:
        shutil.rmtree(output / "runs")
    source: Source = TensorBoard() if with_events else SOURCE
    (run,) = gather(source, tmp_path).values()
    before = source.stamp(run.found)
    assert source.stamp(run.found) == before
    with (output / name).open("a") as file:
        file.write("\n")
    assert source.stamp(run.found) != before


def test_it_goes_on_with_the_next_checkpoint_and_anew_where_training_went_back(tmp_path: Path) -> None:
    history = [{"step": step, "loss": 1 / step, "epoch": 0.5} for step in range(1, 11)]
    write(tmp_path / "out" / "checkpoint-5", history[:5], 5)
    run = only(tmp_path)
    write(tmp_path / "out" / "checkpoint-10", history, 10)
    shutil.rmtree(tmp_path / "out" / "checkpoint-5")
    assert find(SOURCE, tmp_path)[0].identity == run.found.identity
    run.take(SOURCE.follow(run.found, run.cursor))
    assert steps(run, "train/loss") == list(range(1, 11))
    assert run.gone == 0
    again = history[:7] + [{"step": step, "loss": 2.0} for step in range(8, 13)]
    write(tmp_path / "out" / "checkpoint-12", again, 12)
    run.take(SOURCE.follow(run.found, run.cursor))
    assert steps(run, "train/loss") == list(range(1, 13))
    assert run.curves["train/loss"].value[-1] == 2.0


def test_another_training_in_the_same_folder_is_another_run(tmp_path: Path) -> None:
    write(tmp_path / "out", [{"step": 1, "loss": 1.0}], 1)
    run = only(tmp_path)
    write(tmp_path / "out", [{"step": 1, "loss": 3.0}], 1)
    with pytest.raises(ReplacedError, match="another run"):
        list(SOURCE.follow(run.found, run.cursor))


def test_names_are_those_of_the_trainers_event_files_and_nan_is_read(tmp_path: Path) -> None:
    entries = [{"step": 1, "loss": math.nan, "eval_f1": 1, "test_acc": 0.5, "note": "x"}, "odd", {"step": 2, "loss": 1}]
    write(tmp_path / "out", entries, 2)  # type: ignore[arg-type]
    run = only(tmp_path)
    assert set(run.curves) == {"train/loss", "eval/f1", "test/acc"}
    assert run.statistics()["train/loss"]["nonfinite"] == 1


def test_a_training_has_ended_once_its_time_is_told_or_all_steps_are_done(tmp_path: Path) -> None:
    write(tmp_path / "told", [{"step": 1, "loss": 1.0}, {"step": 1, "train_runtime": 2.0}], 1, max_steps=9)
    write(tmp_path / "all", [{"step": 9, "loss": 1.0}], 9, max_steps=9)
    write(tmp_path / "goes-on", [{"step": 1, "loss": 1.0}], 1, max_steps=9)
    write(tmp_path / "stopped", [{"step": 1, "loss": 1.0}], 1, max_steps=9)
    os.utime(tmp_path / "stopped" / "trainer_state.json", (time.time() - 3600,) * 2)
    runs = {name: run.facts for name, run in gather(SOURCE, tmp_path).items()}
    told = runs["told"]
    assert told is not None
    assert (told.ended or 0.0) - told.created >= 2.0
    said = {name: (facts.running, facts.end_known) for name, facts in runs.items() if facts}
    assert said == {"told": (False, True), "all": (False, True), "goes-on": (True, False), "stopped": (False, False)}


class Bomb:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> Any:
        return Path.touch, (self.target,)


def test_pickles_are_not_opened(tmp_path: Path) -> None:
    write(tmp_path / "out", [{"step": 1, "loss": 1.0}], 1)
    for name in ("training_args.bin", "optimizer.pt", "rng_state.pth", "config.json"):
        (tmp_path / "out" / name).write_bytes(pickle.dumps(Bomb(tmp_path / "went-off")))
    pickle.loads((tmp_path / "out" / "training_args.bin").read_bytes())
    (tmp_path / "went-off").unlink()
    run = only(tmp_path)
    assert steps(run, "train/loss") == [1]
    assert not (tmp_path / "went-off").exists()
    assert len(run.remarks) == 1
    assert "config.json" in run.remarks[0]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\0" * 100, b'{"log_history": 3}', b'{"log_history": [{"step":']
)
def test_states_without_a_history_are_no_runs(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "trainer_state.json").write_bytes(content)
    assert find(SOURCE, tmp_path) == []


def test_a_state_that_is_just_being_written_is_refused_until_it_is_whole(tmp_path: Path) -> None:
    write(tmp_path / "out", [{"step": 1, "loss": 1.0}, {"step": 2, "loss": 0.5}], 2)
    run = only(tmp_path)
    path = tmp_path / "out" / "trainer_state.json"
    whole = path.read_text()
    path.write_text(whole[:100])
    with pytest.raises(SourceError, match="not all of it yet"):
        list(SOURCE.follow(run.found, run.cursor))
    path.write_text(whole)
    run.take(SOURCE.follow(run.found, run.cursor))
    assert steps(run, "train/loss") == [1, 2]


def test_a_checkpoint_behind_a_link_out_of_the_tree_is_not_read(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere" / "checkpoint-9", [{"step": 9, "loss": 1.0}], 9)
    write(tmp_path / "tree" / "out" / "checkpoint-1", [{"step": 1, "loss": 1.0}], 1)
    (tmp_path / "tree" / "out" / "checkpoint-9").symlink_to(tmp_path / "elsewhere" / "checkpoint-9")
    assert steps(only(tmp_path / "tree"), "train/loss") == [1]


def test_the_history_of_a_state_is_of_when_it_was_written(tmp_path: Path) -> None:
    write(tmp_path / "out", [{"step": 1, "loss": 0.5}, {"step": 2, "loss": 0.4}], 2)
    os.utime(tmp_path / "out" / "trainer_state.json", (1_700_000_100, 1_700_000_100))
    assert only(tmp_path).curves["train/loss"].time.tolist() == [1_700_000_100.0] * 2
