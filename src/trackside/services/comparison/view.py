"""All that a screen shows of a comparison, read in one go: for a worker thread."""

from collections.abc import Mapping

import msgspec

from trackside.compare.comparison import Comparison
from trackside.compare.differs.facts import ParamRow, params_together
from trackside.compare.sides import Side
from trackside.model.errors import UsageError
from trackside.model.run import Run
from trackside.services.comparison.comparing import Asked, compared
from trackside.services.comparison.detecting import Detection, detect
from trackside.store.any_store import AnyStore


class ComparisonView(msgspec.Struct, frozen=True):
    """`runs` are those asked for, the baseline's first run before them.

    Where nothing could be compared, `comparison` is None and `why_not` says why. `project` is that of the first run
    asked for, and `baseline` its decision. `params` are all, those that differ first; `remarks` say what is to be known
    of how runs were taken together. `detected` is what is known of a difference that was asked for, by metric.
    """

    runs: tuple[Run, ...]
    project: str | None
    baseline: str | None
    comparison: Comparison | None = None
    params: tuple[ParamRow, ...] = ()
    why_not: str = ""
    remarks: tuple[str, ...] = ()
    detected: Mapping[str, Detection] = msgspec.field(default_factory=dict)

    @property
    def sides(self) -> tuple[Side, ...]:
        """The baseline, then the candidates."""
        return () if self.comparison is None else (self.comparison.baseline, *self.comparison.candidates)

    @property
    def every_run(self) -> tuple[Run, ...]:
        """All runs of all sides, also those that do not count; those asked for, where nothing is compared."""
        of_sides = (run for side in self.sides for run in side.all_runs)
        return tuple({run.id: run for run in of_sides}.values()) or self.runs


def load(store: AnyStore, asked: Asked, difference: str = "") -> ComparisonView:
    """Compare, and collect what is shown beside. What cannot be compared is shown as runs alone.

    `difference` is one that seeds are to find, as a person types it; nothing where that is not asked.
    """
    runs = store.runs(asked.runs)
    project = runs[0].project if runs else None
    baseline = None if project is None else store.project(project).baseline
    remarks: list[str] = []
    try:
        found = compared(store, asked, remark=remarks.append)
    except UsageError as error:
        return ComparisonView(tuple(runs), project, baseline, why_not=str(error))
    lead = found.baseline.lead
    others = [run for run in runs if run.id != lead.id]
    params = params_together([side.runs for side in (found.baseline, *found.candidates)])
    said = tuple(dict.fromkeys(remarks))
    detected = {one.metric: one for one in detect(found, difference)} if difference else {}
    return ComparisonView((lead, *others), project, baseline, found, params, remarks=said, detected=detected)
