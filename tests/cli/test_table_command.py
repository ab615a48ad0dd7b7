"""`trackside table`: a pivot of real runs in every format, and what it refuses."""

import csv
import io
import json

import pytest
from foreign_runs import samples

import trackside

ACCURACY = {"cnn": 0.90, "vit": 0.95}


def record(store, model, seed, accuracy, *, eval_set, lr=0.1, fails=False, **params):
    params = {"model": model, "lr": lr, "seed": seed, **params}
    data = {"eval": str(eval_set)}
    with trackside.init(project="paper", params=params, seed=seed, data=data, store=store, quiet=True) as run:
        run.define_metric("val/accuracy", goal="max", primary=True, eval_data="eval")
        for step in range(3):
            run.log({"val/accuracy": accuracy + 0.01 * min(step, 1) + 0.001 * seed, "train/loss": 1.0 / (seed + 1)})
        if fails:
            raise RuntimeError("out of memory")


@pytest.fixture(scope="module")
def paper(tmp_path_factory):
    """Two models × two learning rates × four seeds; one seed of one cell failed, one cell has two seeds."""
    root = tmp_path_factory.mktemp("paper")
    eval_set = root / "eval.txt"
    eval_set.write_text("one set")
    store = root / "store"
    for model, accuracy in ACCURACY.items():
        for lr in (0.1, 0.01):
            for seed in range(2 if (model, lr) == ("cnn", 0.01) else 4):
                record(store, model, seed, accuracy, lr=lr, eval_set=eval_set)
    with pytest.raises(RuntimeError):
        record(store, "cnn", 4, 0.9, eval_set=eval_set, fails=True)
    return store


TABLE = ("table", "--rows", "model", "--cols", "lr", "--value", "best(val/accuracy)")


def test_a_table_has_a_row_for_each_model_and_a_column_for_each_learning_rate(call, paper):
    said = call(*TABLE, on=paper)
    assert said.status == 0
    title, heads, cnn, vit, *notes = said.out.splitlines()
    assert title == "best(val/accuracy) by model and lr"
    assert heads.split() == ["model", "lr=0.01", "lr=0.1"]
    assert "0.91, 0.911 (2)" in cnn
    assert "0.9115 ± 0.0021 (4 of 5) [a]" in cnn
    assert vit.count("*0.9615 ± 0.0021 (4)") == 2
    assert "[a] 1 failed" in notes
    assert any(note.startswith("Eval data: the same for all runs (blake3:") for note in notes)


def test_the_same_figures_stand_in_every_format(call, paper):
    assert "| vit   | **0.9615 ± 0.0021** (4) |" in call(*TABLE, "--md", on=paper).out
    assert r"vit & $\mathbf{0.9615 \pm 0.0021}$ (4) &" in call(*TABLE, "--latex", on=paper).out
    said = call(*TABLE, "--csv", on=paper)
    cells = {(row["model"], row["lr"]): row for row in csv.DictReader(io.StringIO(said.out))}
    assert float(cells["vit", "0.1"]["mean"]) == pytest.approx(0.9615)
    assert (cells["cnn", "0.1"]["n"], cells["cnn", "0.1"]["of"], cells["cnn", "0.1"]["note"]) == ("4", "5", "1 failed")
    assert "95 % confidence interval" in said.err
    assert "bold: the best mean and those not significantly worse." in said.err
    assert "*" not in said.err
    document = json.loads(call(*TABLE, "--json", on=paper).out)
    assert document["values"][0]["goal"] == "max"
    assert [cell["bold"] for cell in document["values"][0]["cells"]] == [False, False, True, True]


def test_a_filter_chooses_the_runs_and_stands_in_the_caption(call, paper):
    said = call("table", "model:cnn", "status:finished", *TABLE[1:], on=paper).out
    assert "vit" not in said
    assert "of 5" not in said
    assert "Of the runs that match model:cnn status:finished." in said


def test_several_keys_and_several_values(call, paper):
    said = call("table", "--rows", "model,lr", "--value", "val/accuracy", "--value", "min(train/loss)", on=paper).out
    heads, *rows = said.splitlines()[1:6]
    assert heads.split() == ["model", "lr", "val/accuracy", "min(train/loss)"]
    assert [row.split()[:2] for row in rows] == [["cnn", "0.01"], ["cnn", "0.1"], ["vit", "0.01"], ["vit", "0.1"]]
    assert "Nothing of min(train/loss) is marked as best" in said
    assert "Eval data of min(train/loss) unverified for 14 runs." in said


