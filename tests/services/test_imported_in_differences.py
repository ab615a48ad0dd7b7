"""Of the files that differ between two runs it is told which of them imported each; those are the first suspects."""

from contextlib import closing

import pytest
from imported_repository import SCRIPT, Repository

from trackside.services.comparison.provenance.differences import load_code
from trackside.services.comparison.why import why
from trackside.services.comparison.why_words import why_document
from trackside.store.store import Store


@pytest.fixture
def repository(tmp_path, all_captured):
    return Repository(tmp_path / "code", tmp_path / "store")


@pytest.fixture
def code(repository):
    """How the code of the second run differs from that of the first, and the suspects among it."""

    def found():
        with closing(Store.open(repository.store)) as store:
            store.refresh()
            second, first = store.first_page(10)
            (difference,) = load_code(store, store.run(first.id), [store.run(second.id)])
            causes = why_document(why(store, second.id, first.id))["causes"]
        return difference, [(each["name"], each["imported"], each["why"]) for each in causes if each["kind"] == "code"]

    return found


def test_a_file_is_imported_by_both_by_one_or_by_neither_and_the_first_suspects_are_those_of_both(repository, code):
    repository.run(0)
    repository.write("helper.py", (repository.folder / "helper.py").read_text() + "x = 1\n")
    repository.write("unused.py", "x = 2\ny = 3\nz = 4\n")
    repository.write("settings.yaml", "lr: 0.1\n")
    repository.write("README.md", "read me first\n")
    repository.write("late.py", "import new\n")
    repository.write("new.py", "x = 1\n")
    repository.commit()
    repository.run(1)
    difference, suspects = code()
    assert difference.by_git
    assert {file.path: file.imported for file in difference.files} == {
        "helper.py": "both",
        "late.py": "both",
        "new.py": "candidate",
        "README.md": "neither",
        "settings.yaml": "neither",
        "unused.py": "neither",
    }
    assert suspects == [
        ("helper.py", "both", "both runs imported it: what the change does is not known"),
        ("late.py", "both", "both runs imported it: what the change does is not known"),
        ("new.py", "candidate", "only this run imported it: what the change does is not known"),
        ("settings.yaml", "neither", "neither run imported it; they may have read it otherwise"),
        ("README.md", "neither", "prose, which nothing runs"),
        ("unused.py", "neither", "neither run imported it"),
    ]


def test_of_many_changed_files_those_that_were_imported_are_named(repository, code):
    repository.run(0)
    for number in range(12):
        repository.write(f"many_{number}.py", "x = 1\n" * 100)
    repository.write("helper.py", (repository.folder / "helper.py").read_text() + "x = 1\n")
    repository.commit()
    repository.run(1)
    _, suspects = code()
    assert suspects[0][:2] == ("helper.py", "both")
    assert suspects[-1][0] != "helper.py"


def test_an_imported_file_that_git_ignores_differs_though_no_patch_has_it(repository, code):
    repository.ignore("helper.py")
    repository.run(0)
    repository.write("helper.py", "def accuracy(seed):\n    return 0.9\n")
    repository.run(1)
    difference, suspects = code()
    assert (difference.state, [(file.path, file.imported) for file in difference.files]) == (
        "different",
        [("helper.py", "both")],
    )
    assert difference.remarks == ("Both imported helper.py with other content, of which the patch has nothing.",)
    assert suspects[0][0] == "helper.py"


def test_without_a_repository_the_lists_say_which_imported_files_differ(repository, code):
    (repository.folder / ".git").rename(repository.folder / "moved")
    repository.run(0)
    repository.write("helper.py", "def accuracy(seed):\n    return 0.9\n")
    repository.run(1)
    difference, _ = code()
    assert (difference.state, [file.path for file in difference.files]) == ("different", ["helper.py"])


def test_where_a_run_may_have_imported_more_than_it_lists_nothing_is_called_unimported(repository, code):
    repository.run(0)
    repository.write("unused.py", "x = 2\n")
    repository.write("train.py", SCRIPT + "# edited\n")
    repository.run(1, capture="-imports")
    difference, suspects = code()
    assert {file.path: file.imported for file in difference.files} == {"train.py": "baseline", "unused.py": None}
    assert [suspect[:2] for suspect in suspects] == [("train.py", "baseline"), ("unused.py", None)]
