"""DVCLive's folders, as its client writes them."""

import json
import os
import shutil
import time
from pathlib import Path

import pytest
from gathered import Gathered, differences, find, gather

from trackside.sources.dvclive import Dvclive
from trackside.sources.protocol import Folder, ReplacedError

OWN = Path(__file__).parent / "samples" / "dvclive"
SOURCE = Dvclive()


def curve(folder: Path, metric: str, *rows: str, header: str = "step\tvalue") -> None:
    path = folder / "plots" / "metrics" / f"{metric}.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{row}\n" for row in (header, *rows)))
    if not (folder / "metrics.json").exists():
        (folder / "metrics.json").write_text("{}")


def old(folder: Path) -> None:
    for path in folder.rglob("*"):
        os.utime(path, (time.time() - 3600,) * 2)


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    shutil.copytree(OWN, tmp_path / "dvclive")
    old(tmp_path)
    return tmp_path / "dvclive"


def only(folder: Path) -> Gathered:
    (run,) = gather(SOURCE, folder).values()
    assert run.refused is None
    return run


def points(run: Gathered, metric: str) -> list[tuple[int, float]]:
    held = run.curves[metric]
    return list(zip(held.step[~held.gone].tolist(), held.value[~held.gone].tolist(), strict=True))


def test_samples_hold_what_was_logged(samples: Path) -> None:
    wanted = json.loads((OWN / "expected.json").read_text())
    runs = gather(SOURCE, samples)
    assert set(runs) == set(wanted)
    for name, run in runs.items():
        assert differences(wanted[name]["metrics"], run.statistics()) == []
        assert run.facts is not None
        assert run.facts.params == wanted[name]["params"]
        assert run.texts["phase"][0] == (0, "warm up")
        assert run.remarks == []


def test_times_are_read_where_they_were_asked_for(samples: Path) -> None:
    times = gather(SOURCE, samples)["plain"].curves["train/loss"].time.tolist()
    assert [time == time for time in times] == [True, True, False, True, True, True, True, True]
    assert 1.7e9 < times[0] < 4e9


def test_a_folder_of_the_usual_name_is_called_by_the_one_around_it(samples: Path) -> None:
    names = {address: run.facts.name for address, run in gather(SOURCE, samples).items() if run.facts}
    assert names == {"plain": "plain", "again": "again", "resumed/dvclive": "resumed"}


def test_curves_grow_and_more_of_them_come_and_the_run_stays_the_same(tmp_path: Path) -> None:
    curve(tmp_path / "run", "loss", "0\t0.5")
    run = only(tmp_path)
    curve(tmp_path / "run", "loss", "0\t0.5", "1\t0.4")
    curve(tmp_path / "run", "accuracy", "1\t0.9")
    assert find(SOURCE, tmp_path)[0].identity == run.found.identity
    run.take(SOURCE.follow(run.found, run.cursor))
    assert points(run, "loss") == [(0, 0.5), (1, 0.4)]
    assert points(run, "accuracy") == [(1, 0.9)]
    assert run.gone == 0


def test_a_curve_that_is_another_by_now_is_read_anew_with_all_others(tmp_path: Path) -> None:
    curve(tmp_path / "run", "a", "0\t0.5", "1\t0.4")
    curve(tmp_path / "run", "b", "0\t0.5", "1\t0.4")
    run = only(tmp_path)
    curve(tmp_path / "run", "b", "0\t0.5", "1\t0.7")
    run.take(SOURCE.follow(run.found, run.cursor))
    assert points(run, "a") == [(0, 0.5), (1, 0.4)]
    assert points(run, "b") == [(0, 0.5), (1, 0.7)]


def test_a_new_run_in_the_same_folder_is_another_run(tmp_path: Path) -> None:
    curve(tmp_path / "run", "loss", "0\t0.5")
    run = only(tmp_path)
    curve(tmp_path / "run", "loss", "0\t0.6")
    with pytest.raises(ReplacedError, match="another run"):
        list(SOURCE.follow(run.found, run.cursor))


def test_what_stands_only_in_the_summary_is_told_once_at_the_end(tmp_path: Path) -> None:
    curve(tmp_path / "run", "loss", "0\t0.5")
    (tmp_path / "run" / "metrics.json").write_text('{"loss": 0.5, "test": {"acc": NaN}, "word": "x", "step": 7}')
    run = only(tmp_path)
    assert set(run.curves) == {"loss"}
    old(tmp_path)
    run.take(SOURCE.follow(run.found, run.cursor))
    run.take(SOURCE.follow(run.found, run.cursor))
    assert run.curves["test/acc"].step.tolist() == [7]
    assert run.texts["word"] == [(7, "x")]


def test_images_are_kept_once_the_run_has_ended(tmp_path: Path) -> None:
    curve(tmp_path / "run", "loss", "0\t0.5")
    image = tmp_path / "run" / "plots" / "images" / "0" / "a.png"
    image.parent.mkdir(parents=True)
    image.write_bytes(b"png")
    assert only(tmp_path).files == []
    old(tmp_path)
    (file,) = only(tmp_path).files
    assert (file.name, file.kind, list(file.files)) == ("images", "image", ["0/a.png"])


