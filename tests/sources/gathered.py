"""Everything that a source says of a folder, gathered run by run, so that a test can look at it.

It walks a tree as plainly as can be, holds each item to what `protocol.py` promises, and computes statistics of its
own, without the store.
"""

import json
import math
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from trackside.model.foreign import (
    Cursor,
    Facts,
    File,
    Found,
    Histograms,
    Item,
    Points,
    Printed,
    Remark,
    Restart,
    Texts,
)
from trackside.model.histogram import Histogram
from trackside.model.run import Mark
from trackside.sources.protocol import Folder, Source, SourceError


@dataclass
class Curve:
    """All points of one metric in the order in which they were written; `gone` are superseded."""

    step: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    time: np.ndarray = field(default_factory=lambda: np.empty(0))
    value: np.ndarray = field(default_factory=lambda: np.empty(0))
    gone: np.ndarray = field(default_factory=lambda: np.empty(0, bool))

    def more(self, step: np.ndarray, time: np.ndarray, value: np.ndarray) -> None:
        self.step = np.concatenate([self.step, step])
        self.time = np.concatenate([self.time, time])
        self.value = np.concatenate([self.value, value])
        self.gone = np.concatenate([self.gone, np.zeros(len(step), bool)])

    @property
    def statistics(self) -> dict[str, Any]:
        """Of the points that hold: count, first_step, last_step, last, sum_finite, nonfinite."""
        kept = ~self.gone
        step, time, value = self.step[kept], self.time[kept], self.value[kept]
        if not len(step):
            return {"count": 0}
        last = np.lexsort((np.arange(len(step)), np.nan_to_num(time, nan=-math.inf), step))[-1]
        finite = np.isfinite(value)
        return {
            "count": len(step),
            "first_step": int(step.min()),
            "last_step": int(step[last]),
            "last": float(value[last]),
            "sum_finite": math.fsum(value[finite].tolist()),
            "nonfinite": int((~finite).sum()),
        }


@dataclass
class Gathered:
    """One run."""

    found: Found
    facts: Facts | None = None
    curves: dict[str, Curve] = field(default_factory=dict)
    texts: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    histograms: dict[str, list[tuple[int, Histogram]]] = field(default_factory=dict)
    printed: bytes = b""
    files: list[File] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    current: set[str] = field(default_factory=set)
    """Those of them that hold until it is read again."""
    cursor: Any = None
    refused: str | None = None
    """What the SourceError said, where the run cannot be read."""

    def take(self, items: Iterable[Item]) -> "Gathered":
        """Add what `follow` says, from nothing or from `cursor` on."""
        self.remarks = [sentence for sentence in self.remarks if sentence not in self.current]
        self.current.clear()
        last: Item | None = None
        for last in items:
            assert self.facts is not None or isinstance(last, Facts), "the first item is Facts"
            self._one(last)
        assert isinstance(last, Cursor), "the last item is a Cursor"
        return self

    def statistics(self) -> dict[str, dict[str, Any]]:
        return {metric: curve.statistics for metric, curve in self.curves.items()}

    @property
    def gone(self) -> int:
        """How many points are superseded."""
        return sum(int(curve.gone.sum()) for curve in self.curves.values())

    def _one(self, item: Item) -> None:
        match item:
            case Facts():
                assert item.name
                assert item.project
                self.facts = item
            case Points():
                self._points(item)
            case Restart():
                self._restart(item.step)
            case Texts() | Histograms():
                self._logged(item)
            case Printed():
                self.printed += item.data
            case File():
                self.files.append(item)
            case Mark():
                self.marks.append(item)
            case Remark():
                assert "\n" not in item.sentence
                self.remarks.append(item.sentence)
                self.current |= {item.sentence} if item.current else set()
            case Cursor():
                self.cursor = json.loads(json.dumps(item.state))
                assert self.cursor == item.state, "a cursor is JSON"

    def _restart(self, step: int | None) -> None:
        for curve in self.curves.values():
            curve.gone |= np.True_ if step is None else curve.step >= step

    def _logged(self, item: Texts | Histograms) -> None:
        kept: dict[str, list[Any]] = self.texts if isinstance(item, Texts) else self.histograms
        for name, value in item.values.items():
            kept.setdefault(name, []).append((item.step, value))

    def _points(self, points: Points) -> None:
        rows = len(points.step)
        assert rows
        assert len(set(points.keys)) == len(points.keys)
        assert points.step.dtype == np.int64
        assert points.time.dtype == points.value.dtype == np.float64
        assert points.time.shape == (rows,)
        assert points.value.shape == (rows, len(points.keys))
        for column, key in enumerate(points.keys):
            self.curves.setdefault(key, Curve()).more(points.step, points.time, points.value[:, column])


def gather(source: Source, folder: Path) -> dict[str, Gathered]:
    """All runs of one format below a folder, by address, which is relative to the folder where it lies in it."""
    runs = {}
    for found in find(source, folder):
        run = Gathered(found)
        try:
            run.take(source.follow(found, None))
        except SourceError as error:
            run.refused = str(error)
            assert "\n" not in run.refused
        address = found.address
        inside = address == str(folder) or address.startswith(f"{folder}{os.sep}")
        name = os.path.relpath(address, folder) if inside else address
        assert name not in runs, f"two runs at {name}"
        runs[name] = run
    return runs


def find(source: Source, folder: Path) -> list[Found]:
    """What one format finds below a folder, joined. A folder that it refuses is passed over."""
    found: list[Found] = []
    _search(source, folder, folder.resolve(), found)
    joined = list(source.join(found))
    assert all(run.source == source.name for run in joined)
    assert len({run.identity for run in joined}) == len(joined), "two runs of one identity"
    return joined


def differences(expected: dict[str, dict[str, Any]], got: dict[str, dict[str, Any]]) -> list[str]:
    """How statistics of metrics differ, a line each: all that is expected must be there, floats to the bit.

    Sums may differ by the order in which they were added up. A NaN may be written as the text `NaN`.
    """
    lines = [f"{metric}: not expected" for metric in sorted(got.keys() - expected.keys())]
    for metric, statistics in expected.items():
        if metric not in got:
            lines.append(f"{metric}: missing")
            continue
        for what, value in statistics.items():
            found = got[metric].get(what)
            if not _same(what, value, found):
                lines.append(f"{metric}: {what} is {found!r}, not {value!r}")
    return lines


def _same(what: str, expected: Any, found: Any) -> bool:
    if isinstance(expected, str):
        expected = float(expected)
    if isinstance(expected, float) and isinstance(found, float):
        if what == "sum_finite":
            return math.isclose(expected, found, rel_tol=1e-12, abs_tol=1e-12)
        return expected == found or (math.isnan(expected) and math.isnan(found))
    return bool(expected == found)


def _search(source: Source, path: Path, root: Path, found: list[Found]) -> None:
    folders, files = set(), set()
    for entry in os.scandir(path):
        if entry.is_symlink() and not Path(os.path.realpath(entry)).is_relative_to(root):
            continue
        (folders if entry.is_dir(follow_symlinks=False) else files).add(entry.name)
    folder = Folder(path, folders, files, root=root)
    try:
        if source.sniff(folder):
            found.extend(source.discover(folder))
    except SourceError:
        return
    for name in sorted(folder.folders):
        _search(source, path / name, root, found)
