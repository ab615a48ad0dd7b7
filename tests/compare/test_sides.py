"""Which runs are replicates of each other, and which of them count."""

import math
from collections import Counter

import pytest
from some_runs import a_run

from trackside.compare.methods import Methods
from trackside.compare.same_code import KnownCode
from trackside.compare.sides import seed_of, share_data, side_of_runs
from trackside.model.imported import fingerprint
from trackside.model.run import Code, DataRef


def ids(runs):
    return [run.id for run in runs]


def by_commit(run):
    return KnownCode(None, run.status == "finished", dict, lambda: run.code.commit)


def side(run, *others, ignored=()):
    return Methods([run, *others], by_commit, ignored).side(run)


def test_runs_that_differ_in_the_seed_alone_are_replicates():
    one, other = a_run(params={"lr": 0.1, "seed": 1}), a_run(params={"lr": 0.1, "seed": 2})
    assert ids(side(one, other).runs) == ids([one, other])


@pytest.mark.parametrize("key", ["seed", "train.random_state", "model.manual_seed"])
def test_a_seed_may_be_nested_and_have_any_usual_name(key):
    one, other = a_run(params={key: 1}), a_run(params={key: 2})
    assert len(side(one, other).runs) == 2
    assert seed_of(other) == 2


def test_the_seed_that_init_was_given_counts_before_a_param():
    assert seed_of(a_run(seed=7, params={"seed": 3})) == 7


@pytest.mark.parametrize(
    "otherwise",
    [
        {"params": {"lr": 0.2}},
        {"params": {"lr": 0.1, "wd": 0.0}},
        {"params": {"lr": 0.1}, "data": {"val": DataRef(uri="val.npz", fingerprint="blake3:bb")}},
        {"params": {"lr": 0.1}, "code": Code(commit="b")},
        {"params": {"lr": 0.1}, "project": "q"},
        {"params": {"lr": 0.1}, "archived": True},
    ],
)
def test_other_params_data_code_or_project_make_another_method(otherwise):
    one = a_run(params={"lr": 0.1}, code=Code(commit="a"))
    other = a_run(**({"code": Code(commit="a")} | otherwise))
    assert ids(side(one, other).runs) == [one.id]


def test_numbers_are_compared_by_their_value():
    one, other = a_run(params={"lr": 1, "widths": [1, 2]}), a_run(params={"lr": 1.0, "widths": [1.0, 2]})
    assert len(side(one, other).runs) == 2
    assert len(side(one, a_run(params={"lr": True, "widths": [1, 2]})).runs) == 1


def test_params_that_a_project_ignores_do_not_tell_methods_apart():
    one, other = a_run(params={"num_workers": 4}), a_run(params={"num_workers": 8})
    assert len(side(one, other).runs) == 1
    assert len(side(one, other, ignored=["num_*"]).runs) == 2


def test_seeds_that_did_not_end_well_are_left_out_and_not_forgotten():
    good, bad, going = a_run(), a_run(status="crashed"), a_run(status="running")
    found = side(good, bad, going)
    assert (ids(found.runs), ids(found.left_out), ids(found.going)) == ([good.id], [bad.id], [going.id])
    assert found.begun == 3


def test_archived_seeds_do_not_count_and_are_not_forgotten():
    runs = [a_run(seed=1), a_run(seed=2, archived=True), a_run(seed=3, status="failed", archived=True)]
    other = a_run(seed=4, archived=True, params={"lr": 0.2})
    found = side(*runs, other)
    assert (ids(found.runs), ids(found.archived), found.left_out, found.begun) == (ids(runs[:1]), ids(runs[1:]), (), 1)


def test_an_archived_run_that_is_named_stands_for_its_replicates_and_counts_only_where_all_are_archived():
    run, other = a_run(archived=True), a_run()
    found = side(run, other)
    assert (ids(found.runs), ids(found.archived)) == ([other.id], [run.id])
    older = a_run(archived=True, created=-1.0)
    alone = side(run, older)
    assert (ids(alone.runs), alone.archived) == ([run.id, older.id], ())


def test_a_nan_is_the_same_setting_as_another_nan():
    one, other = (a_run(params={"clip": math.nan, "clips": [0.5, math.nan]}) for _ in range(2))
    assert len(side(one, other).runs) == 2
    assert len(side(one, a_run(params={"clip": 0.5, "clips": [0.5, math.nan]})).runs) == 1


def code_of(files, commit, **more):
    """A run and how its code is known: by the files that it imported, or None, and the commit."""
    run = a_run(code=Code(commit=commit, imported_hash=files and fingerprint(files)), **more)
    return run, KnownCode(run.code.imported_hash, run.status == "finished", lambda: files or {}, lambda: commit)


def sides_of(*runs_and_codes):
    """The replicates by each run, as names of the runs."""
    known = {run.id: code for run, code in runs_and_codes}
    methods = Methods([run for run, _ in runs_and_codes], lambda run: known[run.id])
    return [{other.name for other in methods.side(run).all_runs} for run, _ in runs_and_codes]


