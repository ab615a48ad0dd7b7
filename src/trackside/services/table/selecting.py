"""The runs that a person asked for: filtered, sorted, and only the page on screen made into Python objects."""

from collections.abc import Collection, Iterable, Sequence
from functools import cached_property, partial
from typing import Any

import msgspec
import polars as pl
from msgspec.structs import replace

from trackside.model.errors import UsageError
from trackside.model.goals import infer_goal
from trackside.model.health import GRAVITY
from trackside.model.nearest import meant
from trackside.model.run import OWN_SOURCE
from trackside.model.system import is_system, listed
from trackside.query.compile import SEARCH, compile_filter, resolve
from trackside.query.complete import Vocabulary
from trackside.query.derived import SIGN, derived, formula_of
from trackside.query.fields import FIELDS, HEADS, STATISTICS
from trackside.query.parse import FilterError, parse
from trackside.query.tree import And, Node, has_words, mentions, without
from trackside.services.table.asked import NEWEST_FIRST, SortKey
from trackside.services.table.per_frame import Kept
from trackside.services.table.rows import NOTED, PROGRESS, TELLING

FACETS = ("project", "tag", "group", "status", "health")
_FACET_COLUMNS = {"tag": "tags"}
_FEW_WORDS = (*FACETS, "user", "host", "store", "source", "primary")
_LISTS = ("tags", "health")
MOST_VALUES = 1_000
"""Values of a facet that are counted: the rarer ones are for a filter, or for the tag picker."""

_BACKWARDS = frozenset({"age"})
"""Keys that grow as their columns fall."""

_GRAVITIES = {kind: len(GRAVITY) - place for place, kind in enumerate(GRAVITY)}
"""The graver, the larger; 0 is for what this version does not know."""

_SORTED_BY = {PROGRESS: "step", NOTED: "notes"}


class Query(msgspec.Struct, frozen=True):
    """What is asked of the table."""

    filter: str = ""
    sort: tuple[SortKey, ...] = NEWEST_FIRST


class View:
    """The rows that a query found, in its order. `error` says what of the filter was left out, and why."""

    def __init__(self, frame: pl.DataFrame, order: pl.Series, error: FilterError | None) -> None:
        self.frame = frame
        self.order = order
        self.error = error

    def __len__(self) -> int:
        return len(self.order)

    def beside(self, frame: pl.DataFrame) -> "View":
        """The same rows of a frame that has more columns."""
        return self if frame is self.frame else View(frame, self.order, self.error)

    def ids(self, start: int, end: int) -> list[str]:
        """The runs from place `start` to before `end`."""
        return self._page(["id"], start, end).get_column("id").to_list()

    def rows(self, start: int, end: int, columns: list[str]) -> list[tuple[Any, ...]]:
        """Their values; None in a column that no run has."""
        known = [name for name in columns if name in self.frame.columns]
        page = self._page(known, start, end).to_dict(as_series=False)
        empty = [None] * max(0, min(end, len(self)) - start)
        return list(zip(*(page.get(name, empty) for name in columns), strict=True)) if columns else []

    def position(self, run_id: str) -> int | None:
        """Where a run stands, None where it is not among them."""
        found = (self._ids == run_id).arg_max()
        return int(found) if found is not None and self._ids[found] == run_id else None

    def newest(self) -> str | None:
        """The run that began last; None where there is none."""
        latest = self.frame.get_column("created").gather(self.order).arg_max()
        return None if latest is None else str(self._ids[latest])

    def absent(self, run_ids: Collection[str]) -> int:
        """How many of these runs are not among them."""
        return len(run_ids) - int(self._ids.is_in(list(run_ids)).sum()) if run_ids else 0

    def facets(self) -> dict[str, list[tuple[str, int]]]:
        """How often each project, tag, group, status and health occurs among them, the most frequent first.

        Each store and source too, where the runs of the table are in several stores, or several systems recorded them.
        """
        mixed = [name for name in ("store", "source") if self.frame.get_column(name).n_unique() > 1]
        return {name: self.facet(name) for name in (*FACETS, *mixed)}

    def facet(self, name: str) -> list[tuple[str, int]]:
        """The same of one facet."""
        return self.counted(_FACET_COLUMNS.get(name, name))

    @cached_property
    def _ids(self) -> pl.Series:
        return self.frame.get_column("id").gather(self.order)

    def _page(self, columns: list[str], start: int, end: int) -> pl.DataFrame:
        return self.frame.select(columns)[self.order[max(0, start) : max(0, end)]]

    def counted(self, column: str, most: int | None = MOST_VALUES) -> list[tuple[str, int]]:
        """How often each value of a column of words occurs among them: so many of the most frequent, these first."""
        values = self.frame.get_column(column).gather(self.order)
        if column == "health":
            values = values.list.eval(pl.element().str.split(":").list.first()).list.unique()
        if column in _LISTS:
            values = values.explode()
        counted = values.drop_nulls().value_counts(sort=True).head(most or values.len())
        return sorted(counted.iter_rows(), key=lambda row: (-row[1], row[0]))


