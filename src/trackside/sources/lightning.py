"""Lightning's `CSVLogger`: `<name>/<version>/metrics.csv`, and `hparams.yaml` beside it.

Metrics that were not logged in a row are empty cells. Times and an end are not stated. Where event files of the same
training lie beside it, with the same metrics and their times, these are the run.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from trackside.model.foreign import Facts, Found, Item, Remark
from trackside.model.status import FINISHED
from trackside.sources import csv_run, numbers
from trackside.sources.base import SourceOfFiles
from trackside.sources.beside import events_tell
from trackside.sources.hyperparameters import params_of
from trackside.sources.protocol import Folder
from trackside.sources.recent import span
from trackside.sources.rows import Row

_METRICS = "metrics.csv"
_PARAMS = "hparams.yaml"
_STEP = "step"


class Lightning(SourceOfFiles):
    """The source of Lightning's CSV files."""

    name = "lightning"

    def sniff(self, folder: Folder) -> bool:
        """By the file's name, and by `hparams.yaml` or the folder's name; then by the column that is always there."""
        known = _PARAMS in folder.files or folder.path.name.startswith("version_")
        if not known or _METRICS not in folder.files:
            return False
        columns, _ = csv_run.first_rows(folder.path / _METRICS, folder.tree)
        return _STEP in columns or csv_run.is_no_table(columns)

    def discover(self, folder: Folder) -> Iterator[Found]:
        """The run of this version, once it has a row."""
        folder.deep = True
        path = folder.path / _METRICS
        columns, rows = csv_run.first_rows(path, folder.tree)
        if _STEP not in columns:
            folder.unread.append(csv_run.no_table(path, folder.tree))
            return
        if not rows:
            return
        folder.files.discard(_METRICS)
        metrics = [name for name in columns if name not in (_STEP, "epoch")]
        if not events_tell(folder, metrics):
            beside = [_PARAMS] if _PARAMS in folder.files else []
            yield csv_run.found_in(folder, self.name, _METRICS, rows[0], *beside)

    def follow(self, run: Found, since: Any) -> Iterator[Item]:
        """Rows by the step that they state."""
        return csv_run.follow(run, since, partial(_facts, run), _row)


def _facts(run: Found, remarks: list[Remark]) -> Facts:
    path = run.paths[0]
    when = span(run.paths[:1], beside=(*run.paths[1:], path.parent))
    return Facts(
        name=path.parent.name,
        project=path.parent.parent.name or path.parent.name,
        created=when.created,
        ended=when.ended,
        status=FINISHED,
        running=when.running,
        end_known=False,
        params=params_of(run.paths[1:], run.tree, remarks),
    )


def _row(cells: Mapping[str, str], number: int) -> Row:
    values, texts = csv_run.numbers_and_texts({name: cell for name, cell in cells.items() if name != _STEP})
    step = numbers.step_of(cells.get(_STEP))
    return Row(number if step is None else step, values, texts=texts)
