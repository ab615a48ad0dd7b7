"""Files that a project lists as its evaluation: other ones bar every claim, wherever git can tell."""

import shutil
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

import trackside
from trackside.services.comparison.comparing import Asked, compared
from trackside.services.comparison.provenance.evaluation_code import evaluation_code, without_files
from trackside.services.pivot.pivot import Asked as PivotAsked
from trackside.services.pivot.pivot import pivot
from trackside.services.project import decisions
from trackside.store.store import Store

pytestmark = pytest.mark.usefixtures("all_captured")


@pytest.fixture
def repository(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "work"
    (folder / "evaluation").mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setattr("trackside.record.capture.git._folders", lambda: [folder])
    git("init", "--quiet")
    write(evaluation="score = right / all", training="lr = 0.1")
    return folder


def git(*arguments: str) -> None:
    identity = ("-c", "user.name=ana", "-c", "user.email=ana@example.org")
    subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)


def write(**files: str) -> None:
    """Write and commit."""
    for name, text in files.items():
        Path(name, "how.py").parent.mkdir(exist_ok=True)
        Path(name, "how.py").write_text(text)
    git("add", "--all")
    git("commit", "--quiet", "--message", "more")


def record(root: Path, name: str, value: float) -> None:
    with trackside.init(project="p", name=name, params={"x": name}, store=root, quiet=True) as run:
        run.define_metric("val/f1", primary=True)
        run.log({"val/f1": value}, step=0)


@pytest.fixture
def barred(tmp_path):
    """The reasons of a comparison of two runs that bar claims, where `evaluation/*` is listed, and all its codes."""
    root = tmp_path / "store"

    def found() -> tuple[list[str], list[str]]:
        with closing(Store.open(root)) as store:
            store.refresh()
            decisions.list_evaluation(store, "p", ["evaluation/*"])
            comparison = compared(store, Asked(("second",), baseline="first"))
        codes = [reason.code for reason in comparison.rows[0].cells[0].reasons]
        return [reason.code for reason in comparison.reasons], codes

    return found


def test_another_evaluation_bars_claims_and_names_both(repository, tmp_path, barred):
    record(tmp_path / "store", "first", 0.5)
    write(evaluation="score = right / (all - skipped)")
    record(tmp_path / "store", "second", 0.9)
    assert barred()[0] == ["evaluation_code"]


def test_in_a_pivot_nothing_is_marked_as_best_over_other_evaluations_until_that_is_accepted(repository, tmp_path):
    root = tmp_path / "store"
    for name, value in (("first", 0.5), ("second", 0.9)):
        for seed in range(3):
            record(root, name, value + seed / 100)
        write(evaluation=f"score = {value}")
    with closing(Store.open(root)) as store:
        store.refresh()
        asked = PivotAsked(rows=("name",), values=("val/f1",))
        assert bold(pivot(store, asked, 0.0)) == ["second"]
        decisions.list_evaluation(store, "p", ["evaluation/*"])
        assert bold(pivot(store, asked, 0.0)) == []
        assert pivot(store, asked, 0.0).groups[0].plain == "runs of p were evaluated by other files"
        codes = set(evaluation_code(store, store.runs(store.ids_matching("")), ["evaluation/*"]).values())
        decisions.acknowledge(store, "p", "evaluation_code", *sorted(codes), "only a comment")
        found = pivot(store, asked, 0.0)
    assert bold(found) == ["second"]
    assert found.accepted[0].endswith("were acknowledged to be the same: only a comment.")


def bold(found):
    return [row[0] for (row, _), cell in found.groups[0].cells.items() if cell.bold]


def test_what_was_not_committed_counts_too(repository, tmp_path, barred):
    record(tmp_path / "store", "first", 0.5)
    Path("evaluation/how.py").write_text("score = 1")
    record(tmp_path / "store", "second", 0.9)
    assert barred()[0] == ["evaluation_code"]


def test_another_training_bars_nothing(repository, tmp_path, barred):
    record(tmp_path / "store", "first", 0.5)
    write(training="lr = 0.2")
    record(tmp_path / "store", "second", 0.9)
    assert barred()[0] == []
    assert "evaluation_code_unverified" not in barred()[1]


def test_files_that_are_nowhere_are_unverified_and_not_the_same(repository, tmp_path, barred):
    git("mv", "evaluation", "judging")
    git("commit", "--quiet", "--message", "moved")
    record(tmp_path / "store", "first", 0.5)
    write(judging="score = 1")
    record(tmp_path / "store", "second", 0.9)
    assert barred()[0] == []
    assert "evaluation_code_unverified" in barred()[1]


def test_globs_without_a_file_are_told_from_any_folder_of_the_repository(repository, tmp_path):
    Path("evaluation/new.py").write_text("not committed yet")
    Path(".gitignore").write_text("cache/\n")
    Path("cache").mkdir()
    Path("cache/how.py").write_text("ignored")
    globs = ["evaluation/*", "*/new.py", "how.py", "cache/how.py"]
    for folder in (repository, repository / "training"):
        assert without_files(globs, folder) == ["how.py", "cache/how.py"]
    assert without_files(globs, tmp_path) == without_files(globs, tmp_path / "nowhere") == []


def test_where_the_repository_is_gone_it_is_noted_as_unverified(repository, tmp_path, barred, monkeypatch):
    record(tmp_path / "store", "first", 0.5)
    record(tmp_path / "store", "second", 0.9)
    monkeypatch.chdir(tmp_path)
    shutil.rmtree(repository)
    assert barred()[0] == []
    assert "evaluation_code_unverified" in barred()[1]
