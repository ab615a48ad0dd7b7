"""The filter language: what a filter finds, and how a mistake in one is pointed at."""

import math
from datetime import datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackside.query.fields import FIELDS
from trackside.services.table.asked import SortKey
from trackside.services.table.selecting import Query, View, select, varying_columns

NOW = datetime(2026, 11, 23, 12, 0).astimezone().timestamp()
DAY = 86_400.0

RUNS = [
    {"name": "wide", "tags": ["baseline", "big"], "status": "finished", "param.lr": 1e-3, "metric.val/acc": 0.91},
    {"name": "deep", "tags": ["big"], "status": "failed", "param.lr": 1e-2, "metric.val/acc": 0.52, "group": "sweep"},
    {
        "name": "tiny run",
        "tags": [],
        "status": "running",
        "param.lr": None,
        "metric.val/acc": None,
        "notes": "dropout?",
    },
    {"name": "lost", "tags": ["debug"], "status": "crashed", "param.lr": 0.1, "metric.val/acc": math.nan},
    {"name": "old", "tags": ["debug"], "status": "killed", "param.lr": 0.1, "metric.val/acc": 0.1, "archived": True},
]
AGES = [0.5, 2, 3, 20, 40]


def table() -> pl.DataFrame:
    rows = [
        {
            "id": f"01K0000000000000000000000{place}",
            "project": "digits",
            "group": None,
            "user": "ana",
            "host": "gpu3",
            "store": None,
            "source": "trackside",
            "source_id": None,
            "address": None,
            "notes": "",
            "traceback": None,
            "primary": "val/acc",
            "command": "python train.py",
            "health": ["nonfinite:val/acc"] if run["name"] == "lost" else [],
            "created": NOW - AGES[place] * DAY,
            "ended": None if run["status"] == "running" else NOW - AGES[place] * DAY + 7_200,
            "duration_s": None if run["status"] == "running" else 7_200.0,
            "last_point": None,
            "archived": False,
            "exit_code": None,
            "seed": place,
            "step": 10 * place,
            "total_steps": None,
            "param.model.depth": ["4", "8", "4", "auto", "4"][place],
            "param.a key": 1.0 if place == 1 else None,
            "min.val/acc": 0.01 * place,
            "best.val/acc": 0.9 - 0.1 * place,
            **run,
        }
        for place, run in enumerate(RUNS)
    ]
    words = dict.fromkeys(("group", "traceback", "notes", "store", "source_id", "address"), pl.String)
    lists = dict.fromkeys(("tags", "health"), pl.List(pl.String))
    numbers = dict.fromkeys(("last_point", "ended"), pl.Float64) | dict.fromkeys(("exit_code", "total_steps"), pl.Int64)
    return pl.DataFrame(rows, schema_overrides={**words, **lists, **numbers})


FRAME = table()


def view(filter_: str, *sort: SortKey) -> View:
    return select(FRAME, Query(filter_, sort) if sort else Query(filter_), NOW)


