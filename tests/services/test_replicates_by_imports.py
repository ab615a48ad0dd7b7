"""Which runs of real scripts in a real repository are replicates: by the files that they imported."""

import subprocess
import sys
from contextlib import closing

import pytest
from imported_repository import SCRIPT, Repository

from trackside.services.comparison.comparing import Asked, compared
from trackside.services.comparison.reports.document import comparison_document
from trackside.store.store import Store


@pytest.fixture
def repository(tmp_path, all_captured):
    return Repository(tmp_path / "code", tmp_path / "store")


@pytest.fixture
def side(repository):
    """The seeds that are replicates of a run, what told it, the seeds that are left out, and what is remarked."""

    def found(name: str = "seed-0"):
        said: list[str] = []
        repository.write("other.py", SCRIPT.replace('"lr": 0.1', '"lr": 0.2').replace("seed-{seed}", "other"))
        command = [sys.executable, "other.py", str(repository.store), "0"]
        subprocess.run(command, cwd=repository.folder, check=True, timeout=60)
        with closing(Store.open(repository.store)) as store:
            store.refresh()
            comparison = compared(store, Asked(("other",), baseline=name), remark=said.append)
            document = comparison_document(store, comparison)
        baseline = comparison.baseline
        seeds, left_out = ([run.seed for run in runs] for runs in (baseline.runs, baseline.left_out))
        return sorted(seeds), document["same_code"][0], left_out, said

    return found


@pytest.mark.parametrize("committed", [True, False])
def test_editing_what_no_run_imports_keeps_runs_replicates_and_it_is_said(repository, side, committed):
    repository.run(0)
    repository.write("README.md", "read me first\n")
    repository.write("unused.py", "x = 2\n")
    if committed:
        repository.commit()
    repository.run(1)
    seeds, told_by, _, said = side()
    assert (seeds, told_by) == ([0, 1], "imported files")
    begun = "seed-0 and its replicates were not started from one commit and patch"
    assert said == [f"{begun}; the files that they imported are the same"]


@pytest.mark.parametrize("name", ["train.py", "helper.py", "late.py"])
@pytest.mark.parametrize("committed", [True, False])
def test_editing_what_a_run_imports_makes_another_method(repository, side, name, committed):
    repository.run(0)
    repository.write(name, (repository.folder / name).read_text() + "# edited\n")
    if committed:
        repository.commit()
    repository.run(1)
    assert side()[:2] == ([0], None)


def test_a_file_that_git_ignores_makes_another_method_too(repository, side):
    repository.ignore("helper.py")
    repository.run(0)
    repository.write("helper.py", "def accuracy(seed):\n    return 0.9\n")
    repository.run(1)
    assert side()[0] == [0]


def test_the_folder_that_a_script_is_started_in_makes_no_other_method(repository, side, tmp_path):
    repository.run(0)
    repository.run(1, cwd=tmp_path)
    assert side()[:2] == ([0, 1], "imported files")


def test_a_seed_that_failed_before_it_imported_all_is_not_forgotten(repository, side):
    repository.run(0)
    repository.write("README.md", "read me first\n")
    repository.run(1, "no memory")
    assert side()[:3] == ([0], "imported files", [1])


@pytest.mark.parametrize("edited", [None, "README.md"])
def test_where_a_run_does_not_tell_its_files_commit_and_patch_decide(repository, side, edited):
    repository.run(0)
    if edited:
        repository.write(edited, "read me first\n")
    repository.run(1, capture="-imports")
    assert side()[:2] == (([0], None) if edited else ([0, 1], "commit and patch"))


def test_the_same_repository_in_another_place_has_the_same_code(repository, side, tmp_path):
    repository.run(0)
    repository.git("clone", "-q", str(repository.folder), str(tmp_path / "copy"))
    copy = tmp_path / "copy" / "train.py"
    subprocess.run([sys.executable, str(copy), str(repository.store), "1"], check=True, timeout=60)
    assert side()[:2] == ([0, 1], "imported files")