def test_which_run_is_named_makes_no_other_side():
    """Of one the files are not known, and the others have these in common and not the commit."""
    runs = [
        code_of(None, "c1", name="x"),
        code_of({"train.py": "1"}, "c1", name="y"),
        code_of({"train.py": "1"}, "c2", name="z"),
    ]
    assert sides_of(*runs) == [{"x", "y", "z"}] * 3


def test_a_run_whose_files_are_not_known_makes_no_replicates_of_runs_of_other_files():
    runs = [
        code_of(None, "c1", name="x"),
        code_of({"train.py": "1"}, "c1", name="y"),
        code_of({"train.py": "1", "ignored.py": "2"}, "c1", name="z"),
    ]
    assert sides_of(*runs) == [{"x", "y", "z"}] * 3
    other = code_of({"train.py": "1", "ignored.py": "3"}, "c1", name="other")
    assert sides_of(*runs, other) == [{"x"}, {"y"}, {"z"}, {"other"}]


def test_a_run_that_may_have_been_on_the_way_to_two_methods_is_missing_in_both():
    runs = [
        code_of({"train.py": "1", "model.py": "2"}, "c1", name="one"),
        code_of({"train.py": "1", "model.py": "3"}, "c2", name="two"),
    ]
    failed = code_of({"train.py": "1"}, "c3", name="failed", status="failed")
    assert sides_of(*runs, failed) == [{"one", "failed"}, {"two", "failed"}, {"failed"}]
    failed = code_of({"train.py": "1"}, "c2", name="failed", status="failed")
    assert sides_of(*runs, failed) == [{"one"}, {"two", "failed"}, {"failed"}]


def test_methods_are_found_whole_and_once_by_some_of_their_runs():
    good, bad, other = a_run(seed=1), a_run(seed=2, status="failed"), a_run(seed=3, params={"lr": 0.2})
    methods = Methods([good, bad, other], by_commit)
    assert [ids(found.all_runs) for found in methods.sides([bad, other, good])] == [[good.id, bad.id], [other.id]]
    assert [ids(found.all_runs) for found in methods.sides([bad])] == [[good.id, bad.id]]


def test_runs_are_told_apart_by_looking_at_the_code_of_each_once():
    """Of one method, and of as many methods as there are runs."""
    looked = Counter()

    def known_by(run):
        looked[run.id] += 1
        return by_commit(run)

    for keys in ([], ["lr"]):
        runs = [a_run(seed=n, params=dict.fromkeys(keys, n)) for n in range(500)]
        assert sum(found.begun for found in Methods(runs, known_by).sides(runs)) == len(runs)
    assert set(looked.values()) == {1}


def test_where_no_run_has_ended_those_that_go_on_count():
    going = [a_run(status="running"), a_run(status="running")]
    found = side_of_runs(going)
    assert (found.runs, found.left_out, found.begun) == (tuple(going), (), 2)


def test_a_run_that_is_named_counts_however_it_ended():
    failed = a_run(status="failed")
    assert side_of_runs([failed]).runs == (failed,)


def test_folds_of_one_seed_are_one_side_and_told_apart_from_seeds():
    folds = [a_run(params={"fold": fold}) for fold in range(3)]
    assert len(side(*folds).runs) == 3
    assert share_data(side(*folds))
    assert not share_data(side_of_runs([a_run(seed=1), a_run(seed=2)]))


def test_a_seed_that_was_run_again_to_its_end_is_not_missing():
    crashed = a_run(seed=1, status="crashed")
    assert side_of_runs([a_run(seed=1), a_run(seed=2), crashed]).left_out == ()
    assert side_of_runs([a_run(seed=3), a_run(seed=2), crashed]).left_out == (crashed,)


def test_runs_that_differ_in_a_param_that_rarely_matters_are_named_by_it():
    run = a_run(params={"lr": 0.1, "num_workers": 4, "out_dir": "a"})
    others = [
        a_run(params={"lr": 0.1, "num_workers": 8, "out_dir": "a"}),
        a_run(params={"lr": 0.1, "num_workers": 2, "out_dir": "a"}),
        a_run(params={"lr": 0.2, "num_workers": 8, "out_dir": "a"}),
        a_run(params={"lr": 0.1, "num_workers": 8, "out_dir": "b"}),
        a_run(params={"lr": 0.1, "num_workers": 4, "out_dir": "a"}),
    ]
    assert Methods([run, *others], by_commit).near(run) == {"num_workers": others[:2]}
    assert Methods([run, *others], by_commit, ["num_workers"]).near(run) == {"out_dir": [others[3]]}


def test_a_failed_run_that_is_named_stands_for_itself():
    good, failed = a_run(seed=1), a_run(seed=2, status="failed")
    assert ids(side(failed, good).runs) == [failed.id]


def test_a_fold_that_failed_is_missing_even_where_another_fold_has_its_seed():
    whole, failed = a_run(seed=0, params={"fold": 0}), a_run(seed=0, params={"fold": 1}, status="failed")
    assert side_of_runs([whole, failed]).left_out == (failed,)


def test_a_seed_that_was_read_from_a_text_is_the_same_seed():
    assert seed_of(a_run(params={"seed": "7"})) == seed_of(a_run(seed=7))