def names(filter_: str) -> list[str]:
    found = view(filter_)
    assert found.error is None, found.error
    return [row[0] for row in found.rows(0, len(found), ["name"])]


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ("", "wide deep tiny-run lost"),
        ("tag:big", "wide deep"),
        ("tag:baseline,debug", "wide lost"),
        ("-tag:debug", "wide deep tiny-run"),
        ("source:trackside", "wide deep tiny-run lost"),
        ("source:wandb", ""),
        ("tag:ba*", "wide"),
        ("tag:ba", ""),
        ('tag:"ba*"', ""),
        ("name~^.e", "deep"),
        ("name:*e*", "wide deep"),
        ("status:failed or status:crashed", "deep lost"),
        ("not (status:failed or status:crashed)", "wide tiny-run"),
        ("status:failed,crashed tag:big", "deep"),
        ("status:failed AND tag:big", "deep"),
        ("lr<=1e-2", "wide deep"),
        ("lr < 1e-2", "wide"),
        ("not lr<1e-2", "deep lost"),
        ("lr:0.1", "lost"),
        ("-lr:0.1", "wide deep tiny-run"),
        ("lr=1e-1", "lost"),
        ("val/acc>0.5", "wide deep"),
        ("val/acc<0.6", "deep"),
        ("not val/acc<0.6", "wide"),
        ("val/acc:nan", "lost"),
        ("metric.val/acc>0.9", "wide"),
        ("last(val/acc)>0.9", "wide"),
        ("best(val/acc)>=0.8", "wide deep"),
        ("min(val/acc)<0.015", "wide deep"),
        ("param.lr:0.1", "lost"),
        ("model.depth:4", "wide tiny-run"),
        ("model.depth>4", "deep"),
        ('"a key":1', "deep"),
        ("param.model.depth:auto", "lost"),
        ("since:7d", "wide deep tiny-run"),
        ("until:7d", "lost"),
        ("created>2026-11-21", "wide"),
        ("created<=2026-11-20", "tiny-run lost"),
        ("created:2026-11-21", "deep"),
        ("age<36h", "wide"),
        ("duration>1h", "wide deep tiny-run lost"),
        ("duration>1d", "tiny-run"),
        ("dropout", "tiny-run"),
        ("DROPOUT", "tiny-run"),
        ("sweep", ""),
        ("group:sweep", "deep"),
        ("-group:sweep", "wide tiny-run lost"),
        ("health:nonfinite", "lost"),
        ("archived:true", "old"),
        ("status:killed", ""),
        ("seed>=2 seed<4", "tiny-run lost"),
        ('"tiny run"', "tiny-run"),
        ("00003", "lost"),
        ('"depth=auto"', "lost"),
        ("auto", "lost"),
        ("lr", "wide deep lost"),
        ("-dropout", "wide deep lost"),
        ("0.1", "lost"),
        ("model.depth:4.0", "wide tiny-run"),
        ('metric."val/acc">0.9', "wide"),
        ('param."a key":1', "deep"),
        ("-health:nonfinite", "wide deep tiny-run"),
        ('health:"nonfinite:val/acc"', "lost"),
        ("tag:b", ""),
        ("until:2026-11-20", "lost"),
        ("created:2026-11-20,", None),
        ("model.depth~^a", "lost"),
        (r'name~"^\w+ run$"', "tiny-run"),
        (r'name~"^tiny\\srun$"', "tiny-run"),
        (r'name~"^tiny\.run$"', ""),
        ("group:*", "deep"),
        ("lr:*", "wide deep lost"),
        ("exit_code:0", ""),
        ("not (lr<1e-2 or lr>=0.05)", "deep"),
        ("-archived:true tag:debug", "lost"),
    ],
)
def test_a_filter_finds(filter_, expected):
    if expected is None:
        assert view(filter_).error is not None
        return
    assert " ".join(name.replace(" ", "-") for name in names(filter_)) == expected


