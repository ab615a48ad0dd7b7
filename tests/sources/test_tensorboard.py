"""Runs in TensorBoard's event files, as its writers write them."""

import json
import os
import shutil
import struct
import time
from collections.abc import Callable
from pathlib import Path

import event_files as made
import pytest
from gathered import Gathered, differences, find, gather

from trackside.model.foreign import Facts, Found
from trackside.sources.protocol import Folder, SourceError
from trackside.sources.tensorboard import TensorBoard

OWN = Path(__file__).parent / "samples" / "tensorboard"
EVENTS = "events.out.tfevents.1700000000.host"
SOURCE = TensorBoard()


def long_ago(folder: Path) -> None:
    """Make every file as old as one that nobody writes any more."""
    for path in folder.rglob("*"):
        os.utime(path, (1.6e9, 1.6e9))


@pytest.fixture
def own(tmp_path: Path) -> Callable[[str], dict[str, Gathered]]:
    """Read samples of the project's own, as runs that are over."""

    def read(name: str) -> dict[str, Gathered]:
        folder = shutil.copytree(OWN / name, tmp_path / name)
        long_ago(folder)
        return gather(SOURCE, folder)

    return read


def values(run: Gathered) -> dict[str, list[float]]:
    return {metric: curve.value[~curve.gone].tolist() for metric, curve in run.curves.items()}


def one(folder: Path) -> Gathered:
    (run,) = gather(SOURCE, folder).values()
    return run


@pytest.mark.parametrize("name", ["tensorboardx", "tensors", "keras"])
def test_every_number_is_the_one_that_was_logged(own: Callable[[str], dict[str, Gathered]], name: str) -> None:
    runs = own(name)
    for run, logged in json.loads((OWN / f"{name}.json").read_text()).items():
        got = values(runs[run])
        expected = {metric: [float(value) for value in of_one] for metric, of_one in logged.items()}
        assert str({metric: got.get(metric) for metric in expected}) == str(expected)


def test_public_runs_are_as_tensorboard_reads_them(samples: Path) -> None:
    expected = json.loads((samples / "public/tensorboard/expected.json").read_text())
    runs = gather(SOURCE, samples / "public/tensorboard")
    assert runs.keys() == expected.keys()
    found = {run: differences(expected[run], runs[run].statistics()) for run in expected}
    assert {run: lines for run, lines in found.items() if lines} == {}
    assert {run.facts.status for run in runs.values()} == {"finished"}
    assert not any(run.remarks for run in runs.values())


def test_vendors_samples_have_every_value_to_the_bit_of_a_float32(samples: Path) -> None:
    expected = json.loads((samples / "vendor/expected.json").read_text())
    runs = gather(SOURCE, samples / "vendor/tensorboard")
    assert runs.keys() == expected.keys()
    for name, run in runs.items():
        for metric, said in expected[name]["metrics"].items():
            got = run.statistics()[metric]
            cut_off = name == "sample-2" and metric == "train/loss"
            assert got["count"] == (52 if cut_off else said["count"])
            assert got["nonfinite"] == said["nonfinite"]
            if not cut_off:
                last = struct.unpack("<f", struct.pack("<f", float(said["last"])))[0]
                assert str(got["last"]) == str(last)
                assert got["sum_finite"] == pytest.approx(said["sum_finite"], rel=1e-6)
        assert run.texts["notes"] == [(0, expected[name]["notes"])]


def test_histograms_are_summed_up(own: Callable[[str], dict[str, Gathered]]) -> None:
    from_sums, from_buckets = own("tensorboardx")["plain"], own("tensors")["typed"]
    got = {what: from_sums.curves[f"weights/{what}"].value.tolist() for what in ("min", "max", "mean", "std")}
    assert got == {"min": [0.0], "max": [4.9], "mean": [pytest.approx(2.45)], "std": [pytest.approx(1.443, abs=1e-3)]}
    assert from_buckets.curves["weights/mean"].value.tolist() == [pytest.approx(4.95, abs=0.2)]
    assert from_buckets.curves["weights/max"].value.tolist() == [pytest.approx(9.9)]


