"""All in which runs differ from a baseline but their code, and all of it as a JSON document."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from trackside.compare.differs.code import CodeDifference
from trackside.compare.differs.command import Stretch
from trackside.compare.differs.facts import DataRow, ParamRow
from trackside.compare.differs.packages import is_major
from trackside.compare.differs.rows import MISSING, Row

Document = dict[str, Any]


class Differences(msgspec.Struct, frozen=True):
    """Rows of which each has a value of every candidate, and each candidate's command line beside the baseline's.

    `baseline` and `candidates` are ids; `remarks` say what is not known.
    """

    baseline: str
    candidates: tuple[str, ...]
    params: tuple[ParamRow, ...]
    environment: tuple[ParamRow, ...]
    packages: tuple[Row[str], ...]
    data: tuple[DataRow, ...]
    commands: tuple[tuple[Stretch, ...], ...]
    remarks: tuple[str, ...] = ()


def document(found: Differences, code: Sequence[CodeDifference]) -> Document:
    """All of it as JSON has it, with `code` in the candidates' order."""
    commands = zip(found.candidates, found.commands, strict=True)
    return {
        "params": [row_document(row) for row in found.params],
        "environment": [_judged(row) for row in found.environment],
        "packages": [_package(row) for row in found.packages],
        "data": [_judged(row, msgspec.structs.asdict) for row in found.data],
        "commands": [{"run": run, "arguments": msgspec.to_builtins(each)} for run, each in commands],
        "code": [_code(run, each) for run, each in zip(found.candidates, code, strict=True)],
        "remarks": list(found.remarks),
    }


def row_document(row: Row[Any], shown: Callable[[Any], Any] = lambda value: value) -> Document:
    """A row of what the baseline and each candidate have; null, and `missing`, where one has nothing."""
    baseline, *others = (None if value is MISSING else shown(value) for value in row.sides)
    missing = {"missing": [value is MISSING for value in row.sides]} if MISSING in row.sides else {}
    return {"key": row.key, "baseline": baseline, "values": others, **missing}


def _judged(row: Row[Any], shown: Callable[[Any], Any] = lambda value: value) -> Document:
    return {**row_document(row, shown), "changes": list(row.changes)}


def _package(row: Row[str]) -> Document:
    return {**_judged(row), "major": [is_major(row.baseline, value) for value in row.values]}


def _code(run: str, found: CodeDifference) -> Document:
    sides = {"baseline": msgspec.structs.asdict(found.baseline), "candidate": msgspec.structs.asdict(found.candidate)}
    return {"run": run, **msgspec.to_builtins(found), **sides}