@pytest.mark.parametrize(
    ("filter_", "place", "said"),
    [
        ("tga:big", (0, 3), "did you mean tag?"),
        ("status:finshed", (7, 14), "did you mean finished?"),
        ("status:over", (7, 11), "known are running, finished, failed, killed, crashed"),
        ("source:tensorbord", (7, 17), "no source is called 'tensorbord'; did you mean tensorboard?"),
        ("-source:wandb,w", (14, 15), "known are aim, comet, csv"),
        ("status:failed lrr<3", (14, 17), "did you mean lr?"),
        ("best(val/ac)>1", (0, 12), "did you mean val/acc?"),
        ("lr<", (3, 3), "value is missing"),
        ("lr<abc", (3, 6), "'abc' is no number"),
        ("(tag:a", (6, 6), "a ) is missing"),
        ("tag:a)", (5, 6), "closes nothing"),
        ('name:"open', (5, 10), "never closed"),
        ("name~[", (5, 6), "cannot be read"),
        ("since:soon", (6, 10), "is no time"),
        ("duration>long", (9, 13), "is no duration"),
        ("status<3", (0, 6), "has no order"),
        ("archived:perhaps", (9, 16), "neither true nor false"),
        ("lr<1,2", (5, 6), "takes one value"),
        ("a or", (4, 4), "missing at the end"),
        ("lr:abc", (3, 6), "'abc' is no number"),
        ("lr<nan", (3, 6), "write lr:nan"),
        ("acc>0.5", (0, 3), "did you mean val/acc?"),
        ("akey:1", (0, 4), 'did you mean "a key"?'),
        ("since<2h", (0, 5), "write since:2h"),
        ("created~2026", (0, 7), "created is a time"),
        ("created>9999-12-31", (8, 18), "is no time"),
        ("name~a(?=b)", (5, 11), "look-around"),
        ("name~(a{1000}){1000}", (5, 20), "size limit"),
        ("-" * 60 + "a", (51, 61), "nested too deeply"),
    ],
)
def test_a_mistake_is_pointed_at_where_it_stands(filter_, place, said):
    error = view(filter_).error
    assert error is not None
    assert (error.start, min(error.end, len(filter_))) == place
    assert said in str(error)
    assert "\n" not in str(error)


def test_a_mistake_while_typing_keeps_what_was_already_said():
    found = view("tag:big lr<")
    assert found.error is not None
    assert [row[0] for row in found.rows(0, 9, ["name"])] == ["wide", "deep"]


@pytest.mark.parametrize(
    "filter_",
    [
        "lrr<3 tag:big",
        "tag:big lrr<3",
        "tag:big -since:soon",
        "(lrr<3 or tag:big)",
        "not (lrr<3) tag:big",
        "tag:big name~[",
        "tag:big (status:failed or",
    ],
)
def test_a_term_that_means_nothing_is_left_out_and_the_others_hold(filter_):
    found = view(filter_)
    assert found.error is not None
    assert [row[0] for row in found.rows(0, 9, ["name"])] == ["wide", "deep"]


def test_the_first_of_several_mistakes_is_told():
    error = view("status:failed lrr<3 tga:big").error
    assert error is not None
    assert (error.start, error.end) == (14, 17)


def test_a_mistake_about_the_archive_does_not_open_it():
    assert len(view("archived:perhaps")) == 4


def test_a_param_that_is_called_archived_does_not_open_the_archive():
    frame = FRAME.with_columns(pl.lit("true").alias("param.archived"))
    assert len(select(frame, Query("param.archived:true"), NOW)) == 4


@pytest.mark.parametrize("joined", [" or ", " "])
def test_a_filter_of_a_thousand_terms_takes_no_longer_than_it_is_long(joined):
    found = view(joined.join(f"lr<{number + 1}" for number in range(1_000)))
    assert found.error is None
    assert len(found) == 3


class TestOrder:
    def test_runs_without_a_value_come_last_whichever_way(self):
        for descending in (False, True):
            found = view("", SortKey("val/acc", descending=descending))
            order = [row[0] for row in found.rows(0, 9, ["name"])]
            assert order[:2] == (["wide", "deep"] if descending else ["deep", "wide"])

    def test_several_keys_sort_one_after_the_other(self):
        found = view("archived:true or name:*", SortKey("model.depth"), SortKey("val/acc", descending=True))
        assert [row[0] for row in found.rows(0, 9, ["name"])] == ["wide", "old", "tiny run", "deep", "lost"]

    def test_runs_that_need_most_attention_come_first_and_those_without_words_last(self):
        found = view("", SortKey("health", descending=True), SortKey("group"))
        assert [row[0] for row in found.rows(0, 9, ["name"])][:2] == ["lost", "deep"]

    def test_the_gravest_concern_decides_not_how_many_there_are(self):
        words = [["spike:a", "plateau:a"], ["drift"], ["failed"], []]
        frame = FRAME.head(4).with_columns(pl.Series("health", words), archived=pl.lit(value=False))
        found = select(frame, Query("", (SortKey("health", descending=True),)), NOW)
        assert [row[0] for row in found.rows(0, 9, ["health"])] == [["failed"], words[0], ["drift"], []]

    def test_a_run_is_found_again_by_its_id(self):
        found = view("")
        assert [found.position(run_id) for run_id in found.ids(0, 9)] == [0, 1, 2, 3]
        assert found.position("nobody") is None


