"""Decisions of a project: each is taken back by its undo, holds for foreign runs too, and is kept with who made it."""

import getpass
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from foreign_runs import write_run
from opened_places import opened

import trackside
from trackside.model.errors import UsageError
from trackside.model.run import ProjectSettings
from trackside.services.edit import Undo
from trackside.services.project import decisions
from trackside.services.project.baseline import baseline_history
from trackside.services.project.page import project_document, project_rows
from trackside.store.any_store import AnyStore
from trackside.store.layout import StorePaths
from trackside.store.merge import merge
from trackside.store.store import Store

Decision = Callable[[AnyStore], Undo]

PAIR = ("eval-data", "blake3:aa", "stat:bb")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    with trackside.init(project="digits", name="brisk-heron", store=tmp_path / "store", quiet=True) as run:
        run.log({"acc": 0.5}, step=0)
    return tmp_path / "store"


@pytest.fixture
def store(root: Path) -> Iterator[AnyStore]:
    with opened(root) as store:
        yield store


@pytest.fixture
def run_id(store: AnyStore) -> str:
    return store.first_page(1)[0].id


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            lambda store: decisions.plan_seeds(store, "digits", 5),
            lambda store: decisions.plan_seeds(store, "digits", 3),
        ),
        (
            lambda store: decisions.pair_by(store, "digits", "seed"),
            lambda store: decisions.pair_by(store, "digits", None),
        ),
        (
            lambda store: decisions.set_goal(store, "digits", "acc", "min"),
            lambda store: decisions.set_goal(store, "digits", "acc", "max"),
        ),
        (
            lambda store: decisions.set_primary(store, "digits", "acc"),
            lambda store: decisions.set_primary(store, "digits", None),
        ),
        (
            lambda store: decisions.set_margin(store, "digits", "acc", "0.1"),
            lambda store: decisions.set_margin(store, "digits", "acc", "1%"),
        ),
        (
            lambda store: decisions.ignore(store, "digits", ["num_workers", "device"]),
            lambda store: decisions.ignore(store, "digits", ["device", "log_*"], ignored=False),
        ),
        (
            lambda store: decisions.list_evaluation(store, "digits", ["eval/*.py"]),
            lambda store: decisions.list_evaluation(store, "digits", ["eval/*.py"], listed=False),
        ),
        (
            lambda store: decisions.acknowledge(store, "digits", *PAIR, "the same files, copied"),
            lambda store: decisions.withdraw(store, "digits", PAIR[0])[0],
        ),
        (
            lambda store: decisions.acknowledge(store, "digits", *PAIR, "the same files, copied"),
            lambda store: decisions.acknowledge(store, "digits", *PAIR, "looked at both again"),
        ),
        (
            lambda store: decisions.set_baseline(store, "digits", store.first_page(1)[0].id),
            lambda store: decisions.set_baseline(store, "digits", None),
        ),
    ],
)
def test_a_decision_is_taken_back_to_what_was_decided_before(
    store: AnyStore, first: Decision, second: Decision
) -> None:
    nothing = store.project("digits")
    undo_first = first(store)
    decided = store.project("digits")
    undo_second = second(store)
    assert nothing == ProjectSettings()
    assert store.project("digits") != decided != nothing
    undo_second()
    assert store.project("digits") == decided
    undo_first()
    assert store.project("digits") == nothing


def test_an_acknowledgement_binds_two_values_once_with_who_said_why_and_when(store: AnyStore) -> None:
    before = time.time()
    undo = decisions.acknowledge(store, "digits", *PAIR, "the same files, copied")
    assert undo.says == "digits accepts stat:bb beside blake3:aa (eval-data): the same files, copied"
    decisions.acknowledge(store, "digits", *PAIR, "looked at both again")
    decisions.acknowledge(store, "digits", "eval-data", "blake3:aa", "stat:cc", "and these")
    first, second = store.project("digits").acknowledged
    assert (first.code, first.baseline, first.candidate, first.note) == (*PAIR, "looked at both again")
    assert first.user == getpass.getuser()
    assert before <= first.time <= second.time <= time.time()
    assert second.candidate == "stat:cc"
    assert [word for word, _ in project_rows(store, "digits")] == ["acknowledged", "acknowledged"]
    assert project_document(store, "digits")["acknowledged"][1]["note"] == "and these"