def test_histograms_keep_their_buckets(own: Callable[[str], dict[str, Gathered]]) -> None:
    for run, step, greatest, count in (
        (own("tensorboardx")["plain"], 20, 4.9, 50),
        (own("tensors")["typed"], 3, 9.9, 100),
    ):
        ((at, histogram),) = run.histograms["weights"]
        assert (at, histogram.edges[0], histogram.edges[-1]) == (step, 0.0, pytest.approx(greatest))
        assert histogram.total == count


def test_texts_and_tables_are_read_and_a_tag_is_what_its_first_value_said(
    own: Callable[[str], dict[str, Gathered]],
) -> None:
    texts = own("tensors")["typed"].texts
    assert texts["words"] == [(3, "one\ntwo")]
    assert texts["table"] == [(3, "| a | b |\n| --- | --- |\n| 1 | 2 |")]
    assert texts["said once"] == [(3, "text"), (3, "text")]


def test_images_lie_where_the_event_file_has_them(own: Callable[[str], dict[str, Gathered]]) -> None:
    (picture,) = own("tensorboardx")["plain"].files
    (pictures,) = own("tensors")["typed"].files
    assert (picture.name, picture.step, picture.kind) == ("picture/7", 7, "image")
    assert list(picture.files) == ["image.png"]
    assert list(pictures.files) == ["image-0.png", "image-1.png"]
    read = [place.path.read_bytes()[place.start : place.start + place.size] for place in pictures.files.values()]
    assert read == [b"\x89PNG\r\n\x1a\nfirst", b"\x89PNG\r\n\x1a\nsecond"]


def test_what_is_not_shown_is_said_once(own: Callable[[str], dict[str, Gathered]]) -> None:
    assert own("tensors")["typed"].remarks == ["Its event files also hold audio, which is not shown"]


def test_params_of_add_hparams_are_those_of_the_run_above(own: Callable[[str], dict[str, Gathered]]) -> None:
    runs = own("tensorboardx")
    run = runs["with-params"]
    assert run.facts.params == {"lr": 0.001, "batch_size": 32.0, "name": "net-é", "deep": True}
    assert isinstance(run.facts.params["batch_size"], float)
    assert run.curves["hparam/final"].value.tolist() == [0.25]
    assert len(run.curves["loss"].step) == 5, "the final value is no point of the curve"
    assert run.curves["hparam/loss"].value.tolist() == [0.5]
    assert run.remarks == []


def test_a_sweep_of_add_hparams_is_a_run_each(own: Callable[[str], dict[str, Gathered]]) -> None:
    runs = {name: run for name, run in own("tensorboardx").items() if name.startswith("sweep")}
    assert len(runs) == 2
    assert sorted(run.facts.params["lr"] for run in runs.values()) == [0.0, 0.1]
    assert {run.facts.group for run in runs.values()} == {"sweep"}


def test_curves_of_add_scalars_are_of_the_run_above(own: Callable[[str], dict[str, Gathered]], tmp_path: Path) -> None:
    runs = own("tensorboardx")
    assert [name for name in runs if "together" in name] == ["together"]
    as_torch = tmp_path / "torch"
    made.write(as_torch / "run" / EVENTS, made.event(1, made.scalar("lr", 1)))
    for name in ("train", "val"):
        made.write(as_torch / "run" / f"my_loss_{name}" / EVENTS, made.event(1, made.scalar("my/loss", 2)))
    made.write(as_torch / "run" / "other" / EVENTS, made.event(1, made.scalar("my/loss", 2)))
    runs = gather(SOURCE, as_torch)
    assert sorted(runs) == ["run", "run/other"]
    assert values(runs["run"]) == {"lr": [1.0], "my/loss/train": [2.0], "my/loss/val": [2.0]}


def test_keras_trains_and_validates_one_run(own: Callable[[str], dict[str, Gathered]]) -> None:
    runs = own("keras")
    assert sorted(runs) == ["train-alone", "validated"]
    params = {"lr": 0.1, "batch_size": 4.0, "optimizer": "sgd", "nesterov": False}
    assert [run.facts.params for run in runs.values()] == [params, params]
    assert "validation/epoch_loss" in runs["validated"].curves


