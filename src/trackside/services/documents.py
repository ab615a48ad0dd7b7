"""Runs and curves as JSON documents, in the shapes that scripts rely on.

Times are ISO 8601 in UTC with milliseconds; NaN and infinities, which JSON has no words for, are the
strings "NaN", "Infinity" and "-Infinity". It knows no store and no terminal.
"""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from trackside.model.run import UNHASHED, Artifact, Mark, MetricSummary, Progress, Run

if TYPE_CHECKING:
    from trackside.store.curves import Series

Document = dict[str, Any]

_ACTED_ON = re.compile(rb"\x7f|\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]|\xef\xbb\xbf")
"""DEL, the control characters of 8 bits, and what turns the direction of writing, in UTF-8."""


def to_json(document: Any, *, indent: int = 2) -> bytes:
    """One JSON document, NaN and infinities as strings; `indent=0` puts it on one line.

    What a terminal would act on is escaped, as JSON itself asks for of the first 32 characters.
    """
    encoded = msgspec.json.encode(plain(document))
    if not encoded.isascii() or b"\x7f" in encoded:
        encoded = _ACTED_ON.sub(lambda found: b"\\u%04x" % ord(found[0].decode()), encoded)
    return msgspec.json.format(encoded, indent=indent) if indent else encoded


def plain(value: Any) -> Any:
    """`value` with every float that JSON cannot hold replaced by its word."""
    if isinstance(value, float):
        return value if math.isfinite(value) else _word(value)
    if isinstance(value, Mapping):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return value if _all_finite(value) else [plain(part) for part in value]
    return value


def iso_time(seconds: float | None) -> str | None:
    """`2026-11-23T09:00:00.000Z`."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def run_document(run: Run, now: float) -> Document:
    """One entry of `trackside ls --json`. `now` is what the duration of a running run is measured to."""
    return {
        "id": run.id,
        "name": run.name,
        "project": run.project,
        "group": run.group,
        "status": run.status,
        "health": run.health,
        "tags": run.tags,
        "notes": run.notes,
        "user": run.user,
        "host": run.host,
        "created": iso_time(run.began),
        "ended": iso_time(run.ended),
        "duration_s": None if (took := run.duration(now)) is None else round(took, 3),
        "source": run.source,
        "source_id": run.source_id,
        "archived": run.archived,
        "exit_code": run.exit_code,
        "command": run.command,
        "seed": run.seed,
        "params": run.params,
        "metrics": {name: _metric_document(metric) for name, metric in run.metrics.items()},
        "primary": run.primary,
        "progress": _progress_document(run.progress),
        "job": {"slurm_job_id": None, **run.job},
        "data": {role: msgspec.structs.asdict(data) for role, data in run.data.items()},
        "code": msgspec.structs.asdict(run.code),
        "environment": msgspec.structs.asdict(run.environment),
    }


def full_document(run: Run, now: float, imported: Mapping[str, str | None] = {}) -> Document:
    """`trackside show RUN --json`: all of `run_document`, and what a table has no room for.

    `imported` are the files that it imported, with what git calls their content; null where that is not known.
    """
    return run_document(run, now) | {
        "address": run.address,
        "remarks": run.remarks,
        "end_known": run.end_known,
        "trashed": run.trashed,
        "cwd": run.cwd,
        "traceback": run.traceback,
        "eval_data": run.eval_data,
        "texts": run.texts,
        "imported": imported,
        "marks": [_mark_document(mark) for mark in run.marks],
        "artifacts": {name: _artifact_document(artifact) for name, artifact in run.artifacts.items()},
        "dropped": run.dropped,
        "dropped_why": run.dropped_why,
    }


def curve_document(run_id: str, metric: str, series: "Series") -> Document:
    """One curve of `trackside curve --json`: `time` in seconds since the epoch, points by (step, time).

    Where points were asked for that a resume replaced, `superseded` says of each point whether it is one.
    """
    document = {
        "run": run_id,
        "metric": metric,
        "step": series.step.tolist(),
        "time": series.time.tolist(),
        "value": series.value.tolist(),
    }
    return document if series.superseded is None else document | {"superseded": series.superseded.tolist()}


def _all_finite(values: Sequence[Any]) -> bool:
    """Whether these are nothing but finite numbers, as a curve's million values mostly are."""
    try:
        return all(map(math.isfinite, values))
    except (TypeError, OverflowError):
        return False


def _word(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _metric_document(metric: MetricSummary) -> Document:
    return {
        "last": metric.last,
        "last_step": metric.last_step,
        "min": metric.min,
        "min_step": metric.min_step,
        "max": metric.max,
        "max_step": metric.max_step,
        "mean": metric.mean,
        "count": metric.count,
        "nonfinite": metric.nonfinite,
        "goal": metric.goal,
        "best": metric.best,
        "best_step": metric.best_step,
        "at_best": metric.at_best,
    }


def _progress_document(progress: Progress) -> Document:
    return msgspec.structs.asdict(progress) | {"last_point": iso_time(progress.last_point)}


def _mark_document(mark: Mark) -> Document:
    return msgspec.structs.asdict(mark) | {"time": iso_time(mark.time)}


def _artifact_document(artifact: Artifact) -> Document:
    files = {
        path: {"hash": None if digest.startswith(UNHASHED) else digest, "bytes": size}
        for path, (digest, size) in artifact.files.items()
    }
    return msgspec.structs.asdict(artifact) | {"files": files, "time": iso_time(artifact.time)}
