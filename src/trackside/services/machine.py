"""The series of the machine as a person reads them: by short names, each value with its unit."""

from trackside.model.run import MetricSummary, Run
from trackside.model.system import FAMILY, is_system

_UNITS = (("_mib_per_s", "MiB/s"), ("_mib", "MiB"), (".celsius", "°C"), (".watts", "W"))
_SHARE = "%"


def machine_in_order(run: Run) -> list[tuple[str, MetricSummary]]:
    """The series of the machine by name, graphics cards last and by number."""
    return sorted(
        ((name, stats) for name, stats in run.metrics.items() if is_system(name)), key=lambda item: _order(item[0])
    )


def label(metric: str) -> str:
    """A series' name without its family and unit: `disk.read`."""
    name = metric.removeprefix(FAMILY)
    return next(
        (name.removesuffix(suffix) for suffix, _ in _UNITS if suffix.startswith("_") and name.endswith(suffix)), name
    )


def reading(metric: str, value: float | None) -> str:
    """A value with its unit: `37 %`, `1,204 MiB`, `412 W`; nothing for None."""
    if value is None:
        return ""
    shown = f"{value:,.0f}" if abs(value) >= 10 else f"{value:.1f}"
    return f"{shown} {_unit(metric)}"


def bounds(metric: str) -> tuple[float, float] | None:
    """What a curve of it lies between: a share of a whole has fixed ends, so that a calm machine looks calm."""
    is_share = _unit(metric) == _SHARE and metric != f"{FAMILY}process.cpu"
    return (0.0, 100.0) if is_share else None


def _unit(metric: str) -> str:
    return next((unit for suffix, unit in _UNITS if metric.endswith(suffix)), _SHARE)


def _order(metric: str) -> tuple[int, str]:
    """Graphics cards come last, by number."""
    kind, _, rest = metric.removeprefix(FAMILY).partition(".")
    card = rest.partition(".")[0]
    return (int(card) if kind == "gpu" and card.isdecimal() else -1, metric)
