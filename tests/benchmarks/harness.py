"""How a figure is measured and how it is printed beside its target.

A figure is a median over interleaved pairs: ours, the floor, ours, the floor, …, so that whatever else the machine does
slows both. It knows no part of trackside.
"""

import importlib
import math
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median


@dataclass(frozen=True)
class Row:
    """One figure: what was reached and what is promised, both in `unit`; `floor` says against what, in words.

    `at_least` turns the promise round: more is better. `note` is what a reader needs to judge the figure.
    """

    what: str
    reached: float
    target: float
    unit: str
    floor: str
    note: str = ""
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """Whether the promise is kept."""
        return self.reached >= self.target if self.at_least else self.reached <= self.target


def measured(topic: str) -> list[Row]:
    """The rows of a topic, by a process of its own: what another one loaded or holds is no part of its figures."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_rows, topic).result()


def _rows(topic: str) -> list[Row]:
    return list(importlib.import_module(f"bench_{topic}").rows())


@dataclass(frozen=True)
class Paired:
    """Seconds of two things that were measured in turn, each the median; `ratio` is the median of the pairs' ratios."""

    ours: float
    floor: float
    ratio: float


def seconds(call: Callable[[], object]) -> float:
    """How long one call takes."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def paired(ours: Callable[[], object], floor: Callable[[], object], times: int) -> Paired:
    """Measure `ours` and `floor` in turn, `times` times; which goes first alternates."""
    pairs: list[tuple[float, float]] = []
    for turn in range(times):
        if turn % 2:
            second = seconds(floor)
            pairs.append((seconds(ours), second))
        else:
            first = seconds(ours)
            pairs.append((first, seconds(floor)))
    return Paired(
        median(pair[0] for pair in pairs),
        median(pair[1] for pair in pairs),
        median(pair[0] / pair[1] for pair in pairs),
    )


def measured_by(python: Path, script: str, *arguments: object) -> Iterator[float]:
    """Seconds that a script in another environment measures, each time when the next figure is asked for.

    The script reads a line, does what is to be measured, and prints how long that took.
    """
    pipe = subprocess.PIPE
    command = [str(python), "-c", script, *map(str, arguments)]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            while True:
                process.stdin.write("\n")
                process.stdin.flush()
                yield float(process.stdout.readline())
        finally:
            process.stdin.close()


def quantile(values: Iterable[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


_HEADINGS = ("", "what", "reached", "target", "floor", "note")


def table(rows: Iterable[Row]) -> str:
    """The rows in columns, those that miss their target marked with `MISSED`, and a line that counts them."""
    listed = list(rows)
    cells = [_HEADINGS, *(_cells(row) for row in listed)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_HEADINGS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    kept = sum(row.holds for row in listed)
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:], "", f"{kept} of {len(listed)} targets reached"])


def _cells(row: Row) -> tuple[str, ...]:
    mark = "" if row.holds else "MISSED"
    sign = "≥" if row.at_least else "≤"
    return (
        mark,
        row.what,
        _with_unit(row.reached, row.unit),
        f"{sign} {_with_unit(row.target, row.unit)}",
        row.floor,
        row.note,
    )


def _with_unit(value: float, unit: str) -> str:
    digits = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{digits} {unit}".rstrip()
