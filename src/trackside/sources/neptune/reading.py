"""A run of a Neptune export read: its attributes, its files, then its series."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trackside.model.foreign import Cursor, File, Found, Item, Remark, Restart
from trackside.model.run import Mark
from trackside.sources.neptune.attributes import Attributes
from trackside.sources.neptune.parquet import stretches
from trackside.sources.neptune.places import Places
from trackside.sources.neptune.series import Curves, Drawn, Names, Outline, Told
from trackside.sources.opening import stamp_of
from trackside.sources.protocol import SourceError

_EARLY = 600.0
"""Points of a run are not older than the run by more than that many seconds, unless clocks differ."""


def stamp(run: Found) -> Any:
    """Of its Parquet files, and of the folder that has its other files: those may be copied there later."""
    folder = run.paths[0].parent
    return stamp_of([*run.paths, *([Path(run.extra["files"])] if run.extra["files"] else [])], folder)


def follow(run: Found, since: Any) -> Iterator[Item]:
    """All of a run; nothing but its facts where its files are those that were read before."""
    now = stamp(run)
    if not any(path.exists() for path in run.paths):
        raise SourceError(f"{run.address}: no such file; the export was moved or removed")
    attributes = Attributes(run.extra["project"], run.extra["run"], run.paths[0].stat().st_mtime)
    outline = Outline()
    for row in _rows(run, "outline"):
        outline.take(row)
    attributes.began, attributes.ended = outline.began, outline.ended
    files = list(_attributes(run, attributes))
    yield attributes.facts()
    if since is None or since["stamp"] != now:
        if since is not None:
            yield Restart(None, time.time())
        yield from files
        yield from _series(run, outline, attributes.created)
        yield from _said(run, outline, attributes)
    yield Cursor({"stamp": now})


def _attributes(run: Found, attributes: Attributes) -> Iterator[Item]:
    places = Places(Path(run.extra["files"]) if run.extra["files"] else None)
    files: list[tuple[str, str, str, float | None]] = []
    for row in _rows(run, "values"):
        if row["file"] is not None:
            files.append((row["path"], row["type"], row["file"], row["step"]))
        else:
            attributes.take(row)
    missing = 0
    for path, kind, place, step in files:
        if path == "source_code/diff":
            attributes.patch = places.patch(place)
            missing += attributes.patch is None
        elif kind == "artifact":
            listed = places.listed(place)
            missing += listed is None
            if listed is not None:
                attributes.data[path] = listed
        else:
            contents = places.files(place)
            missing += not contents
            if contents:
                yield _file(path, contents, step, attributes.created)
    if missing:
        where = run.extra["files"] or "a folder `files` beside that of the data: open the folder that has both"
        yield Remark(f"{missing:,} of {len(files):,} files were left out, since they are not in {where}")


def _file(path: str, contents: dict[str, Any], step: float | None, created: float) -> File:
    whole = int(step) if step is not None and step.is_integer() and abs(step) < 1 << 62 else None
    name = path if step is None else f"{path}@{step if whole is None else whole}"
    return File(name, "code" if path.startswith("source_code/") else "file", contents, created, whole)


def _series(run: Found, outline: Outline, created: float) -> Iterator[Item]:
    if outline.metrics:
        curves = Curves(outline, Names(list(outline.metrics)))
        for frame in _frames(run, "points"):
            yield from curves.take(frame)
        yield from curves.rest()
    if outline.texts:
        told = Told(created)
        for frame in _frames(run, "texts"):
            yield from told.take(frame)
        yield from told.rest()
    if outline.histograms:
        drawn = Drawn(created)
        for frame in _frames(run, "histograms"):
            yield from drawn.take(frame)
        yield from drawn.rest()


def _said(run: Found, outline: Outline, attributes: Attributes) -> Iterator[Item]:
    if outline.began is not None and outline.began < attributes.created - _EARLY:
        yield Remark("its points are dated before its creation: the exporter took times of its own zone for UTC")
    if run.extra["unfinished"]:
        yield Remark("its export did not come to its end, since part 0 is missing: export it again for the rest")
    for other in run.extra["others"]:
        yield Remark(f"it was exported more than once; of {other} nothing was read")
    if attributes.fork is not None:
        parent, step = attributes.fork
        at = f" at step {step:g}" if step is not None else ""
        where = int(step) if step is not None and abs(step) < 1 << 62 else None
        text = f"Forked from {parent}{at}: what was before is in that run"
        yield Mark(kind="note", time=attributes.created, step=where, text=text)


def _rows(run: Found, what: str) -> Iterator[dict[str, Any]]:
    for frame in _frames(run, what):
        yield from frame.iter_rows(named=True)


def _frames(run: Found, what: str) -> Iterator[Any]:
    for path in run.paths:
        yield from stretches(
            path, run.tree, what, run.extra["rows"][path.name], project=run.extra["project"], run=run.extra["run"]
        )
