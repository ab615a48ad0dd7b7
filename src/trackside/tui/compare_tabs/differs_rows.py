"""What sides were made with as rows of cells, and all that is known of one cell as lines. Pure functions."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from trackside.compare.differs.code import ChangedFile, CodeDifference, Commits
from trackside.compare.differs.command import Stretch
from trackside.compare.differs.differences import Differences
from trackside.compare.differs.rows import MISSING, Change
from trackside.compare.differs.rows import Row as Differing
from trackside.compare.sides import Side
from trackside.model.counting import counted
from trackside.model.hashes import SHOWN
from trackside.model.run import Code, DataRef
from trackside.services.metrics.curves import told_apart
from trackside.tui.param_words import param_text
from trackside.tui.tabs.code import patch_line
from trackside.tui.widgets.cells_table import WIDEST_WORDS, Cell, Row, heading
from trackside.tui.widgets.lines import Line, pairs

_CODE, _COMMAND = "code", "command"
_NOTHING = "nothing differs in params, environment, packages, data, code and command"
_SAYS = {"different": "differs", "unknown": "may differ", "same": "the same"}
_IMPORTED = {
    "both": "imported by both",
    "baseline": "imported by the baseline alone",
    "candidate": "imported here alone",
    "neither": "not imported",
}
_BECAME = {"changed": "changed", "added": "added", "removed": "not there", "unknown": "unknown", "same": "the same"}
_UNKNOWN = "unknown"
_ABSENT = {"params": str(MISSING), "environment": _UNKNOWN, "packages": "not installed", "data": "none"}


class Made(msgspec.Struct, frozen=True):
    """What the baseline and the candidates were made with. `code` comes later than the rest."""

    sides: tuple[Side, ...]
    found: Differences
    code: tuple[CodeDifference, ...] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What the sides are called by."""
        return tuple(told_apart([side.lead for side in self.sides]).values())


def rows(made: Made, *, everything: bool) -> list[Row]:
    """What differs and what may, section by section; with `everything` also what is alike."""
    shown: list[Row] = []
    for title, differing, text in _sections(made.found):
        wanted = [row for row in differing if everything or row.state != "same"]
        if wanted:
            shown += [*heading(title, after=shown), *(_row(title, row, _IN_CELLS.get(title, text)) for row in wanted)]
    if everything or made.code is None or any(each.state != "same" for each in made.code):
        shown += [*heading(_CODE, after=shown), Row(_CODE, "commit", _code_cells(made), words=True)]
    commands = [_unlike(each) for each in made.found.commands]
    if everything or any(commands):
        cells = (Cell("the baseline's"), *(Cell(f"{number} differ" if number else "the same") for number in commands))
        shown += [*heading(_COMMAND, after=shown), Row(_COMMAND, "arguments", cells, words=True)]
    return shown or [Row(None, _NOTHING, tone="dim")]


def details(made: Made, key: str, column: int) -> list[Line]:
    """All that is known of a cell: both values, the patch, or the command line."""
    if key == _CODE:
        return list(_of_code(made, column)) if made.code is not None else [Line.of("asking git …", "dim")]
    if key == _COMMAND:
        return list(_of_command(made, column))
    title, _, name = key.partition(" ")
    differing, text = next((rows_, text) for known, rows_, text in _sections(made.found) if known == title)
    row = next(row for row in differing if row.key == name)
    texts = _texts(title, row, text)
    known = [(made.names[0], texts[0])]
    said = ""
    if column:
        known.append((made.names[column], texts[column]))
        said = f": {_BECAME[row.changes[column - 1]]}"
    return [Line.of(f"{name}{said}", "head"), *pairs(known), *(Line.of(each, "dim") for each in made.found.remarks)]


def _sections(found: Differences) -> Iterator[tuple[str, Sequence[Differing[Any]], Callable[[Any], str]]]:
    yield "params", found.params, param_text
    yield "environment", found.environment, param_text
    yield "packages", found.packages, str
    yield "data", found.data, _data_text


def _data_text(data: DataRef) -> str:
    return data.fingerprint or data.uri