def test_hashes_of_what_was_accepted_are_told_by_their_beginning(store: AnyStore) -> None:
    hashes = f"blake3:{'a' * 64}", f"blake3:{'b' * 64}"
    accepted = decisions.acknowledge(store, "digits", "eval_data", *hashes, "sorted")
    told = [row for _, row in project_rows(store, "digits")]
    (withdrawn,) = decisions.withdraw(store, "digits", f"blake3:{'b' * 12}…")
    for text in (accepted.says, withdrawn.says, *told, *(row for _, row in project_rows(store, "digits"))):
        assert f"blake3:{'b' * 12}… beside blake3:{'a' * 12}…" in text


@pytest.mark.parametrize(
    ("values", "note", "expected"),
    [
        (PAIR, " ", "needs a note"),
        (PAIR, "\udcff", "UTF-8"),
        (("eval-data", "a" * 10_001, "b"), "long", "10,000 characters"),
        (("eval-data", "a", "\ud800"), "half a letter", "UTF-8"),
    ],
)
def test_what_cannot_be_acknowledged_is_refused_in_one_line(
    store: AnyStore, values: tuple[str, str, str], note: str, expected: str
) -> None:
    with pytest.raises(UsageError, match=expected) as refused:
        decisions.acknowledge(store, "digits", *values, note)
    assert "\n" not in str(refused.value)
    str(refused.value).encode()
    assert store.project("digits").acknowledged == ()


def test_decisions_on_runs_of_another_system_are_kept_aside_and_outlive_the_mirror(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    place = write_run(tmp_path / "runs" / "digits" / "metrics.jsonl", [3.0, 2.0]).parents[1]
    before = sorted(place.rglob("*"))
    with opened(place) as store:
        (run,) = store.first_page(2)
        decisions.set_baseline(store, run.project, run.id)
        decisions.plan_seeds(store, run.project, 5)
        decisions.set_margin(store, run.project, "loss", "0.5%")
        decisions.ignore(store, run.project, ["num_workers"])
        decisions.acknowledge(store, run.project, *PAIR, "the same files")
        decided = store.project(run.project)
    assert (decided.seeds, decided.margins, decided.ignored) == (5, {"loss": "0.5%"}, ("num_workers",))
    assert [one.note for one in decided.acknowledged] == ["the same files"]
    shutil.rmtree(tmp_path / "cache")
    with opened(place) as store:
        assert store.project(run.project) == decided
        (choice,) = baseline_history(store, run.project)
        assert (choice.run_id, choice.name, choice.user) == (run.id, run.name, getpass.getuser())
    assert sorted(place.rglob("*")) == before


def test_in_several_places_a_decision_holds_for_all_that_have_the_project_and_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    places = [tmp_path / "a", tmp_path / "b", tmp_path / "store"]
    for place in places[:2]:
        write_run(place / "digits" / "one" / "metrics.jsonl", [3.0, 2.0])
    with trackside.init(project="digits", name="brisk-heron", store=places[2], quiet=True) as run:
        run.log({"loss": 0.5}, step=0)
    with opened(*places) as several:
        decisions.set_baseline(several, "digits", run.id)
        decisions.plan_seeds(several, "digits", 5)
        decisions.acknowledge(several, "digits", *PAIR, "the same files")
        assert [choice.name for choice in baseline_history(several, "digits")] == ["brisk-heron"]
        undo = decisions.set_baseline(several, "digits", None)
        assert [choice.name for choice in baseline_history(several, "digits")] == [None, "brisk-heron"]
        undo()
        decided = several.project("digits")
    for place in places:
        with opened(place) as store:
            assert store.project("digits") == decided
    assert (decided.baseline, decided.seeds) == (run.id, 5)


def test_choices_of_two_merged_copies_are_one_history(root: Path, store: AnyStore, run_id: str, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(root, tmp_path / "copy"))
    decisions.set_baseline(store, "digits", run_id)
    with opened(copy) as other:
        decisions.set_baseline(other, "digits", None)
        decisions.set_baseline(other, "digits", run_id)
    merge(StorePaths(root), StorePaths(copy))
    merged = Store.open(root)
    merged.refresh()
    history = baseline_history(merged, "digits")
    assert [choice.run_id for choice in history] == [run_id, None, run_id]
    merged.close()