def every_tag(frame: pl.DataFrame) -> list[tuple[str, int]]:
    """All tags of the runs of a frame, and how many have each, the most frequent first."""
    return _TAGS.of(frame, None, lambda: whole(frame).counted("tags", most=None))


def select(frame: pl.DataFrame, query: Query, now: float) -> View:
    """The rows of `frame` (see `store.table`) that `query` asks for.

    A mistake in the filter never empties the table: the rest of it still holds, and `View.error` tells of it.
    Archived runs are left out unless the filter asks about them. `now` is what `since:2h` counts from.
    """
    found, error = _found(frame, query.filter, now)
    order = _order(frame, query.sort)
    return View(frame, order.filter(found.gather(order)), error)


def unsorted(frame: pl.DataFrame, filter_: str, now: float) -> View:
    """The same rows as they stand in the frame."""
    found, error = _found(frame, filter_, now)
    return View(frame, found.arg_true(), error)


def _found(frame: pl.DataFrame, filter_: str, now: float) -> tuple[pl.Series, FilterError | None]:
    node, predicate, error = _predicate(frame, filter_, now)
    if not mentions(node, "archived"):
        predicate &= ~pl.col("archived")
    columns = frame.with_columns(_search_text(frame)) if has_words(node) else frame
    return columns.select(predicate.alias("found") & pl.col("id").is_not_null()).to_series(), error


def matches(frame: pl.DataFrame, node: Node, text: str, now: float) -> pl.Series:
    """Of which rows a part of the filter `text` holds, archived or not. FilterError where it is mistaken."""
    predicate = compile_filter(node, frame.schema, now, text, _systems(frame, node))
    columns = frame.with_columns(_search_text(frame)) if has_words(node) else frame
    return columns.select(predicate.fill_null(value=False).alias("found")).to_series()


def varying_columns(view: View, limit: int) -> list[str]:
    """Columns worth showing: the metric that these runs are judged by, params in which they differ, other metrics.

    Where they are judged by none, the metric that most of them have; the params that most of them have come first.
    """
    names = [name for name in view.frame.columns if name.startswith("param.")]
    varying = _varying(view, names)
    primary = primary_metric(view)
    judged = [name for name in (f"best.{primary}", f"metric.{primary}") if name in view.frame.columns]
    others = _frequent_metrics(view, besides=primary)[: 2 if judged else 3]
    first = judged or others[:1]
    last = others if judged else others[1:]
    return [*first, *varying[: max(0, limit - len(first) - len(last))], *last]


def telling_columns(view: View) -> list[str]:
    """The system and the project, where those of these runs are several."""
    return [field for field in TELLING if len(view.counted(field)) > 1]


def primary_metric(view: View) -> str | None:
    """The metric by which most of these runs are judged."""
    counted = view.counted("primary")
    return counted[0][0] if counted else None


def metrics(frame: pl.DataFrame) -> list[str]:
    """Names of all metrics that some run has, those of the machine last."""
    names = (name.removeprefix("metric.") for name in frame.columns if name.startswith("metric."))
    return listed(names)


def column_of(key: str, frame: pl.DataFrame) -> str | None:
    """The column that a person means by `key`; None where there is none."""
    return key if key in frame.columns else resolve(key, frame.schema)


def known_column(key: str, frame: pl.DataFrame) -> str:
    """The column that a person means by `key`; UsageError says the nearest one."""
    column = column_of(key, frame)
    if column is not None:
        return column
    if key in STATISTICS:
        raise UsageError(f"{key} of which metric? Write {key}({primary_metric(whole(frame)) or 'METRIC'})")
    known = [*FIELDS, *HEADS, *(name.partition(".")[2] for name in frame.columns if "." in name)]
    raise UsageError(
        f"no column {key!r}{meant(key, known) or ': no run has a field, a param or a metric of that name'}"
    )


def sort_columns(frame: pl.DataFrame, sort: Iterable[SortKey]) -> list[tuple[str, bool]]:
    """The columns that these keys mean, and whether each falls; without those that no run has."""
    return [
        (column, key.descending != (key.key in _BACKWARDS))
        for key in sort
        if (column := column_of(_SORTED_BY.get(key.key, key.key), frame)) is not None
    ]


def known_sort_key(key: SortKey, frame: pl.DataFrame) -> SortKey:
    """The key, if rows can be sorted by it; UsageError says the nearest one, or points into a derived column."""
    if key.key.startswith(SIGN):
        derived(key.key, frame.schema)
        return replace(key, key=f"{SIGN}{formula_of(key.key)}")
    known_column(_SORTED_BY.get(key.key, key.key), frame)
    return key


def whole(frame: pl.DataFrame) -> View:
    """Every row, as it stands."""
    return View(frame, pl.Series(range(frame.height), dtype=pl.UInt32), None)


def vocabulary(frame: pl.DataFrame) -> Vocabulary:
    """What the filter bar can complete."""
    params = [name.removeprefix("param.") for name in frame.columns if name.startswith("param.")]
    return Vocabulary(params, metrics(frame), partial(_values, frame))


