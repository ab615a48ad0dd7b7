"""Per-example results as they are read for a comparison: what cannot be read says why, in one line."""

from contextlib import closing

import pytest

import trackside
from trackside.compare.statistics.pairing import ExamplesError
from trackside.services.comparison.comparing import Asked, compared
from trackside.services.comparison.examples.logged_examples import ExamplesOf
from trackside.store.store import Store

METRIC = "val/accuracy"


@pytest.fixture
def examples_of(tmp_path):
    """What is read of a run that logged, as its examples, a table of these lines, a folder or nothing."""

    def read(table: bytes | None, *, blobs: bool = True):
        path = tmp_path / "table.jsonl"
        if table is None:
            path.mkdir()
        else:
            path.write_bytes(table)
        root = tmp_path / "store"
        with trackside.init(project="p", name="odd", store=root, quiet=True) as run:
            run.log({METRIC: 0.5}, step=0)
            run.log_artifact(path, name=f"examples/{METRIC}", kind="examples")
        if not blobs:
            for blob in filter(lambda found: found.is_file(), (root / "blobs").rglob("*")):
                blob.unlink()
        with closing(Store.open(root)) as store:
            store.refresh()
            return ExamplesOf(store)(store.run(run.id), METRIC)

    return read


def test_true_and_false_are_one_and_zero(examples_of):
    read = examples_of(b'{"id":"a","score":true,"groups":true}\n{"id":"b","score":false}\n{"id":"c","score":"NaN"}\n')
    assert (read.ids, read.scores[:2], read.scores[2] == read.scores[2]) == (["a", "b", "c"], [1.0, 0.0], False)
    assert read.groups == [True, "", ""]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (b'{"id":null,"score":1}', "cannot be read: Expected"),
        (b'{"score":1}', "cannot be read: Object missing required field `id`"),
        (b'{"id":1,"score":"right"}', "cannot be read: could not convert string to float: 'right'"),
        (b'{"id":1,"score":1', "cannot be read: Input data was truncated"),
        (b"\x80\x04K\x01.", "cannot be read: JSON is malformed"),
        (b'{"id":1,"x":' + b"[" * 100_000, "cannot be read: maximum recursion depth"),
        (None, "have no file"),
    ],
)
def test_a_table_that_cannot_be_read_says_so_in_one_line(examples_of, table, says):
    with pytest.raises(ExamplesError) as error:
        examples_of(table)
    assert str(error.value).startswith(f"odd's examples of {METRIC} {says}")
    assert len(str(error.value).splitlines()) == 1


def test_a_table_that_is_gone_from_the_store_is_told(examples_of):
    with pytest.raises(ExamplesError, match="is missing from the store"):
        examples_of(b'{"id":1,"score":1}', blobs=False)


def test_one_unreadable_table_leaves_its_own_cell_untested_and_the_rest_compared(tmp_path):
    (tmp_path / "odd.jsonl").write_text('{"id":null,"score":1}')
    other, root = "test/f1", tmp_path / "store"
    for name, right in (("base", 50), ("new", 90)):
        with trackside.init(project="p", name=name, params={"x": name}, store=root, quiet=True) as run:
            run.define_metric(METRIC, primary=True)
            run.log({METRIC: right / 100, other: right / 100}, step=0)
            run.log_examples(other, ids=range(100), scores=[place < right for place in range(100)])
            run.log_artifact(tmp_path / "odd.jsonl", name=f"examples/{METRIC}", kind="examples")
    with closing(Store.open(root)) as store:
        store.refresh()
        found = compared(store, Asked(("new",), baseline="base"))
    cells = {row.metric: row.cells[0] for row in found.rows}
    assert cells[METRIC].verdict.difference.why_not.startswith(f"base's examples of {METRIC} cannot be read: Expected")
    assert cells[other].verdict.word == "better"
