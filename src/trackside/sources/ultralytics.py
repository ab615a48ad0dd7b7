"""Ultralytics' training folders: `results.csv`, a row an epoch, and `args.yaml`; YOLOv5's, with `opt.yaml`.

`time` is in seconds since the start, which is when the args were written. A training that is resumed is appended;
epochs go back then. Event files in the same folder with the same metrics are no other run, and do not say more.
"""

import math
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
from trackside.sources.tensorboard.places import event_names

_RESULTS = "results.csv"
_ARGS = ("args.yaml", "opt.yaml")
_EPOCH = "epoch"
_TIME = "time"
_GOALS = {
    "metrics/mAP50-95(B)": {"goal": "max", "primary": True},
    "metrics/mAP_0.5:0.95": {"goal": "max", "primary": True},
    "metrics/accuracy_top1": {"goal": "max", "primary": True},
}


class Ultralytics(SourceOfFiles):
    """The source of Ultralytics' training folders."""

    name = "ultralytics"

    def sniff(self, folder: Folder) -> bool:
        """By the names of both files, and the first column."""
        if _RESULTS not in folder.files or folder.files.isdisjoint(_ARGS):
            return False
        columns, _ = csv_run.first_rows(folder.path / _RESULTS, folder.tree)
        return columns[:1] == [_EPOCH] or csv_run.is_no_table(columns)

    def discover(self, folder: Folder) -> Iterator[Found]:
        """The run of the folder, once it has a row."""
        folder.deep = True
        path = folder.path / _RESULTS
        columns, rows = csv_run.first_rows(path, folder.tree)
        if columns[:1] != [_EPOCH]:
            folder.unread.append(csv_run.no_table(path, folder.tree))
        elif rows:
            if events_tell(folder, (name for name in columns if name not in (_EPOCH, _TIME))):
                folder.files -= set(event_names(folder.files))
            folder.files.discard(_RESULTS)
            args = [name for name in _ARGS if name in folder.files]
            yield csv_run.found_in(folder, self.name, _RESULTS, rows[0], *args)

    def follow(self, run: Found, since: Any) -> Iterator[Item]:
        """Rows by their epoch."""
        return csv_run.follow(
            run, since, partial(_facts, run), partial(_row, _started(run)), goes_back=True, timed=True
        )


def _started(run: Found) -> float:
    return span(run.paths[1:]).created or span(run.paths).created


def _facts(run: Found, remarks: list[Remark]) -> Facts:
    path = run.paths[0]
    when = span([path])
    columns, _ = csv_run.first_rows(path, run.tree)
    return Facts(
        name=path.parent.name,
        project=path.parent.parent.name or path.parent.name,
        created=_started(run),
        ended=when.ended,
        status=FINISHED,
        running=when.running,
        end_known=False,
        params=params_of(run.paths[1:], run.tree, remarks),
        metrics={name: goal for name, goal in _GOALS.items() if name in columns},
    )


def _row(started: float, cells: Mapping[str, str], number: int) -> Row:
    said = {name: cell for name, cell in cells.items() if name not in (_EPOCH, _TIME)}
    values, texts = csv_run.numbers_and_texts(said)
    elapsed = numbers.of_cell(cells.get(_TIME, ""))
    epoch = numbers.step_of(cells.get(_EPOCH))
    return Row(number if epoch is None else epoch, values, math.nan if elapsed is None else started + elapsed, texts)
