"""A pivot for programs: every figure of every cell by itself and unrounded, as CSV or as a document for JSON."""

import csv
import io
from typing import Any

from trackside.compare.pivot import Cell, Group, Pivot, Place
from trackside.compare.statistics.difference import ALPHA
from trackside.services.csv_cells import as_cell
from trackside.services.pivot.caption import footnote
from trackside.services.pivot.page import page

_FIGURES = ("mean", "half_width_95", "n", "of", "bold", "p_adjusted", "values", "note", "eval_data")


def csv_text(pivot: Pivot) -> str:
    """One line a cell: the values of its keys, and its figures. `values` are those of the seeds, apart by spaces.

    What a spreadsheet would take for a formula has an apostrophe before it.
    """
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    keys = map(pivot.name, (*pivot.row_keys, *pivot.column_keys))
    writer.writerow([*map(as_cell, keys), "value", *_FIGURES])
    for group in pivot.groups:
        for row, column in _places(pivot, group):
            labels = ("" if label is None else as_cell(label) for label in (*row, *column))
            writer.writerow([*labels, as_cell(pivot.name(group.value)), *_figures(group.cells[row, column])])
    return lines.getvalue()


def document(pivot: Pivot) -> dict[str, Any]:
    """The table as JSON has it, caption and notes as they stand in print."""
    said = page(pivot)
    return {
        "caption": said.title,
        "notes": list(said.sentences),
        "filter": pivot.filter,
        "rows": list(pivot.row_keys),
        "columns": list(pivot.column_keys),
        "values": [
            {
                "value": group.value,
                "goal": group.goal,
                "pairs": group.pairs,
                "cells": [
                    {
                        "row": dict(zip(pivot.row_keys, row, strict=True)),
                        "column": dict(zip(pivot.column_keys, column, strict=True)),
                        **_document(group.cells[row, column]),
                    }
                    for row, column in _places(pivot, group)
                ],
            }
            for group in pivot.groups
        ],
    }


def _places(pivot: Pivot, group: Group) -> list[tuple[Place, Place]]:
    """The places of a group that some run is at, line by line."""
    return [(row, column) for row in pivot.rows for column in pivot.columns if (row, column) in group.cells]


def _document(cell: Cell) -> dict[str, Any]:
    return {
        "n": cell.n,
        "of": cell.of,
        "mean": cell.mean if cell.n else None,
        "half_width": cell.half_width,
        "level": 1 - ALPHA if cell.half_width is not None else None,
        "values": list(cell.sample.values),
        "bold": cell.bold,
        "p_adjusted": cell.p,
        "why_not": cell.why_not,
        "left_out": dict(cell.left_out),
        "going": cell.going,
        "archived": cell.archived,
        "mixes": list(cell.mixes),
        "eval_data": sorted(cell.eval_data),
        "unverified": cell.unverified,
        "runs": list(cell.runs),
    }


def _figures(cell: Cell) -> list[Any]:
    return [
        cell.mean if cell.n else "",
        "" if cell.half_width is None else cell.half_width,
        cell.n,
        cell.of,
        str(cell.bold).lower(),
        "" if cell.p is None else cell.p,
        " ".join(map(repr, cell.sample.values)),
        footnote(cell),
        as_cell(" ".join(sorted(cell.eval_data))),
    ]