def _data_in_a_cell(data: DataRef) -> str:
    """As it has room in every column, so that one fingerprint is the same text wherever it stands."""
    text = _data_text(data)
    return text if data.fingerprint is None or len(text) <= WIDEST_WORDS else f"{text[: WIDEST_WORDS - 1]}…"


_IN_CELLS: dict[str, Callable[[Any], str]] = {"data": _data_in_a_cell}
"""How the values of a section are told in cells, where that is not as they are told below."""


def _row(title: str, row: Differing[Any], text: Callable[[Any], str]) -> Row:
    first, *others = _texts(title, row, text)
    cells = (
        Cell(shown, tone="dim" if change == "same" else "") for shown, change in zip(others, row.changes, strict=True)
    )
    return Row(f"{title} {row.key}", row.key, (Cell(first), *cells), words=True)


def _texts(title: str, row: Differing[Any], text: Callable[[Any], str]) -> list[str]:
    """The values of a row, the baseline's first; words for one that is not there, or of which nothing is known."""
    known: Sequence[tuple[Any, Change]] = ((row.baseline, "same"), *zip(row.values, row.changes, strict=True))
    return [
        (_UNKNOWN if change == "unknown" else _ABSENT[title]) if value is MISSING else text(value)
        for value, change in known
    ]


def _code_cells(made: Made) -> tuple[Cell, ...]:
    if made.code is None:
        return tuple(Cell("…") for _ in made.names)
    first = made.code[0].baseline
    cells = (Cell(_commit(each.candidate), tone="dim" if each.state == "same" else "") for each in made.code)
    return (Cell(_commit(first)), *cells)


def _commit(code: Code) -> str:
    if code.commit is None:
        return _UNKNOWN
    return code.commit[:SHOWN] + ("+" if code.dirty else "")


def _unlike(command: Sequence[Stretch]) -> int:
    """How many arguments are not the same."""
    return sum(max(len(each.baseline), len(each.candidate)) for each in command if not each.same)


def _of_command(made: Made, column: int) -> Iterator[Line]:
    yield Line.of(f"command of {made.names[column]}", "head")
    for stretch in made.found.commands[max(0, column - 1)] if made.found.commands else ():
        if stretch.same or not column:
            yield from (Line.of(f"  {argument}", hang=4) for argument in stretch.baseline)
        else:
            yield from (Line.of(f"- {argument}", "remove", hang=4) for argument in stretch.baseline)
            yield from (Line.of(f"+ {argument}", "add", hang=4) for argument in stretch.candidate)


def _of_code(made: Made, column: int) -> Iterator[Line]:
    assert made.code is not None
    found = made.code[max(0, column - 1)]
    if not column:
        yield Line.of(f"code of {made.names[0]}", "head")
        yield from pairs(_version(found.baseline))
        return
    yield Line.of(f"code of {made.names[column]}: {_SAYS[found.state]}", "head")
    yield from pairs(_version(found.candidate))
    yield from _commits(found.ahead, "only here")
    yield from _commits(found.behind, "only in the baseline")
    yield from (Line.of(f"  {remark}", "dim", hang=2) for remark in found.remarks)
    yield from pairs((changed.path, _changed(changed)) for changed in found.files)
    yield from map(patch_line, found.patch.splitlines())
    if found.cut:
        yield Line.of("the patch goes on", "dim")


def _version(code: Code) -> list[tuple[str, str]]:
    changes = {True: "differs from the commit", False: "as committed", None: ""}[code.dirty]
    return [("commit", code.commit or _UNKNOWN), ("branch", code.branch or ""), ("work tree", changes)]


def _commits(commits: Commits | None, where: str) -> Iterator[Line]:
    if commits is not None and commits.count:
        yield Line.of(f"  {counted(commits.count, 'commit')} {where}", "key")
        yield from (Line.of(f"    {line}", hang=4) for line in commits.lines)


def _changed(file: ChangedFile) -> str:
    """How many lines came and went, and which of the runs imported the file."""
    unknown = file.added is None or file.removed is None
    counts = "changed" if unknown else f"+{file.added:,} -{file.removed:,}"
    return f"{counts}, {_IMPORTED[file.imported]}" if file.imported else counts