def test_params_that_differ_within_a_cell_are_named_and_seeds_are_not(call, paper):
    said = call("table", "--rows", "model", "--value", "val/accuracy", on=paper).out
    assert "mixes lr" in said
    assert "±" not in said
    assert "Nothing is marked as best: no two cells could be tested." in said
    assert "mixes" not in call(*TABLE, on=paper).out


@pytest.fixture
def mixed(paper, tmp_path, store):
    """A store of its own where one model was evaluated on other data: a byte of it changed."""
    eval_set = tmp_path / "eval.txt"
    for model, accuracy in ACCURACY.items():
        eval_set.write_text(f"data of {model}")
        for seed in range(3):
            record(store, model, seed, accuracy, eval_set=eval_set)
    return store


def test_unlike_eval_data_are_refused_and_both_fingerprints_are_named(call, mixed):
    said = call("table", "project:paper", *TABLE[1:])
    assert (said.status, said.out) == (1, "")
    assert said.err.count("blake3:") == 2
    assert said.err.count("\n") == 1
    assert "--mix-eval-data" in said.err


def test_whoever_is_refused_is_told_the_files_and_which_runs_are_the_odd_ones(call, paper, tmp_path, store):
    eval_set = tmp_path / "other.txt"
    eval_set.write_text("another set")
    for seed in range(4):
        record(store, "cnn", seed, 0.9, eval_set=paper.parent / "eval.txt")
        record(store, "vit", seed, 0.9, eval_set=eval_set)
    record(store, "cnn", 9, 0.9, eval_set=paper.parent / "eval.txt")
    names = [run["name"] for run in json.loads(call("ls", "project:paper model:vit", "--json").out)]
    said = call("table", "project:paper", *TABLE[1:]).err
    assert "… of eval.txt (5 runs) and blake3:" in said
    assert "… of other.txt (4 runs): " in said
    odd = said.partition("(4 runs): ")[2].partition(" and 1 more; ")[0].split(", ")
    assert (len(odd), set(odd) < set(names)) == (3, True)


@pytest.mark.parametrize("format_", [[], ["--md"], ["--latex"], ["--csv"], ["--json"]])
def test_told_to_mix_eval_data_every_format_says_so_and_claims_nothing_across_them(call, mixed, format_):
    said = call("table", "project:paper", *TABLE[1:], "--mix-eval-data", *format_)
    assert said.status == 0
    printed = said.out + said.err
    assert "Unlike eval data are mixed" in printed
    assert "0.961" in printed
    for mark in ("*0.9", "**0.9", r"\mathbf", ",true,", '"bold": true'):
        assert mark not in printed


def test_what_a_person_acknowledged_to_be_the_same_data_may_stand_in_one_table(call, mixed):
    from trackside.model.run import Acknowledgement
    from trackside.services.places.opening import open_store
    from trackside.store.decisions import acknowledged

    with_data = json.loads(call("ls", "project:paper", "--json").out)
    one, other = sorted({run["data"]["eval"]["fingerprint"] for run in with_data})
    opened = open_store(str(mixed))
    said = Acknowledgement(code="eval_data", baseline=one, candidate=other, note="only the header changed", time=1.0)
    opened.editor().set_project("paper", acknowledged(said))
    opened.close()
    found = call("table", "project:paper", *TABLE[1:])
    assert found.status == 0
    sentence = f"{one[:19]}… (3 runs) and {other[:19]}… (3 runs) were acknowledged to be the same"
    assert f"{sentence}: only the header changed." in found.out
    assert f"Eval data: acknowledged to be the same for all runs ({one[:19]}…)." in found.out
    record(mixed, "cnn", 7, 0.9, eval_set=__file__)
    refused = call("table", "project:paper", *TABLE[1:])
    assert refused.status == 1
    assert all(fingerprint[:19] in refused.err for fingerprint in (one, other))
    assert "acknowledged to be the same as" in refused.err
    assert found.out.count("*0.9") == 1


def test_unverified_eval_data_are_counted(call, store):
    for seed in range(3):
        with trackside.init(project="bare", params={"model": "a"}, seed=seed, store=store, quiet=True) as run:
            run.log({"accuracy": 0.5 + seed})
    said = call("table", "project:bare", "--rows", "model", "--value", "accuracy").out
    assert "Eval data unverified for 3 runs." in said