def test_a_folder_that_is_called_train_is_a_run_where_not_keras_wrote_it(tmp_path: Path) -> None:
    made.write(tmp_path / "train" / EVENTS, made.event(1, made.scalar("loss", 1)))
    assert sorted(gather(SOURCE, tmp_path)) == ["train"]


def test_a_run_that_went_back_keeps_what_it_went_back_from(own: Callable[[str], dict[str, Gathered]]) -> None:
    curve = own("tensorboardx")["went-back"].curves["loss"]
    assert curve.step[curve.gone].tolist() == [6, 7, 8, 9]
    assert curve.step[~curve.gone].tolist() == list(range(10))


def test_going_back_spares_what_comes_after_it_in_the_same_file(tmp_path: Path) -> None:
    events = [made.event(step, made.scalar("a", step)) for step in range(20)]
    events += [made.start(10), *(made.event(step, made.scalar("a", -step)) for step in range(10, 30))]
    made.write(tmp_path / EVENTS, *events)
    curve = one(tmp_path).curves["a"]
    assert curve.value[~curve.gone].tolist() == [*range(10), *range(-10, -30, -1)]


def test_smaller_steps_without_a_word_are_kept(tmp_path: Path) -> None:
    steps = [5, 6, 1, 6, -3]
    made.write(tmp_path / EVENTS, *(made.event(step, made.scalar("a", step)) for step in steps))
    run = one(tmp_path)
    assert run.curves["a"].step.tolist() == steps
    assert run.gone == 0


def test_files_of_a_folder_are_one_run_in_the_order_in_which_they_were_begun(tmp_path: Path) -> None:
    for second, host in ((2, "b.example.org"), (1, "a.example.org.17.0")):
        path = tmp_path / f"events.out.tfevents.170000000{second}.{host}"
        made.write(path, made.event(second, made.scalar("a", second), time=1.7e9 + second))
    long_ago(tmp_path)
    run = one(tmp_path)
    assert run.curves["a"].value.tolist() == [1.0, 2.0]
    assert (run.facts.host, run.facts.created, run.facts.ended) == ("a.example.org", 1.7e9, 1.7e9 + 2)


def test_metrics_of_one_event_are_rows_together(tmp_path: Path) -> None:
    events = [made.event(step, made.scalar("a", step), made.scalar("b", -step)) for step in range(10)]
    path = made.write(tmp_path / EVENTS, *events)
    (found,) = find(SOURCE, path.parent)
    points = [item for item in SOURCE.follow(found, None) if type(item).__name__ == "Points"]
    assert [(item.keys, item.value.shape) for item in points] == [(("a", "b"), (10, 2))]


def test_points_of_a_metric_keep_their_order_however_their_events_are_laid_out(tmp_path: Path) -> None:
    events = []
    for step in (*range(60), *range(300, 330), 2**40, -1, *range(50)):
        with_another = [made.scalar("b", 0)] if step % 7 == 0 else []
        events.append(made.event(step, made.scalar("a", step % 1000), *with_another))
    made.write(tmp_path / EVENTS, *events)
    expected = [*range(60), *range(300, 330), 2**40, -1, *range(50)]
    assert one(tmp_path).curves["a"].step.tolist() == expected


@pytest.mark.parametrize(
    ("path", "called"),
    [
        ("runs/a", ("a", "runs", None)),
        ("logs/cifar/seed-0", ("seed-0", "logs", "cifar")),
        ("project/lightning_logs/version_3", ("version_3", "lightning_logs", None)),
        ("results/mnist/a", ("a", "mnist", None)),
    ],
)
def test_a_run_is_called_by_where_it_lies(tmp_path: Path, path: str, called: tuple[str, str, str | None]) -> None:
    made.write(tmp_path / path / EVENTS, made.event(1, made.scalar("a", 1)))
    facts = one(tmp_path).facts
    assert (facts.name, facts.project, facts.group) == called


def test_a_run_is_the_same_wherever_it_is_moved(tmp_path: Path) -> None:
    made.write(tmp_path / "here" / "a" / EVENTS, made.event(1, made.scalar("a", 1)))
    made.write(tmp_path / "here" / "b" / EVENTS, made.event(1, made.scalar("a", 1)))
    before = {found.identity for found in find(SOURCE, tmp_path)}
    (tmp_path / "here").rename(tmp_path / "there")
    assert len(before) == 2
    assert {found.identity for found in find(SOURCE, tmp_path / "there")} == before


