"""The series of the machine as a person reads them: by short names, each value with its unit, where that is known."""

import math
import re

from trackside.model.run import MetricSummary, Run
from trackside.model.system import FAMILY, is_system
from trackside.services import cells
from trackside.services.wording import size

_SHARE, _BYTES = "%", "B"
_UNITS = tuple(
    (re.compile(pattern), unit)
    for pattern, unit in (
        (r"^neptune .*memory$", "GB"),
        (r"[pP]ercent| (.+/)?(cpu|gpu|memory|disk)$|process\.cpu$|\.use$|[uU]tilization$|fanSpeed$", _SHARE),
        (r"gpu\.(process\.)?\d+\.memory(Allocated)?$", _SHARE),
        (r"_mib_per_s$", "MiB/s"),
        (r"_mib$", "MiB"),
        (r"MB$|_megabytes$|disk\.(.+\.)?(in|out)$", "MB"),
        (r"GB$", "GB"),
        (r"Bytes$|network\.(sent|recv)$|(memory|swap)\.used$|\.memoryUsed$", _BYTES),
        (r"ram\.(total|used|available)$|disk\..+\.used$|\.(free|used|total)_memory$", _BYTES),
        (r"\.celsius$|[._/]temp$|temperature$", "°C"),
        (r"[._]watts$|Watts$|ane\.power$|gpu_power$", "W"),
        (r"[._]freq$|Clock$", "MHz"),
    )
)
"""By the system that recorded it and the name: those of trackside, W&B, MLflow, Comet, Neptune. The first one holds."""

_IN_NAMES = ("_mib_per_s", "_mib")


def machine_in_order(run: Run) -> list[tuple[str, MetricSummary]]:
    """The series of the machine by name, graphics cards last and by number."""
    return sorted(
        ((name, stats) for name, stats in run.metrics.items() if is_system(name)), key=lambda item: _order(item[0])
    )


def label(metric: str) -> str:
    """A series' name without its family and unit: `disk.read`."""
    name = metric.removeprefix(FAMILY)
    return next((name.removesuffix(suffix) for suffix in _IN_NAMES if name.endswith(suffix)), name)


def reading(source: str, metric: str, value: float | None) -> str:
    """A value with its unit: `37 %`, `1,204 MiB`, `412 W`; a mere number where that is not known, nothing for None."""
    if value is None:
        return ""
    unit = _unit(source, metric)
    if unit is None or not math.isfinite(value):
        return cells.number(value)
    if unit == _BYTES:
        return size(int(value))
    shown = f"{value:,.0f}" if abs(value) >= 10 else f"{value:.1f}"
    return f"{shown} {unit}"


def bounds(source: str, metric: str) -> tuple[float, float] | None:
    """What a curve of it lies between: a share of a whole has fixed ends, so that a calm machine looks calm.

    None of what is no series of the machine.
    """
    is_share = _unit(source, metric) == _SHARE and metric != f"{FAMILY}process.cpu"
    return (0.0, 100.0) if is_system(metric) and is_share else None


def _unit(source: str, metric: str) -> str | None:
    told = f"{source} {metric.removeprefix(FAMILY)}"
    return next((unit for pattern, unit in _UNITS if pattern.search(told)), None)


def _order(metric: str) -> tuple[int, str]:
    """Graphics cards come last, by number."""
    kind, _, rest = metric.removeprefix(FAMILY).partition(".")
    card = rest.partition(".")[0]
    return (int(card) if kind == "gpu" and card.isdecimal() else -1, metric)
