"""Images and tables of other systems' runs, found by name and step and shown from where they lie."""

from pathlib import Path

import pytest
from foreign_runs import samples

from trackside.compare.sides import Side
from trackside.services.artifacts.artifact_view import view
from trackside.services.comparison.examples.logged_files import logged
from trackside.services.places.opening import open_places


@pytest.mark.parametrize(
    ("system", "name", "step", "says"),
    [("tensorboard", "image/picture", 7, "4 × 4 pixels"), ("wandb", "table/table", 20, "2 rows")],
)
def test_what_a_client_of_another_system_logged_is_shown(
    tmp_path: Path, system: str, name: str, step: int, says: str
) -> None:
    opened = open_places([str(samples([system], tmp_path))])
    opened.catch_up()
    sides = [Side((run,)) for run in opened.store.runs(opened.store.frame()["id"].to_list())]
    side = next(side for side in sides if name in logged(side, side).names([]))
    pair = logged(side, side).pair(name)
    assert pair.best_step == step
    (file,), _ = pair.at(step)
    assert view(opened.store, file.run.id, file.artifact, file.path).says == says
    opened.store.close()
