"""Series of a run: metrics with the steps that trackside has, and what was printed or told."""

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec

from trackside.model.counting import counted
from trackside.model.foreign import Histograms, Item, Points, Printed, Remark, Texts
from trackside.model.histogram import Histogram
from trackside.model.system import FAMILY
from trackside.sources import histograms

if TYPE_CHECKING:
    import polars as pl

_FARTHEST = float(1 << 63)
_MOST_APART = 8_000_000
_LONGEST_TEXT = 1 << 20
_CONSOLE = ("stdout", "stderr")


class _Series(msgspec.Struct):
    count: int
    last: float | None
    rising: bool
    whole: bool


class Outline(msgspec.Struct):
    """Which series a run has, and which of them can be passed on as they come.

    These are the ones whose steps are whole and go up. All others have to be seen whole: to find what stands twice in
    an export, and to number steps that are no whole numbers.
    """

    metrics: dict[str, _Series] = msgspec.field(default_factory=dict)
    texts: bool = False
    histograms: bool = False
    began: float | None = None
    ended: float | None = None

    def take(self, row: dict[str, Any]) -> None:
        """What stands of one series in one stretch of rows."""
        self._times(row["began"], row["ended"])
        if row["type"] == "string_series":
            self.texts = True
        elif row["type"] == "histogram_series":
            self.histograms = True
        elif row["path"] in self.metrics:
            known = self.metrics[row["path"]]
            rises = known.last is not None and row["first"] is not None and row["first"] > known.last
            known.rising = known.rising and bool(row["rising"]) and rises
            known.whole = known.whole and bool(row["whole"])
            known.count += row["count"]
            known.last = row["last"]
        else:
            self.metrics[row["path"]] = _Series(row["count"], row["last"], bool(row["rising"]), bool(row["whole"]))

    def _times(self, began: float | None, ended: float | None) -> None:
        if began is not None:
            self.began = began if self.began is None else min(self.began, began)
        if ended is not None:
            self.ended = ended if self.ended is None else max(self.ended, ended)

    @property
    def orderly(self) -> set[str]:
        """Metrics that can be passed on as they come."""
        return {path for path, known in self.metrics.items() if known.rising and known.whole}

    @property
    def fractional(self) -> list[str]:
        """Metrics that have steps which are no whole numbers."""
        return [path for path, known in self.metrics.items() if not known.whole]


class Curves:
    """Values of metrics, stretch by stretch."""

    def __init__(self, outline: Outline, names: "Names") -> None:
        self._orderly = outline.orderly
        self._fractional = outline.fractional
        self._names = names
        self._apart: list[pl.DataFrame] = []
        self._kept_apart = 0
        self._lost = 0
        self._left_out = 0

    def take(self, frame: "pl.DataFrame") -> Iterator[Item]:
        """The next stretch of rows: path, step, time, value."""
        import polars as pl

        kept = frame.filter(pl.col("step").is_between(-_FARTHEST, _FARTHEST, closed="none"))
        self._lost += frame.height - kept.height
        orderly = pl.col("path").is_in(list(self._orderly))
        yield from self._points(kept.filter(orderly))
        apart = kept.filter(~orderly)
        room = _MOST_APART - self._kept_apart
        self._left_out += max(0, apart.height - room)
        if apart.height and room:
            self._apart.append(apart.head(room))
            self._kept_apart += min(apart.height, room)

    def rest(self) -> Iterator[Item]:
        """What had to be seen whole, and what there is to say of it all."""
        import polars as pl

        if self._apart:
            frame = pl.concat(self._apart)
            self._apart.clear()
            once = frame.unique(["path", "step"], keep="last", maintain_order=True).sort("step", maintain_order=True)
            if frame.height > once.height:
                twice = counted(frame.height - once.height, "point")
                yield Remark(f"{twice} twice in the export; the later one counts")
            fractional = pl.col("path").is_in(self._fractional)
            yield from self._points(once.filter(~fractional))
            yield from self._numbered(once.filter(fractional))
        if self._lost:
            yield Remark(f"left out {counted(self._lost, 'point')} without a step that 64 bits hold")
        if self._left_out:
            yield Remark(
                f"left out {counted(self._left_out, 'point')} out of order, since there are more than can be sorted"
            )

    def _numbered(self, frame: "pl.DataFrame") -> Iterator[Item]:
        """Steps that are no whole numbers are counted, in their order; the given one is the metric `step`."""
        import polars as pl

        if not frame.height:
            return
        steps = frame.group_by("step").agg(pl.col("time").min()).sort("step").with_row_index("number")
        numbers = steps.select("step", pl.col("number").cast(pl.Float64))
        yield from self._points(frame.join(numbers, on="step").drop("step").rename({"number": "step"}))
        given = steps.select(pl.lit("step").alias("path"), "time", value="step", step=pl.col("number").cast(pl.Float64))
        yield from self._points(given, self._names.unused("step"))

    def _points(self, frame: "pl.DataFrame", name: str | None = None) -> Iterator[Item]:
        import polars as pl

        for (path,), part in frame.partition_by("path", as_dict=True, maintain_order=True).items():
            yield Points(
                (name or self._names.of(str(path)),),
                part["step"].cast(pl.Int64).to_numpy(),
                part["time"].fill_null(float("nan")).to_numpy(),
                part["value"].to_numpy().reshape(-1, 1),
            )