def test_a_cell_of_a_seed_that_ran_twice_says_so(call, store):
    for seed in (1, 1, 2, 3):
        with trackside.init(project="twice", params={"model": "a"}, seed=seed, store=store, quiet=True) as run:
            run.log({"accuracy": 0.5 + seed})
    said = call("table", "project:twice", "--rows", "model", "--value", "accuracy").out
    assert "(3)" in said
    assert "1 seed was run again: averaged." in said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--rows", "modle", "--value", "val/accuracy"], "no column 'modle', did you mean model?"),
        (["--rows", "model", "--value", "lr"], "lr is no metric; write METRIC, best(METRIC)"),
        (["--rows", "model", "--value", "best"], "best of which metric? Write best(val/accuracy)"),
        (["--rows", "model", "--value", "best(acuracy)"], "no column 'best(acuracy)'"),
        (["--rows", "model", "--value", "val/accuracy", "--md", "--csv"], "one of them"),
        (["--rows", "model", "--value", "val/accuracy", "name:nobody"], "no run matches this filter"),
        (["--rows", "model", "--value", "val/accuracy", "status:finnished"], "did you mean finished?"),
        (["--rows", ",", "--value", "val/accuracy"], "--rows names no key"),
        (["--value", "val/accuracy"], "Missing option '--rows'"),
        (["--rows", "model", "--value", "val/accuracy", "--name", "lr=x"], "the table has model, val/accuracy"),
        (["--rows", "model", "--value", "val/accuracy", "--name", "model"], "--name model: it is KEY=TEXT"),
        (["--rows", "model", "--value", ","], "--value names nothing"),
    ],
)
def test_a_mistaken_call_ends_with_a_line_that_says_what_to_do(call, paper, arguments, says):
    said = call("table", *arguments, on=paper)
    assert (said.status, said.out) == (2, "")
    assert says in said.err
    assert said.err.count("\n") == 1


def test_a_metric_without_a_goal_has_no_best(call, store):
    with trackside.init(project="odd", params={"model": "a"}, store=store, quiet=True) as run:
        run.log({"wobble": 1.0})
    said = call("table", "project:odd", "--rows", "model", "--value", "best(wobble)")
    assert said.status == 2
    assert "define_metric(goal=…) says it" in said.err
    assert (
        "whether small or large is better is not known"
        in call("table", "project:odd", "--rows", "model", "--value", "wobble").out
    )


def test_rows_are_in_a_persons_order_and_runs_without_the_key_come_last(call, store):
    for depth in (10, 9, None):
        params = {"size": f"{depth or 100}m"} | ({} if depth is None else {"depth": depth})
        with trackside.init(project="order", params=params, store=store, quiet=True) as run:
            run.log({"accuracy": 0.5})
    for key, expected in (("depth", ["9", "10", "–"]), ("size", ["9m", "10m", "100m"])):
        said = call("table", "project:order", "--rows", key, "--value", "accuracy").out
        assert [row.split()[0] for row in said.splitlines()[2:5]] == expected


def test_names_from_runs_never_steer_the_terminal(call, store):
    with trackside.init(project="odd", params={"model": "a\x1b[31m"}, store=store, quiet=True) as run:
        run.log({"accuracy": 1.0})
    for format_ in ([], ["--md"], ["--latex"], ["--csv"]):
        said = call("table", "project:odd", "--rows", "model", "--value", "accuracy", *format_)
        assert "\x1b" not in said.out + said.err


def record_plain(store, project, model, seed, values, *, goal=None, primary=None, eval_data=None, **params):
    params = {"model": model, **params}
    with trackside.init(project=project, params=params, seed=seed, store=store, quiet=True) as run:
        if goal is not None:
            run.define_metric("quality", goal=goal, eval_data=eval_data)
        if primary is not None:
            run.define_metric(primary, primary=True)
        for value in values:
            run.log({"quality": value} | ({} if primary is None else {primary: 1.0}))


def test_a_run_that_ended_in_nan_is_told_though_its_best_value_is_finite(call, store):
    for seed in range(3):
        record_plain(store, "nan", "a", seed, [0.5 + seed, float("nan") if seed == 0 else 0.4], goal="max")
    said = call("table", "project:nan", "--rows", "model", "--value", "best(quality)").out
    assert "1.5, 2.5 (2 of 3) [a]" in said
    assert "[a] 1 diverged" in said


