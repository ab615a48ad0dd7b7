"""What runs say of themselves beside each other: their params, what they ran on, their data."""

from collections.abc import Mapping, Sequence

from trackside.compare.differs.rows import MISSING, Change, Missing, Row, change, change_of_known, rows
from trackside.compare.eval_data import unlike
from trackside.model.natural import natural
from trackside.model.params import param_text
from trackside.model.run import DataRef, Param, Run

ParamRow = Row[Param]
DataRow = Row[DataRef]


def params(baseline: Run, candidates: Sequence[Run], *, everything: bool = False) -> tuple[ParamRow, ...]:
    """Params by key."""
    return rows(baseline.params, [run.params for run in candidates], change, everything=everything)


def environment(baseline: Run, candidates: Sequence[Run], *, everything: bool = False) -> tuple[ParamRow, ...]:
    """Python, system, machine, cards and their driver, seed, and `determinism.…`; nothing of what no run says."""
    return rows(_ran_on(baseline), list(map(_ran_on, candidates)), change_of_known, everything=everything)


def params_together(sides: Sequence[Sequence[Run]]) -> tuple[ParamRow, ...]:
    """Every param of any run, those that differ first; of replicates that disagree all values, in one text."""
    baseline, *candidates = (_together([run.params for run in side]) for side in sides)
    return rows(baseline, candidates, change, everything=True)


def environment_together(sides: Sequence[Sequence[Run]]) -> tuple[ParamRow, ...]:
    """The same of what they ran on."""
    baseline, *candidates = (_together([_ran_on(run) for run in side]) for side in sides)
    return rows(baseline, candidates, change_of_known, everything=True)


def data(baseline: Run, candidates: Sequence[Run], *, everything: bool = False) -> tuple[DataRow, ...]:
    """Data by role. What it is called and where it lies does not make it another: its fingerprint does."""
    return rows(baseline.data, [run.data for run in candidates], _change_of_data, everything=everything)


def _together(replicates: Sequence[Mapping[str, Param]]) -> dict[str, Param]:
    keys = dict.fromkeys(key for said in replicates for key in said)
    return {key: _one([said.get(key, MISSING) for said in replicates]) for key in keys}


def _one(values: Sequence[Param | Missing]) -> Param:
    told = {str(value) if value is MISSING else param_text(value) or "null": value for value in values}
    first, *others = told.values()
    return ", ".join(sorted(told, key=natural)) if others or first is MISSING else first


def _change_of_data(before: DataRef | Missing, after: DataRef | Missing) -> Change:
    if before is MISSING or after is MISSING:
        return change(before, after)
    is_other = unlike(before.fingerprint, after.fingerprint)
    return "unknown" if is_other is None else "changed" if is_other else "same"


def _ran_on(run: Run) -> dict[str, Param]:
    known = run.environment
    said: dict[str, Param] = {
        "python": known.python,
        "platform": known.platform,
        "container": known.container,
        "cpu": known.cpu,
        "memory": known.memory,
        "gpu": list(known.gpu) or None,
        "driver": known.driver,
        "cuda": known.cuda,
        "seed": run.seed,
        **{f"determinism.{name}": value for name, value in known.determinism.items()},
    }
    return {name: value for name, value in said.items() if value is not None}