class Drawn:
    """Series of histograms."""

    def __init__(self, created: float) -> None:
        self._created = created
        self._reached: dict[str, float] = {}
        self._left = 0

    def take(self, frame: "pl.DataFrame") -> Iterator[Item]:
        """The next stretch of rows: path, step, time, kind, edges, counts. What stands twice is told the first time."""
        for index in range(frame.height):
            path, step, time, kind, edges, counts = frame.row(index)
            if step is None or not abs(step) < _FARTHEST or step <= self._reached.get(path, -_FARTHEST * 2):
                continue
            self._reached[path] = step
            histogram = _histogram(kind, edges, counts)
            if histogram is None:
                self._left += 1
            else:
                yield Histograms(int(step), self._created if time is None else time, {path: histogram})

    def rest(self) -> Iterator[Item]:
        """What there is to say of them."""
        if self._left:
            yield Remark(histograms.left_out(self._left))


def _histogram(kind: str | None, edges: list[float] | None, values: list[float] | None) -> Histogram | None:
    """From counts, or from densities, which are counts over the widths of their bins."""
    if not edges or not values or None in edges or None in values:
        return None
    if kind == "DENSITY":
        values = [value * (high - low) for value, (low, high) in zip(values, pairwise(edges), strict=False)]
    return histograms.sensible(values, edges)


class Names:
    """What metrics are called in trackside: what the client measured of the machine has its own family."""

    def __init__(self, paths: list[str]) -> None:
        self._paths = set(paths)
        watched = {path.split("/")[1] for path in paths if path.startswith("monitoring/") and path.count("/") > 1}
        self._alone = len(watched) < 2

    def of(self, path: str) -> str:
        """`system/cpu` of `monitoring/1a2b3c4d/cpu`, where one process was watched, else `system/1a2b3c4d/cpu`."""
        space, _, rest = path.partition("/")
        if space not in ("monitoring", "runtime") or not rest:
            return path
        if space == "monitoring" and self._alone:
            rest = rest.rpartition("/")[2] if rest.count("/") == 1 else rest
        return f"{FAMILY}{rest}"

    def unused(self, name: str) -> str:
        """A name that no metric of the run has."""
        return f"given {name}" if name in self._paths else name


class Told:
    """Series of texts: what was printed, and all else by name."""

    def __init__(self, created: float) -> None:
        self._created = created
        self._reached: dict[str, float] = {}
        self._twice = 0
        self._cut = 0

    def take(self, frame: "pl.DataFrame") -> Iterator[Item]:
        """The next stretch of rows: path, step, time, text. What was printed is in the order of its times."""
        import polars as pl

        console = pl.col("path").str.split("/").list.last().is_in(_CONSOLE)
        printed = frame.filter(console).sort("time", maintain_order=True, nulls_last=True)
        for index in range(printed.height):
            path, step, time, text = printed.row(index)
            if self._is_new(path, step):
                line = text if text.endswith("\n") else f"{text}\n"
                yield Printed(float("nan") if time is None else time, line.encode())
        others = frame.filter(~console)
        for index in range(others.height):
            path, step, time, text = others.row(index)
            if self._is_new(path, step):
                self._cut += len(text) > _LONGEST_TEXT
                at = int(step) if step is not None and abs(step) < _FARTHEST else 0
                yield Texts(at, self._created if time is None else time, {path: text[:_LONGEST_TEXT]})

    def rest(self) -> Iterator[Item]:
        """What there is to say of them."""
        if self._twice:
            yield Remark(f"{self._twice:,} texts stand twice in the export; the first one counts")
        if self._cut:
            yield Remark(f"{self._cut:,} texts of more than 1 MiB were cut")

    def _is_new(self, path: str, step: float | None) -> bool:
        if step is None:
            return True
        if step <= self._reached.get(path, -_FARTHEST * 2):
            self._twice += 1
            return False
        self._reached[path] = step
        return True