def test_lightnings_params_are_as_its_own_file_has_them(tmp_path: Path) -> None:
    number = held_number(32.0)
    params = {"batch_size": number, "model/depth": held_number(4.0), "loss": made.held(3, b"MSELoss()")}
    made.write(tmp_path / EVENTS, hparams(params))
    said = "batch_size: 32\nmodel:\n  depth: 4\nloss: !!python/object:torch.nn.MSELoss\n  reduction: mean\nlr: 1.0e-3\n"
    (tmp_path / "hparams.yaml").write_text(said)
    (found,) = find(SOURCE, tmp_path)
    first, facts = (item for item in SOURCE.follow(found, None) if isinstance(item, Facts))
    assert first.params == {}, "what is taken back later may have been kept"
    assert facts.params == {"batch_size": 32, "model.depth": 4, "loss": "MSELoss()", "lr": 0.001}
    assert isinstance(facts.params["batch_size"], int)


def test_params_that_cannot_be_read_are_said_and_the_rest_is_there(tmp_path: Path) -> None:
    made.write(tmp_path / EVENTS, made.event(1, made.scalar("a", 1)))
    (tmp_path / "hparams.yaml").write_text("{{{")
    run = one(tmp_path)
    assert len(run.remarks) == 1
    assert "hparams.yaml" in run.remarks[0]
    assert values(run) == {"a": [1.0]}


def test_a_session_that_failed_is_a_run_that_failed(tmp_path: Path) -> None:
    made.write(tmp_path / EVENTS, hparams({}, group="trial-7"), with_plugin(made.held(4, b"\x08\x02")))
    facts = one(tmp_path).facts
    assert (facts.status, facts.end_known, facts.group) == ("failed", True, "trial-7")