def test_an_image_that_is_a_link_to_a_cache_in_the_tree_is_told_by_where_it_lies(tmp_path: Path) -> None:
    curve(tmp_path / "run", "loss", "0\t0.5")
    image, kept = tmp_path / "run" / "plots" / "images" / "a.png", tmp_path / "cache" / "0a"
    for path in (image, kept):
        path.parent.mkdir(parents=True)
    kept.write_bytes(b"png")
    image.symlink_to(kept)
    old(tmp_path)
    (file,) = only(tmp_path).files
    assert [content.path for content in file.files.values()] == [kept]


def test_curves_in_a_cache_are_read_inside_the_tree_and_not_outside_of_it(tmp_path: Path) -> None:
    for place in (tmp_path / "tree" / "cache", tmp_path / "outside"):
        place.mkdir(parents=True)
        (place / "loss.tsv").write_text("step\tloss\n0\t0.5\n")
    for name, target in (("inside", tmp_path / "tree" / "cache"), ("out", tmp_path / "outside")):
        curve(tmp_path / "tree" / name, "acc", "0\t0.1")
        (tmp_path / "tree" / name / "plots" / "metrics" / "linked").symlink_to(target)
    (tmp_path / "tree" / "inside" / "plots" / "metrics" / "round").symlink_to(tmp_path / "tree")
    found = {}
    for name in ("inside", "out"):
        folder = Folder(tmp_path / "tree" / name, {"plots"}, {"metrics.json"}, root=tmp_path / "tree")
        (run,) = SOURCE.discover(folder)
        found[name] = set(Gathered(run).take(SOURCE.follow(run, None)).curves)
    assert "linked/loss" in found["inside"]
    assert found["out"] == {"acc"}


def test_a_run_without_params_is_whole(tmp_path: Path) -> None:
    curve(tmp_path / "run", "loss", "0\t0.5")
    run = only(tmp_path)
    assert run.facts is not None
    assert (run.facts.params, run.remarks) == ({}, [])


def test_odd_rows_do_no_harm(tmp_path: Path) -> None:
    curve(tmp_path / "run", "a", "0\t0.5", "x\t1", "", "3", "9" * 30 + "\t1", "1\t0.4\t9\t0.3", "2\t1_0", '3\t"a\tb"')
    curve(tmp_path / "run", "empty", header="")
    (tmp_path / "run" / "metrics.json").write_text("not json")
    (tmp_path / "run" / "params.yaml").write_text("a: [")
    (tmp_path / "run" / "plots" / "metrics" / "torn.tsv").write_text("step\ttorn\n0\t1\n1\t2")
    old(tmp_path)
    run = only(tmp_path)
    assert points(run, "a") == [(0, 0.5), (9, 0.3)]
    assert run.texts["a"] == [(2, "1_0"), (3, "a\tb")]
    assert points(run, "torn") == [(0, 1.0)]
    assert [word in " ".join(run.remarks) for word in ("params.yaml", "torn", "metrics.json")] == [True] * 3


def test_dvc_lock_beside_says_what_data_was_used(tmp_path: Path) -> None:
    curve(tmp_path / "dvclive", "loss", "0\t0.5")
    (tmp_path / "dvc.lock").write_text(
        "schema: '2.0'\nstages:\n  train:\n    cmd: python train.py\n    deps:\n"
        "    - {path: data/train, hash: md5, md5: d41d8.dir, size: 10, nfiles: 2}\n"
    )
    (found,) = find(SOURCE, tmp_path)
    folder = Folder(tmp_path / "dvclive", {"plots"}, {"metrics.json"}, root=tmp_path)
    (found,) = SOURCE.discover(folder)
    facts = Gathered(found).take(SOURCE.follow(found, None)).facts
    assert facts is not None
    assert facts.data["data/train"].fingerprint == "md5:d41d8.dir"
    assert facts.data["data/train"].files == 2


@pytest.mark.parametrize("name", ["plots", "metrics.json"])
def test_other_folders_are_no_runs(tmp_path: Path, name: str) -> None:
    (tmp_path / "metrics.json").write_text("{}")
    (tmp_path / "plots" / "metrics").mkdir(parents=True)
    assert find(SOURCE, tmp_path) == []


def test_curves_of_long_ago_that_were_copied_now_are_of_then(tmp_path: Path) -> None:
    rows = [f"{1_700_000_000_000 + 60_000 * step}\t{step}\t0.5" for step in range(10)]
    curve(tmp_path, "loss", *rows, header="timestamp\tstep\tloss")
    facts = only(tmp_path).facts
    assert facts is not None
    assert (facts.running, facts.created, facts.ended) == (False, 1_700_000_000.0, 1_700_000_540.0)


def test_curves_without_times_are_of_when_their_tables_were_seen_to_have_grown(tmp_path: Path) -> None:
    curve(tmp_path, "loss", "0\t0.5", header="step\tloss")
    os.utime(tmp_path / "plots" / "metrics" / "loss.tsv", (1_700_000_100, 1_700_000_100))
    assert only(tmp_path).curves["loss"].time.tolist() == [1_700_000_100.0]