def _values(frame: pl.DataFrame, name: str) -> Sequence[str]:
    """What runs have in a field whose words are few, or in a param that has words, the most frequent first."""
    if name == "archived":
        return "true", "false"
    column = _FACET_COLUMNS.get(name, name)
    if name in _FEW_WORDS or (name.startswith("param.") and frame.schema.get(name) == pl.String):
        return [value for value, _ in whole(frame).counted(column)]
    return ()


def _varying(view: View, names: list[str]) -> list[str]:
    """Those columns in which these runs differ, the fullest first; to have no value is a difference too."""
    if not names or not len(view):
        return []
    rows = view.frame.select(pl.col(names).gather(view.order))
    differ = rows.select(pl.all().ne_missing(pl.all().first()).any()).row(0)
    varying = [name for name, differs in zip(names, differ, strict=True) if differs]
    return sorted(varying, key=lambda name: -rows.get_column(name).count())


def _predicate(frame: pl.DataFrame, text: str, now: float) -> tuple[Node, pl.Expr, FilterError | None]:
    parsed, error = _parsed(text)
    node: Node | None = parsed
    while node is not None:
        try:
            return node, compile_filter(node, frame.schema, now, text, _systems(frame, node)), error
        except FilterError as mistake:
            error = error or mistake
            node = without(node, mistake.start)
    return And(()), pl.lit(value=True), error


def _systems(frame: pl.DataFrame, node: Node) -> list[str]:
    """What a filter that asks for a system may call it: those that are read, and those that recorded these runs."""
    if not mentions(node, "source"):
        return []
    from trackside.sources.table import SOURCES

    return sorted({OWN_SOURCE, *(source.name for source in SOURCES)}.union(frame.get_column("source").drop_nulls()))


def _parsed(text: str) -> tuple[Node, FilterError | None]:
    """The tree of a filter; of a mistaken one, of what stands before the mistake."""
    error: FilterError | None = None
    while text:
        try:
            return parse(text), error
        except FilterError as mistake:
            error = error or mistake
            text = text[: mistake.start].rstrip() if mistake.start < len(text) else text.rpartition(" ")[0]
    return And(()), error


def _order(frame: pl.DataFrame, sort: tuple[SortKey, ...]) -> pl.Series:
    """All rows in order: those without a value last, whichever way; equal ones newest first."""
    return _ORDER.of(frame, sort, lambda: _sorted(frame, sort))


def _sorted(frame: pl.DataFrame, sort: tuple[SortKey, ...]) -> pl.Series:
    keys: dict[str, bool] = {}
    for column, way in (*sort_columns(frame, sort), ("created", True)):
        keys.setdefault(column, way)
    columns = {str(place): _sortable(frame.get_column(column)) for place, column in enumerate(keys)}
    by = pl.arg_sort_by(list(columns), descending=list(keys.values()), nulls_last=True, maintain_order=True)
    return pl.DataFrame(columns).select(by).to_series()


def _sortable(values: pl.Series) -> pl.Series:
    """What is compared: of what needs attention how grave it is; of nothing, NaN and empty text nothing."""
    if values.dtype == pl.Float64:
        return values.fill_nan(None)
    if values.name == "health":
        gravest = values.list.first().str.split(":").list.first()
        return gravest.replace_strict(_GRAVITIES, default=0, return_dtype=pl.UInt8).set(gravest.is_null(), None)
    words = values.list.join(" ") if values.dtype == pl.List(pl.String) else values
    return words.set(words == "", None) if words.dtype == pl.String else words


def _frequent_metrics(view: View, besides: str | None) -> list[str]:
    """Columns of the metrics that most of these runs have, those first of which it is known what is better."""
    names = [name for name in metrics(view.frame) if name != besides and not is_system(name)]
    rows = view.frame.select(f"metric.{name}" for name in names)[view.order] if names else pl.DataFrame()
    counts = {name: rows.get_column(f"metric.{name}").count() for name in names}
    order = sorted(names, key=lambda name: (-counts[name], infer_goal(name) is None))
    return [f"metric.{name}" for name in order if counts[name]]


def _search_text(frame: pl.DataFrame) -> pl.Series:
    """What is written of each run, in lower case: what the compiler of filters looks for words in."""
    return _SEARCH_TEXT.of(frame, None, lambda: _written(frame))


def _written(frame: pl.DataFrame) -> pl.Series:
    params = [name for name, kind in frame.schema.items() if name.startswith("param.") and kind == pl.String]
    parts = [
        pl.col("name"),
        pl.col("notes"),
        pl.col("source_id"),
        pl.col("address"),
        pl.col("tags").list.join("\n"),
        *(pl.concat_str(pl.lit(f"{name.removeprefix('param.')}="), pl.col(name)) for name in params),
    ]
    text = pl.concat_str(parts, separator="\n", ignore_nulls=True).str.to_lowercase()
    return frame.select(text.alias(SEARCH)).to_series()


_ORDER = Kept[pl.Series]()
_SEARCH_TEXT = Kept[pl.Series]()
_TAGS = Kept[list[tuple[str, int]]]()
