"""A cell of a pivot whose runs had other code is no cell of replicates, and says so."""

from contextlib import closing

import pytest
from imported_repository import Repository

from trackside.services.pivot.pivot import Asked, pivot
from trackside.services.pivot.plain import plain
from trackside.store.store import Store


@pytest.mark.parametrize(
    ("edited", "expected"),
    [
        ("train.py", (("a", "mixes code"),)),
        ("unused.py", ()),
    ],
)
def test_runs_of_one_cell_that_had_other_code_are_told_of(tmp_path, all_captured, edited, expected):
    repository = Repository(tmp_path / "code", tmp_path / "store")
    repository.run(0)
    path = repository.folder / edited
    repository.write(edited, (path.read_text() if path.exists() else "") + "# edited\n")
    repository.run(1)
    with closing(Store.open(repository.store)) as store:
        store.refresh()
        found = pivot(store, Asked(rows=("lr",), values=("val/accuracy",)), now=0.0)
    assert plain(found).footnotes == expected