def test_the_best_of_many_evaluations_is_not_set_above_that_of_few_and_the_last_value_is(call, store):
    for model, evaluations in (("a", 10), ("b", 20)):
        for seed in range(3):
            record_plain(store, "often", model, seed, [evaluations + 0.1 * seed] * evaluations, goal="max")
    best = call("table", "project:often", "--rows", "model", "--value", "best(quality)").out
    assert "chosen from 10 to 20 evaluations a run" in best
    assert "*20.1" not in best
    assert "*20.1" in call("table", "project:often", "--rows", "model", "--value", "quality").out


def test_fewer_seeds_than_the_project_plans_are_not_tested(call, store):
    for model in ("a", "b"):
        for seed in range(3):
            record_plain(store, "plan", model, seed, [ord(model) + 0.1 * seed], goal="max")
    table = ("table", "project:plan", "--rows", "model", "--value", "quality")
    assert "*98.1" in call(*table).out
    assert call("baseline", "--project", "plan", "--seeds", "5").status == 0
    said = call(*table).out
    assert "*98.1" not in said
    assert "2 cells (fewer than the 5 seeds planned)" in said


@pytest.mark.parametrize(("goals", "says"), [(("max", None), "larger is better"), (("max", "min"), "do not agree")])
def test_a_goal_that_some_runs_do_not_know_is_that_of_the_others_and_two_goals_are_none(call, store, goals, says):
    for model, goal in zip("ab", goals, strict=True):
        for seed in range(3):
            record_plain(store, "goals", model, seed, [ord(model) + 0.1 * seed], goal=goal)
    assert says in call("table", "project:goals", "--rows", "model", "--value", "quality").out


def test_runs_of_wandb_mlflow_and_a_store_stand_in_one_table(call, paper, tmp_path):
    foreign = samples(["wandb", "mlflow"], tmp_path / "foreign")
    places = ("--store", str(paper), "--store", str(foreign))
    said = call("table", *places, "--rows", "source", "--value", "train/loss", on=None)
    assert said.status == 0
    mlflow, own, wandb = said.out.splitlines()[2:5]
    assert mlflow.split() == ["mlflow", "0.1,", "0.1", "(2", "of", "10)", "[a]"]
    assert own.startswith("trackside  0.5208 (4 of 5) [b]")
    assert wandb.split() == ["wandb", "0.04861", "(1", "of", "4)", "[c]"]
    assert "[a] 2 crashed, 2 failed, 2 killed, 2 without a value" in said.out


def test_a_value_where_the_primary_was_best_of_many_is_not_set_above_that_of_few(call, store):
    for model, evaluations in (("a", 10), ("b", 20)):
        for seed in range(3):
            record_plain(store, "often", model, seed, [evaluations + 0.1 * seed] * evaluations, goal="max")
    assert call("goal", "quality", "--primary", "--project", "often").status == 0
    found = call("table", "project:often", "--rows", "model", "--value", "at_best(quality)").out
    assert "chosen from 10 to 20 evaluations a run" in found


def test_runs_that_are_judged_by_other_metrics_are_not_compared_where_those_were_best(call, store):
    for model, primary in (("a", "loss"), ("b", "error")):
        for seed in range(3):
            record_plain(store, "judged", model, seed, [ord(model) + 0.1 * seed], goal="max", primary=primary)
    found = call("table", "project:judged", "--rows", "model", "--value", "at_best(quality)").out
    assert "Nothing is marked as best: runs are judged by other primary metrics (error, loss)." in found
    assert "*98.1" in call("table", "project:judged", "--rows", "model", "--value", "quality").out


def test_data_of_other_roles_is_compared_only_where_a_person_says_that_it_is_the_same(call, store):
    for model, role in (("a", "val"), ("b", "test")):
        for seed in range(3):
            record_plain(store, "roles", model, seed, [ord(model) + 0.1 * seed], goal="max", eval_data=role)
    table = ("table", "project:roles", "--rows", "model", "--value", "quality")
    assert "Nothing is marked as best: it is measured on data of other roles (test, val)." in call(*table).out
    one, other = ("project:roles model=b", "project:roles model=a")
    said = call("compare", one, "--baseline", other, "--acknowledge", "eval_role", "--note", "one folder")
    assert said.status == 0
    found = call(*table).out
    assert "*98.1" in found
    assert "test (3 runs) were acknowledged to be the same: one folder." in found


