"""A comparison as a JSON document, in the shape that scripts rely on."""

from collections.abc import Sequence

from trackside.compare.comparison import Cell, Comparison, Reason
from trackside.compare.differs.differences import document
from trackside.compare.sides import Side
from trackside.services.comparison.detecting import Detection
from trackside.services.comparison.provenance.differences import load, load_code
from trackside.services.documents import Document
from trackside.store.any_store import AnyStore


def comparison_document(store: AnyStore, comparison: Comparison, detected: Sequence[Detection] = ()) -> Document:
    """`trackside compare --json`. Pairs are (baseline, candidate); in what sides differ, each is its first run.

    `same_code` is what told, of the baseline and of each candidate, that its runs are replicates.
    """
    sides = (comparison.baseline, *comparison.candidates)
    baseline, *candidates = (side.lead for side in sides)
    return {
        "baseline": _ids(comparison.baseline),
        "candidates": [_ids(side) for side in comparison.candidates],
        "same_code": [side.same_code for side in sides],
        "at": str(comparison.at),
        "correction": "holm",
        "primary": comparison.primary,
        "rows": [
            {"metric": row.metric, "goal": row.goal, "cells": [_cell(comparison.baseline, cell) for cell in row.cells]}
            for row in comparison.rows
        ],
        **document(load(store, baseline, candidates), load_code(store, baseline, candidates)),
        "near": [
            {"runs": _ids(side), "param": near.param, "others": [run.id for run in near.runs]}
            for side in sides
            for near in side.near
        ],
        "detect": [one.document() for one in detected],
        "comparable": comparison.comparable,
        "reasons": [_reason(reason) for reason in comparison.reasons],
    }


def _cell(baseline: Side, cell: Cell) -> Document:
    verdict, found = cell.verdict, cell.verdict.difference
    family = verdict.family
    return {
        "runs": _ids(cell.side),
        "at_step": cell.at_step,
        "baseline_at_step": cell.baseline_at_step,
        "value": cell.value,
        "baseline_value": cell.baseline_value,
        "delta": cell.delta,
        "delta_pct": cell.percent,
        "delta_sd": cell.spreads,
        "verdict": verdict.word,
        "scope": found.scope,
        "n": found.n,
        "unit": found.unit,
        "n_left_out": found.left_out,
        "n_archived": [len(side.archived) for side in (baseline, cell.side)],
        "sd": None if found.sd is None else [None if sd != sd else sd for sd in found.sd],
        "ci": found.interval,
        "ci_level": found.level,
        "interval": found.interval_kind,
        "p": found.p,
        "p_exact": found.p_exact,
        "p_adjusted": verdict.p_adjusted,
        "family": None if family is None else {"name": family.name, "size": family.size},
        "margin": verdict.margin,
        "method": found.method,
        "why_not": found.why_not,
        "notes": found.notes,
        "provisional": verdict.provisional,
        "reasons": [_reason(reason) for reason in cell.reasons],
    }


def _reason(reason: Reason) -> Document:
    return {
        "code": reason.code,
        "blocks": reason.blocks,
        "baseline": reason.baseline,
        "candidate": reason.candidate,
        "acknowledged": reason.acknowledged,
    }


def _ids(side: Side) -> list[str]:
    return [run.id for run in side.runs]