class TestLive:
    def test_what_came_since_is_read_and_no_more(self, tmp_path: Path) -> None:
        path = made.write(tmp_path / EVENTS, made.event(1, made.scalar("a", 1), time=time.time()))
        run, found = self.begun(tmp_path)
        stamp = SOURCE.stamp(found)
        assert run.facts.running
        assert run.facts.ended is None
        made.add(path, made.event(2, made.scalar("a", 2)))
        assert SOURCE.stamp(found) != stamp
        run.take(SOURCE.follow(found, run.cursor))
        run.take(SOURCE.follow(found, run.cursor))
        assert run.curves["a"].value.tolist() == [1.0, 2.0]

    def test_a_record_that_is_being_written_is_waited_for(self, tmp_path: Path) -> None:
        path = made.write(tmp_path / EVENTS, made.event(1, made.scalar("a", 1), time=time.time()))
        before = path.read_bytes()
        made.add(path, made.event(2, made.scalar("a", 2)))
        whole = path.read_bytes()
        path.write_bytes(before)
        run, found = self.begun(tmp_path)
        for size in range(len(before) + 1, len(whole) + 1):
            path.write_bytes(whole[:size])
            run.take(SOURCE.follow(found, run.cursor))
            assert len(run.curves["a"].step) == 1 + (size == len(whole))
        assert run.remarks == []

    def test_a_record_that_nobody_writes_any_more_is_said_once(self, tmp_path: Path) -> None:
        path = made.write(tmp_path / EVENTS, made.event(1, made.scalar("a", 1), time=time.time()))
        path.write_bytes(path.read_bytes() + b"\x10\0\0")
        run, found = self.begun(tmp_path)
        assert run.remarks == []
        long_ago(tmp_path)
        for _ in range(2):
            run.take(SOURCE.follow(found, run.cursor))
        assert not run.facts.running
        assert run.remarks == [f"{EVENTS}: its last record is not whole; what is before it was read"]

    def test_a_log_of_long_ago_that_was_copied_now_is_over_and_told_as_that(self, tmp_path: Path) -> None:
        path = made.write(tmp_path / EVENTS, made.event(1, made.scalar("a", 1), time=1_700_000_900.0))
        path.write_bytes(path.read_bytes() + b"\x10\0\0")
        run, found = self.begun(tmp_path)
        assert (run.facts.running, run.facts.ended) == (False, 1_700_000_900.0)
        assert run.remarks == [f"{EVENTS}: its last record is not whole; what is before it was read"]
        made.add(path, made.event(2, made.scalar("a", 2), time=time.time()))
        again = Gathered(found).take(SOURCE.follow(found, None))
        assert not again.facts.running

    def test_a_training_that_goes_on_with_an_old_log_runs(self, tmp_path: Path) -> None:
        path = made.write(tmp_path / EVENTS, made.event(1, made.scalar("a", 1)))
        run, found = self.begun(tmp_path)
        assert not run.facts.running
        made.add(path, made.event(2, made.scalar("a", 2), time=time.time()))
        run.take(SOURCE.follow(found, run.cursor))
        assert run.facts.running

    def test_a_new_file_and_a_new_folder_of_the_run_are_read(self, tmp_path: Path) -> None:
        made.write(tmp_path / "run" / EVENTS, made.event(1, made.scalar("a", 1)))
        run, found = self.begun(tmp_path)
        made.write(tmp_path / "run" / f"{EVENTS}.later", made.event(2, made.scalar("a", 2)))
        made.write(tmp_path / "run" / "1700000000.5" / EVENTS, hparams({"lr": held_number(0.5)}))
        (again,) = find(SOURCE, tmp_path)
        assert again.identity == found.identity
        run.take(SOURCE.follow(again, run.cursor))
        assert run.curves["a"].value.tolist() == [1.0, 2.0]
        assert run.facts.params == {"lr": 0.5}

    def test_a_copy_that_went_on_is_the_same_file(self, tmp_path: Path) -> None:
        path = made.write(tmp_path / EVENTS, made.event(1, made.scalar("a", 1)))
        run, found = self.begun(tmp_path)
        copy = tmp_path / ".copy"
        shutil.copy(path, copy)
        made.add(copy, made.event(2, made.scalar("a", 2)))
        copy.rename(path)
        run.take(SOURCE.follow(found, run.cursor))
        assert run.gone == 0
        assert run.curves["a"].value.tolist() == [1.0, 2.0]

    def test_a_file_that_is_another_is_read_anew(self, tmp_path: Path) -> None:
        path = made.write(tmp_path / EVENTS, made.event(1, made.scalar("a", 1)), made.event(2, made.scalar("a", 2)))
        run, found = self.begun(tmp_path)
        made.write(path, made.event(3, made.scalar("a", 3)), made.event(4, made.scalar("a", 4)))
        run.take(SOURCE.follow(found, run.cursor))
        assert values(run) == {"a": [3.0, 4.0]}
        assert run.gone == 2

    def test_a_run_is_found_once_its_writer_has_written(self, tmp_path: Path) -> None:
        path = tmp_path / EVENTS
        path.touch()
        with pytest.raises(SourceError, match="no run in it yet"):
            list(SOURCE.discover(Folder(tmp_path, set(), {EVENTS})))
        path.write_bytes(made.content())
        assert len(find(SOURCE, tmp_path)) == 1

    @staticmethod
    def begun(folder: Path) -> tuple[Gathered, Found]:
        (found,) = find(SOURCE, folder)
        return Gathered(found).take(SOURCE.follow(found, None)), found


def held_number(number: float) -> bytes:
    """A number as params have it."""
    return b"\x11" + struct.pack("<d", number)


def hparams(params: dict[str, bytes], group: str = "") -> bytes:
    """The event that begins a session of the hparams plugin."""
    entries = b"".join(made.held(1, made.held(1, key.encode()) + made.held(2, each)) for key, each in params.items())
    return with_plugin(made.held(3, entries + (made.held(4, group.encode()) if group else b"")))


def with_plugin(content: bytes) -> bytes:
    """An event whose value has nothing but metadata of the hparams plugin."""
    value = made.held(1, b"_hparams_/session") + made.held(
        9, made.held(1, made.held(1, b"hparams") + made.held(2, content))
    )
    return made.event(0, value)