def test_archived_runs_that_match_are_told_of_in_their_cell_and_bar_nothing(call, store):
    for model in ("a", "b"):
        for seed in range(5):
            record_plain(store, "away", model, seed, [ord(model) + 0.1 * seed], goal="max")
    assert call("archive", "--filter", "project:away model=b (seed:3 or seed:4)").status == 0
    said = call("table", "project:away", "--rows", "model", "--value", "quality").out
    assert "*98.1" in said
    assert said.count("[a]") == 2
    assert "[a] 2 archived and left out" in said
    one_seed = call("table", "project:away seed<=3", "--rows", "model", "--value", "quality").out
    assert "[a] 1 archived and left out" in one_seed
    asked_for = call(
        "table", "project:away (archived:true or archived:false)", "--rows", "model", "--value", "quality"
    ).out
    assert "archived and left out" not in asked_for
    assert "98.2" in asked_for


def test_a_seed_that_failed_and_was_run_again_to_its_end_is_not_missing(call, paper, store):
    eval_set = paper.parent / "eval.txt"
    for model, accuracy in ACCURACY.items():
        for seed in range(3):
            record(store, model, seed, accuracy, eval_set=eval_set)
    with pytest.raises(RuntimeError):
        record(store, "cnn", 1, 0.9, eval_set=eval_set, fails=True)
    table = ("table", "project:paper", *TABLE[1:])
    assert "*0.961" in (said := call(*table).out)
    assert "of 4" not in said
    with pytest.raises(RuntimeError):
        record(store, "cnn", 7, 0.9, eval_set=eval_set, fails=True)
    assert "(3 of 4) [a]" in call(*table).out


def test_several_values_may_be_listed_in_one_option_also_statistics(call, paper):
    one = call(*TABLE[:3], "--value", "val/accuracy,best(val/accuracy), min(train/loss)", on=paper)
    several = [
        part for value in ("val/accuracy", "best(val/accuracy)", "min(train/loss)") for part in ("--value", value)
    ]
    assert one.status == 0
    assert one.out == call(*TABLE[:3], *several, on=paper).out


def test_a_metric_with_a_comma_in_its_name_is_one_value(call, store):
    with trackside.init(project="comma", params={"model": "a"}, store=store, quiet=True) as run:
        run.log({"top1,5": 0.5})
    said = call("table", "project:comma", "--rows", "model", "--value", "top1,5").out
    assert said.splitlines()[1].split() == ["model", "top1,5"]


def test_how_long_runs_took_stands_beside_what_they_reached_without_a_best_one(call, paper):
    said = call(*TABLE[:3], "--value", "val/accuracy,duration,step", on=paper).out
    _, heads, *_ = said.splitlines()
    assert heads.split() == ["model", "val/accuracy", "duration", "(s)", "step"]
    assert "Nothing of duration (s) is marked as best: it is no metric." in said
    assert "Eval data: the same for all runs" in said
    assert "unverified" not in said
    (found,) = json.loads(call(*TABLE[:3], "--value", "duration", "--json", on=paper).out)["values"]
    runs = {run["id"]: run for run in json.loads(call("ls", "--json", on=paper).out)}
    for cell in found["cells"]:
        took = [runs[run]["duration_s"] for run in cell["runs"] if runs[run]["status"] == "finished"]
        assert 0 < cell["mean"] <= max(took)


def test_names_stand_for_keys_and_values_in_print(call, paper):
    named = ("--name", "best(val/accuracy)=Accuracy", "--name", "model=Model = net", "--name", "lr=")
    title, heads, *_ = call(*TABLE, *named, on=paper).out.splitlines()
    assert title == "Accuracy by Model = net"
    assert heads.split() == ["Model", "=", "net", "0.01", "0.1"]
    for format_ in ("--md", "--latex", "--csv"):
        said = call(*TABLE, *named, format_, on=paper).out
        assert "Model = net" in said
        assert "Accuracy" in said
        assert "best(val" not in said
    document = json.loads(call(*TABLE, *named, "--json", on=paper).out)
    assert (document["rows"], document["values"][0]["value"]) == (["model"], "best(val/accuracy)")


def test_a_caption_in_latex_is_short_and_says_of_unlike_data_and_the_rest_stands_below(call, mixed):
    said = call("table", "project:paper", *TABLE[1:], "--mix-eval-data", "--latex").out
    caption, rest = said.partition("\\caption{")[2].split("\n", 1)
    assert "Unlike eval data are mixed" in caption
    assert "Of the runs that match project:paper." not in caption
    assert "Of the runs that match project:paper." in rest
