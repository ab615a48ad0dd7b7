"""Examples of two sides as rows to look through, read from real stores."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import trackside
from trackside.compare.sides import side_of_runs
from trackside.compare.statistics.pairing import ExamplesError
from trackside.services.comparison.examples import examples_view
from trackside.services.comparison.examples.examples_view import head_sentence, load, names
from trackside.services.comparison.examples.logged_examples import table_of_metric
from trackside.store.store import Store

TEXTS = {"cat": "A black cat", "dog": 'the "dog"\nbarks', "eel": "Ölfass", "fox": "A red fox"}


class Recorded:
    """A store of runs that log examples, and sides of them."""

    def __init__(self, root):
        self._root = root
        self._ids = {}

    def run(self, name, scores, table="eval", **columns):
        with trackside.init(project="p", name=name, store=self._root, quiet=True) as run:
            run.define_metric("val/accuracy", goal="max", eval_data=table, primary=True)
            run.log_examples(table, ids=list(TEXTS), scores=scores, text=TEXTS.values(), **columns)
        self._ids[name] = str(run.id)
        return self

    @property
    def store(self):
        store = Store.open(self._root)
        store.refresh(thorough=True)
        return store

    def side(self, *names_):
        return side_of_runs(self.store.runs([self._ids[name] for name in names_]))

    def view(self, baseline=("before",), candidate=("after",), table="eval"):
        return load(self.store, self.side(*baseline), self.side(*candidate), table)


@pytest.fixture
def recorded(tmp_path):
    """A baseline that is wrong about two of four animals, and a candidate that is wrong about another one."""
    made = Recorded(tmp_path / "store")
    made.run("before", [1, 0, 1, 0], answer=["cat", "cat", "eel", "cat"])
    return made.run("after", [1, 1, 0, 1], answer=["cat", "dog", "cat", "fox"])


def ids(found):
    return [row.id for row in found.rows]


def test_those_that_differ_come_with_what_both_sides_logged_for_them(recorded):
    view = recorded.view()
    found = view.find()
    assert ids(found) == ["dog", "eel", "fox"]
    assert found.rows[0].columns == {"text": (TEXTS["dog"], TEXTS["dog"]), "answer": ("cat", "dog")}
    assert (found.rows[1].baseline, found.rows[1].candidate, found.rows[1].difference) == (1, 0, -1)
    assert head_sentence(view) == "eval: 4 examples, 3 flipped: 2 from 0 to 1, 1 from 1 to 0"
    assert ids(view.find(everything=True)) == ["dog", "eel", "fox", "cat"]


@pytest.mark.parametrize(
    ("text", "which"),
    [("DOG", ["dog"]), ('"Dog"', ["dog"]), ("g\nb", []), ("g\"\nb", ["dog"]), ("ölf", ["eel"]), ("answer", []),
     ("cat", ["dog", "eel", "fox", "cat"]), ("fo", ["fox"]), ("\\", [])],
)  # fmt: skip
def test_a_text_is_looked_for_in_ids_and_values_whatever_its_case(recorded, text, which):
    assert ids(recorded.view().find(text, everything=True)) == which


def test_an_id_is_found_that_no_value_names(texts):
    assert ids(texts.find("EEL", everything=True)) == ["eel"]


@given(st.text(min_size=1, max_size=3))
def test_what_is_found_is_what_has_the_text(texts, wanted):
    found = texts.find(wanted, everything=True)
    having = {key for key, text in TEXTS.items() if wanted.casefold() in key or wanted.casefold() in text.casefold()}
    assert set(ids(found)) == having


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    """Examples with a text alone."""
    made = Recorded(tmp_path_factory.mktemp("texts") / "store")
    return made.run("before", [1, 0, 1, 0]).run("after", [1, 1, 0, 1]).view()


def test_more_than_can_be_looked_through_are_counted(recorded, monkeypatch):
    monkeypatch.setattr(examples_view, "MOST_ROWS", 2)
    found = recorded.view().find("c", everything=True)
    assert (ids(found), found.total) == (["dog", "eel"], 4)


def test_several_runs_a_side_are_their_mean_and_the_columns_are_the_first_ones(recorded):
    recorded.run("before-1", [1, 0, 0, 0], answer=["cat", "eel", "cat", "cat"])
    view = recorded.view(baseline=("before", "before-1"))
    assert view.find("eel").rows[0].baseline == 0.5
    assert view.find("dog").rows[0].columns["answer"] == ("cat", "dog")
    assert "means of 1 and 2 runs of the baseline" in head_sentence(view)


def test_tables_are_those_that_both_sides_have(recorded):
    recorded.run("after", [0, 0, 0, 0], table="other")
    assert names(recorded.side("before"), recorded.side("after")) == []
    recorded.run("before", [0, 0, 0, 0], table="other")
    assert names(recorded.side("before"), recorded.side("after")) == ["other"]


def test_the_primary_metrics_examples_may_be_named_by_the_data_that_it_is_measured_on(recorded):
    (run,) = recorded.side("after").runs
    assert table_of_metric(run, "val/accuracy") == "eval"
    assert table_of_metric(run, "val/loss") is None


def test_a_table_that_cannot_be_read_is_a_line_that_names_it(recorded, monkeypatch):
    monkeypatch.setattr(Store, "content", lambda *_: b"{")
    with pytest.raises(ExamplesError, match="before's examples of eval cannot be read"):
        recorded.view()
