"""Params, environment, data, packages and command lines beside a baseline's."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackside.compare.differs.command import stretches
from trackside.compare.differs.facts import data, environment, params
from trackside.compare.differs.packages import is_major, package_rows, packages
from trackside.compare.differs.rows import MISSING, same
from trackside.model.run import DataRef, Environment, Param, Run


def run(**given: Any) -> Run:
    return Run(**({"id": "a", "name": "a", "project": "p", "created": 0.0, "status": "finished"} | given))


def differing(*each: dict[str, Param]) -> list[str]:
    baseline, *candidates = (run(params=params) for params in each)
    return [row.key for row in params(baseline, candidates)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1e-3, 0.001),
        (1, 1.0),
        (float("nan"), float("nan")),
        ([1, 2.0, "a"], [1.0, 2, "a"]),
        ([{"a": [1]}], [{"a": [1.0]}]),
        (None, None),
    ],
)
def test_values_that_are_written_otherwise_are_the_same(one: Param, other: Param) -> None:
    assert differing({"lr": one}, {"lr": other}) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (0.0, False),
        (1, "1"),
        (0.001, "0.001"),
        (None, "None"),
        (None, 0),
        (2**53, 2.0**53 + 2),
        ([1, 2], [2, 1]),
        ([1], [True]),
        ([1], [1, 1]),
        ([{"a": 1}], [{"b": 1}]),
        (0.0, float("nan")),
    ],
)
def test_values_of_other_types_or_other_elements_differ(one: Param, other: Param) -> None:
    assert differing({"lr": one}, {"lr": other}) == ["lr"]


def test_nested_values_are_compared_however_deep_they_are() -> None:
    deep: list[Any] = [1]
    other: list[Any] = [2]
    for _ in range(10_000):
        deep, other = [deep], [other]
    assert same(deep, deep)
    assert not same(deep, other)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5))
def test_every_value_is_what_it_is_itself(value: Param) -> None:
    assert same(value, value)


def test_params_stand_by_their_nested_names_and_numbers_by_their_size() -> None:
    keys = ["model.layers.10", "model.layers.2", "model-name", "model.depth", "lr"]
    assert differing({}, dict.fromkeys(keys, 1)) == [
        "lr", "model.depth", "model.layers.2", "model.layers.10", "model-name",
    ]  # fmt: skip


def test_a_param_that_is_not_there_is_another_thing_than_none() -> None:
    baseline = run(params={"lr": None, "old": 2, "kept": None})
    rows = params(baseline, [run(params={"new": 4, "kept": None})])
    assert [(row.key, row.baseline, row.values, row.changes) for row in rows] == [
        ("lr", None, (MISSING,), ("removed",)),
        ("new", MISSING, (4,), ("added",)),
        ("old", 2, (MISSING,), ("removed",)),
    ]


def test_a_param_has_one_row_for_all_candidates_and_what_is_the_same_comes_last_where_it_is_asked_for() -> None:
    baseline = run(params={"a": 1, "b": 2})
    candidates = [run(params={"a": 1.0, "b": 2}), run(params={"a": 1, "b": 3})]
    assert [(row.key, row.values, row.changes) for row in params(baseline, candidates)] == [
        ("b", (2, 3), ("same", "changed"))
    ]
    assert [(row.key, row.state) for row in params(baseline, candidates, everything=True)] == [
        ("b", "different"),
        ("a", "same"),
    ]


def test_a_run_differs_from_nothing_where_it_is_alone() -> None:
    assert params(run(params={"lr": 1}), []) == ()


def test_what_one_run_does_not_say_of_its_machine_may_differ_and_comes_after_what_does() -> None:
    here = Environment(python="3.11.7", gpu=["H100"], driver="535", determinism={"torch.deterministic": True})
    there = Environment(python="3.12.1", gpu=["H100"], determinism={"torch.deterministic": False})
    rows = environment(run(environment=here, seed=1), [run(environment=there, seed=1)])
    assert [(row.key, row.state) for row in rows] == [
        ("determinism.torch.deterministic", "different"),
        ("python", "different"),
        ("driver", "unknown"),
    ]


def test_data_is_told_apart_by_its_fingerprint_and_not_by_where_it_lies() -> None:
    def using(uri: str, fingerprint: str | None) -> Run:
        return run(data={"eval": DataRef(uri=uri, fingerprint=fingerprint)})

    baseline = using("a.npz", "blake3:1")
    candidates = [using("b.npz", "blake3:1"), using("a.npz", "blake3:2"), using("a.npz", None), run()]
    (row,) = data(baseline, [*candidates, using("a.npz", "md5:2")])
    assert row.changes == ("same", "changed", "unknown", "removed", "unknown")
    assert row.values[3] is MISSING


@pytest.mark.parametrize(
    ("line", "name", "version"),
    [
        ("torch==2.1.0+cu121", "torch", "2.1.0+cu121"),
        ("Ruamel_Yaml == 0.17", "ruamel-yaml", "0.17"),
        ("ray[tune,serve]==2.9; python_version > '3.8'", "ray", "2.9"),
        ("numpy=1.26.0=py311_0", "numpy", "1.26.0=py311_0"),
        ("numpy>=1.2,<2", "numpy", ">=1.2,<2"),
        ("numpy==1.26.0 \\", "numpy", "1.26.0"),
        ("numpy==1.26.0 --hash=sha256:aa  # pinned", "numpy", "1.26.0"),
        ("digits @ git+https://example.org/ana/d.git@abc", "digits", "git+https://example.org/ana/d.git@abc"),
        ("-e file:///home/ana/my_digits", "my-digits", "-e file:///home/ana/my_digits"),
        ("-e git+ssh://git@example.org/ana/d.git@abc#egg=My_Digits", "my-digits", None),
        ("git+ssh://git@example.org/ana/d.git@abc", "d", None),
        ("-e .", ".", "-e ."),
        ("hello", "hello", ""),
        ("no package at all", "no package at all", ""),
        ("== \x1b[31m", "== \x1b[31m", ""),
        ("-r more.txt", "-r more.txt", ""),
    ],
)
def test_lines_of_a_list_of_packages_are_read_as_pip_reads_them_or_kept(
    line: str, name: str, version: str | None
) -> None:
    assert packages(line) == {name: line if version is None else version}


def test_what_is_no_package_in_a_list_of_packages_is_passed_over() -> None:
    assert packages("# Python 3.11\n\n--extra-index-url https://example.org\n    --hash=sha256:aa\n") == {}


@given(st.text())
def test_no_list_of_packages_is_an_error(lock: str) -> None:
    assert all(packages(lock))


@pytest.mark.parametrize("line", ["a" + " " * 50_000 + "b", "a[" + "[" * 50_000, "-e " + "a" * 50_000 + "#" * 50_000])
def test_a_long_line_is_read_as_fast_as_it_is_long(line: str) -> None:
    assert len(packages(line)) == 1


def test_packages_came_went_or_changed_and_of_a_run_without_a_list_nothing_is_said() -> None:
    ours = "torch==2.1.0\nnumpy==1.26\nold==1\nsame==3\n"
    theirs = "torch==2.2.0\nnumpy==1.26.0\nnew==1\nsame==3\n"
    rows = package_rows(ours, [theirs, None, ours])
    assert [(row.key, row.baseline, row.values[0], row.changes) for row in rows] == [
        ("new", MISSING, "1", ("added", "unknown", "same")),
        ("numpy", "1.26", "1.26.0", ("changed", "unknown", "same")),
        ("old", "1", MISSING, ("removed", "unknown", "same")),
        ("torch", "2.1.0", "2.2.0", ("changed", "unknown", "same")),
    ]
    assert [row.key for row in package_rows(ours, [ours], everything=True)] == ["numpy", "old", "same", "torch"]
    assert package_rows(None, [theirs]) == ()
    assert package_rows(ours, [None]) == ()


@pytest.mark.parametrize(
    ("before", "after", "major"),
    [
        ("1.9.2", "2.0", True),
        ("1.9.2", "1.10", False),
        ("0.4.1", "0.5.0", True),
        ("0.4.1", "0.4.2", False),
        ("1!1.0", "1.0", True),
        ("9" * 5_000 + ".0", "1", True),
        ("1.0", "git+https://example.org/d.git@abc", False),
        ("1.0", MISSING, False),
    ],
)
def test_a_major_version_is_the_first_number_or_the_second_after_a_nought(before: str, after: Any, major: bool) -> None:
    assert is_major(before, after) is major


def test_command_lines_are_compared_argument_by_argument() -> None:
    ours = ["python", "train.py", "--lr", "1e-3", "--depth", "4", "--quiet"]
    theirs = ["python", "train.py", "--lr", "3e-4", "--depth", "8", "--amp", "--quiet"]
    assert [(each.baseline, each.candidate) for each in stretches(ours, theirs) if not each.same] == [
        (("1e-3",), ("3e-4",)),
        (("4",), ("8", "--amp")),
    ]


@given(st.lists(st.sampled_from("abc"), max_size=12), st.lists(st.sampled_from("abc"), max_size=12))
def test_all_stretches_together_are_both_command_lines(ours: list[str], theirs: list[str]) -> None:
    found = stretches(ours, theirs)
    assert [word for each in found for word in each.baseline] == ours
    assert [word for each in found for word in each.candidate] == theirs
    assert all(each.baseline or each.candidate for each in found)


def test_command_lines_of_many_thousand_arguments_differ_as_a_whole_between_their_ends() -> None:
    ours = ["a", *(f"x{number}" for number in range(50_000)), "z"]
    theirs = ["a", *(f"y{number}" for number in range(50_000)), "z"]
    assert [(len(each.baseline), each.same) for each in stretches(ours, theirs)] == [
        (1, True),
        (50_000, False),
        (1, True),
    ]