def test_facets_count_what_the_filter_found():
    facets = view("tag:big").facets()
    assert facets["tag"] == [("big", 2), ("baseline", 1)]
    assert facets["status"] == [("failed", 1), ("finished", 1)]


def test_a_run_counts_once_however_many_of_its_metrics_are_not_finite():
    health = FRAME.with_columns(pl.lit(["nonfinite:a", "nonfinite:b", "failed"]).alias("health"))
    assert select(health, Query(), NOW).facets()["health"] == [("failed", 4), ("nonfinite", 4)]


def test_the_columns_that_vary_are_shown_and_the_metric_that_counts():
    shown = varying_columns(view("tag:big"), 5)
    assert shown[:2] == ["best.val/acc", "metric.val/acc"]
    assert set(shown[2:]) == {"param.lr", "param.model.depth", "param.a key"}
    assert "param.model.depth" not in varying_columns(view("model.depth:4"), 5)


def test_without_a_metric_that_counts_one_comes_first_and_then_the_params_that_most_runs_have():
    none = FRAME.with_columns(pl.lit(None, pl.String).alias("primary"), pl.lit(1.0).alias("metric.val/loss"))
    none = none.with_columns(pl.Series("param.zeta", [1.0, 2.0, 3.0, 4.0, 5.0]))
    shown = varying_columns(select(none, Query(), NOW), 5)
    assert shown == ["metric.val/loss", "param.model.depth", "param.zeta", "param.lr", "metric.val/acc"]


@given(st.text(alphabet='abtg:<>=~()"\\-, .*[]{}orn10é\n', max_size=30))
@settings(max_examples=400, deadline=None)
def test_any_text_is_a_filter_or_a_mistake_inside_it(text):
    found = view(text)
    assert len(found) <= len(RUNS)
    assert found.error is None or 0 <= found.error.start <= found.error.end <= len(text)


KEYS = st.sampled_from(
    [*FIELDS, "lr", "model.depth", "val/acc", '"a key"', "best(val/acc)", 'metric."val/acc"', "lost"]
)
VALUES = st.sampled_from(
    ["1e-3", "nan", "-inf", "2h", "90", "today", "2026-11-23", "big", "b*", "*", "true", '"a b"', "^a", "[", "é", "<3"]
)
TERMS = st.builds(
    lambda key, operator, values: f"{key}{operator}{','.join(values)}",
    KEYS,
    st.sampled_from([":", "=", "<", "<=", ">", ">=", "~"]),
    st.lists(VALUES, min_size=1, max_size=3),
)
FILTERS = st.recursive(
    TERMS | VALUES,
    lambda part: st.one_of(
        st.builds("-{}".format, part),
        st.builds("not ({})".format, part),
        st.builds("({} or {})".format, part, part),
        st.builds("{} {}".format, part, part),
    ),
    max_leaves=6,
)


@given(FILTERS)
@settings(max_examples=400, deadline=None)
def test_any_key_operator_and_value_is_a_filter_or_a_mistake_inside_it(text):
    found = view(text)
    assert found.error is None or 0 <= found.error.start < found.error.end <= len(text)


@given(FILTERS)
@settings(max_examples=200, deadline=None)
def test_no_run_is_both_in_a_filter_and_in_its_negation(text):
    """With `archived` named, so that the archive is open to both."""
    found, left = view(f"({text}) archived:true,false"), view(f"not ({text}) archived:true,false")
    if found.error is None and left.error is None:
        assert not set(found.ids(0, 9)) & set(left.ids(0, 9))
