"""The demo's runs are real ones, and end as they are meant to."""

import subprocess
import sys
from pathlib import Path

import pytest

from trackside.cli.main import main
from trackside.compare.sides import Side
from trackside.model.errors import TracksideError
from trackside.model.run import Run
from trackside.services import demo
from trackside.services.artifacts.artifact_view import view
from trackside.services.comparison.comparing import Asked, compared
from trackside.services.comparison.examples.logged_examples import read
from trackside.services.comparison.examples.logged_files import logged
from trackside.services.demo.plan import BASELINE, Planned, planned
from trackside.store.store import Store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    root = tmp_path_factory.mktemp("demo") / "store"
    chosen = [BASELINE, "lr-10-seed-1", "lr-0.1-typo", "five-times-longer"]
    with demo.start(root, seconds=0.5, runs=[run for run in planned() if run.name in chosen]) as training:
        training.wait()
    opened = Store.open(root)
    opened.refresh()
    return opened


def run_named(store: Store, name: str) -> Run:
    return store.run(store.ids_matching(name)[0])


def test_the_plan_has_a_dozen_runs_and_three_that_end_badly() -> None:
    runs = planned()
    assert len({run.name for run in runs}) == len(runs) >= 12
    assert all(sum(run.group == group for run in runs) >= 3 for group in ("lr-sweep", "prefetch", "too-good"))
    assert sorted(run.ends for run in runs if run.ends != "finished") == ["failed", "killed"]
    assert all(run.notes for run in runs)


def test_the_baseline_learns_and_is_its_projects_baseline(store: Store) -> None:
    run = run_named(store, BASELINE)
    assert run.status == "finished"
    assert run.primary == "val/accuracy"
    assert run.metrics["val/accuracy"].goal == "max"
    assert (run.metrics["val/accuracy"].best or 0) > 0.9
    assert run.data["eval"].fingerprint is not None
    assert run.progress.total_steps == 600
    assert store.project(demo.PROJECT).baseline == run.id
    assert {artifact.kind for artifact in run.artifacts.values()} == {
        "model", "examples", "confusion", "image", "histogram",
    }  # fmt: skip
    found = logged(Side((run,)), Side((run,)))
    assert found.names(["eval"]) == ["image/units", "confusion/confusion"]
    assert found.pair("image/units").steps == [0, 100, 200, 300, 400, 500]


def test_an_image_of_each_digit_that_was_taken_for_another_is_shown_with_it(store: Store) -> None:
    side = Side((run_named(store, BASELINE),))
    scores = read(store, side.lead, "eval").examples
    wrong = [str(example) for example, score in zip(scores.ids, scores.scores, strict=True) if score == 0]
    found = logged(side, side)
    assert 0 < len(wrong) < 40
    for example in wrong:
        pair = found.of_example("eval", example)
        assert pair is not None
        (file,), _ = pair.at(None)
        assert view(store, side.lead.id, file.artifact, file.path).says == "8 × 8 pixels"


def test_a_learning_rate_that_is_too_high_ends_in_nan_and_health_says_so(store: Store) -> None:
    run = run_named(store, "lr-10-seed-1")
    assert run.health[:1] == ["nonfinite:train/loss"]
    assert "nonfinite:val/loss" in run.health
    assert all(run_named(store, name).health == [] for name in (BASELINE, "five-times-longer"))
    assert 0 < (run.metrics["train/loss"].first_nonfinite_step or 0) < 600


def test_one_run_fails_with_its_traceback(store: Store) -> None:
    run = run_named(store, "lr-0.1-typo")
    assert run.status == "failed"
    assert "FileNotFoundError" in (run.traceback or "")


def test_one_run_is_killed_in_the_middle(store: Store) -> None:
    run = run_named(store, "five-times-longer")
    assert run.status == "killed"
    assert 600 <= (run.progress.step or 0) < 3000


def test_a_run_that_ends_otherwise_than_planned_is_not_passed_over(tmp_path: Path) -> None:
    broken = Planned("broken", "group", "notes", fraction=0.0, steps=2)
    with (
        demo.start(tmp_path / "store", seconds=0, runs=[broken]) as training,
        pytest.raises(TracksideError, match="broken"),
    ):
        training.wait()


def test_leaving_the_demo_ends_what_still_trains(tmp_path: Path) -> None:
    endless = Planned(BASELINE, "group", "notes", steps=1_000_000)
    with demo.start(tmp_path / "store", seconds=60, runs=[endless, endless, endless]):
        pass
    opened = Store.open(tmp_path / "store")
    opened.refresh()
    assert opened.running() == []


def test_without_a_terminal_it_says_what_to_do(tmp_path: Path) -> None:
    asked = [sys.executable, "-m", "trackside", "demo"]
    answer = subprocess.run(asked, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert answer.returncode == 1
    assert "--headless" in answer.stderr


def test_leaving_the_app_says_that_its_runs_are_gone_or_what_opens_those_that_were_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("trackside.cli.demo._train_and_watch", lambda _: 0)
    for keeps, says in ([], True), (["--keep", str(tmp_path / "kept")], False):
        with pytest.raises(SystemExit):
            main(["demo", *keeps])
        told = capsys.readouterr().err
        assert ("`trackside demo --keep FOLDER` keeps them" in told) is says
        assert (f"`trackside {tmp_path / 'kept'}` opens the demo's runs" in told) is not says


def test_five_seeds_tell_what_is_better_what_only_looks_so_and_what_was_judged_by_other_data(tmp_path: Path) -> None:
    wanted = ("lr-0.05-seed", "lr-0.3-seed", "prefetch", "too-good")
    runs = [run for run in planned() if run.name.startswith(wanted)]
    with demo.start(tmp_path / "store", seconds=0, runs=runs) as training:
        training.wait()
    store = Store.open(tmp_path / "store")
    store.refresh()
    found = compared(store, Asked(("lr-0.3-seed-1", "prefetch-8-seed-6", "too-good-seed-1")))
    store.close()
    assert found.rows[0].metric == "val/accuracy"
    assert [cell.sign for cell in found.rows[0].cells] == ["▲", "~", "?"]
    assert [len(cell.side.runs) for cell in found.rows[0].cells] == [5, 5, 3]
