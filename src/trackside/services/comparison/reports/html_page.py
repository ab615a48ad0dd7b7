"""A comparison as one HTML file: it opens from disk, loads nothing and runs nothing.

The banner comes first, then the table, and for each metric with a verdict its curves beside the sentences.
"""

import time
from collections.abc import Iterator, Sequence
from importlib.resources import files
from itertools import count, cycle, product
from pathlib import Path
from xml.etree.ElementTree import Element

from trackside import __version__
from trackside.charts.colours import DARK, LIGHT, assign
from trackside.compare.comparison import Cell, Comparison, Reason, Row
from trackside.compare.difference_curve import DifferenceCurve
from trackside.compare.differs.facts import params
from trackside.compare.points import Curves
from trackside.compare.sides import Side
from trackside.services.cells import date, number
from trackside.services.comparison import words
from trackside.services.comparison.cell_curves import difference_of
from trackside.services.comparison.detecting import Detection
from trackside.services.comparison.point_words import points_sentence
from trackside.services.comparison.reports.html_elements import document, element
from trackside.services.comparison.reports.statistics_page import meanings
from trackside.services.comparison.reports.svg_curves import Line, svg_curves
from trackside.services.comparison.side_curves import side_curves
from trackside.services.comparison.why_words import parting_sentence
from trackside.services.new_file import appearing
from trackside.store.any_store import AnyStore

_DASHES = ("7 3", "2 3", "9 3 2 3", "14 4", "5 2 1 2 1 2", "1 5", "12 3 5 3", "3 7", "15 3 2 3 2 3", "7 7")
_WIDTHS = (1.8, 3.2)
"""Patterns of the candidates' lines, thin and then thick, so that no curve is told by its colour alone."""

_CURVES = (
    "Curves are drawn by step. Lines are the means of seeds, at the steps that all of them logged; bands are one "
    "standard deviation to either side. Of fewer than three seeds each run is a line. Below them stands the difference "
    "of each candidate from the baseline, of three seeds or more on both sides with a band for all steps at once."
)


def write_html(comparison: Comparison, store: AnyStore, out: Path, detected: Sequence[Detection] = ()) -> None:
    """Write the report of runs of `store` to the file `out`, which appears whole or not at all."""
    page = html(comparison, store.series, store=", ".join(store.addresses), made=time.time(), detected=detected)
    with appearing(out, over=True) as stream:
        stream.write(page.encode())


def html(comparison: Comparison, curves: Curves, *, store: str, made: float, detected: Sequence[Detection] = ()) -> str:
    """The whole document. `store` is where the runs are, `made` the time in seconds since the epoch."""
    sides = (comparison.baseline, *comparison.candidates)
    title = f"{words.side_name(comparison.baseline)} and {', '.join(map(words.side_name, comparison.candidates))}"
    return document(
        f"Comparison: {title}",
        files("trackside.services.comparison.reports").joinpath("comparison.css").read_text(encoding="utf-8")
        + _colours(sides),
        element(
            "header", element("h1", "Compared with ", _name(comparison.baseline)), *_facts(comparison, store, made)
        ),
        *(element("p", sentence, class_="banner", role="alert") for sentence in words.barring_sentences(comparison)),
        element("main", *_sections(comparison, sides, curves, detected)),
    )


def _facts(comparison: Comparison, store: str, made: float) -> Iterator[Element]:
    yield element("p", f"Project {comparison.baseline.lead.project}. {points_sentence(comparison)}")
    yield element("p", f"Made on {date(made)} from {store} by trackside {__version__}.")


def _sections(
    comparison: Comparison, sides: Sequence[Side], curves: Curves, detected: Sequence[Detection]
) -> Iterator[Element]:
    below = [
        *words.bare_sentences(comparison),
        *words.near_sentences(comparison),
        *words.unverified_sentences(comparison),
    ]
    told = (element("p", sentence) for sentence in below)
    yield element("section", element("h2", "Metrics"), _metrics(comparison, sides), *told)
    judged = [row for row in comparison.rows if words.judged_cells(row)]
    for row in judged:
        yield _judged(row, sides, curves)
    if judged:
        yield element("p", _CURVES, class_="aside")
    if detected:
        needed = (element("li", one.sentence) for one in detected)
        yield element("section", element("h2", "Seeds that a difference needs"), element("ul", *needed))
    accepted = [element("li", sentence) for sentence in words.accepted_sentences(comparison)]
    if accepted:
        yield element("section", element("h2", "Accepted by a person"), element("ul", *accepted, class_="reasons"))
    differing = params(sides[0].lead, [side.lead for side in sides[1:]])
    if differing:
        rows = [[param.key, *map(str, param.sides)] for param in differing]
        yield element("section", element("h2", "Params that differ"), _table("param", sides, rows))
    yield element("section", element("h2", "How to read the signs"), _signs(), class_="signs")


def _metrics(comparison: Comparison, sides: Sequence[Side]) -> Element:
    rows = [
        [
            row.metric,
            words.baseline_text(row.cells[0], comparison.baseline),
            *(_value(cell, comparison.baseline) for cell in row.cells),
        ]
        for row in comparison.rows
    ]
    return _table("metric", sides, rows, class_="numbers")


def _value(cell: Cell, baseline: Side) -> Element | str:
    if cell.value is None:
        return words.cell_text(cell, baseline)
    return element(
        "span",
        f"{number(cell.value)} ",
        element("span", words.change_text(cell), class_="change"),
        " ",
        _sign(cell),
        f" {words.going_mark(cell, baseline)} {words.count_text(cell)}",
    )


def _sign(cell: Cell) -> Element:
    return element("b", cell.sign, class_=f"sign {cell.verdict.word}", title=cell.verdict.word)


def _judged(row: Row, sides: Sequence[Side], curves: Curves) -> Element:
    """The curves of a metric, below them how the candidates differ along them, and what is said of each."""
    goal = {"min": "smaller is better", "max": "larger is better", None: "no goal is known of all sides"}[row.goal]
    drawn = [
        Line(curve.x, curve.y, slot, curve.half)
        for slot, side in enumerate(sides)
        for curve in side_curves(side, row.metric, curves).curves
    ]
    picture = svg_curves(drawn, f"{row.metric} by step: {', '.join(map(words.side_name, sides))}")
    baseline = element(
        "li", _swatch(0), _name(sides[0]), f" {words.baseline_text(row.cells[0], sides[0])}, the baseline"
    )
    judged = words.judged_cells(row)
    cells = [
        (slot, cell, difference_of(row, sides[0], cell, curves))
        for slot, cell in enumerate(row.cells, start=1)
        if cell in judged
    ]
    apart = svg_curves(
        [Line(difference.places, difference.delta, slot, difference.half) for slot, _, difference in cells],
        f"{row.metric} by step: the difference from {words.side_name(sides[0])}",
        level=0.0,
        under=drawn,
    )
    pictures = [element("figure", picture if picture is not None else "There is no point to draw.")]
    if apart is not None:
        pictures.append(element("figure", apart, element("figcaption", "candidate − baseline")))
    return element(
        "section",
        element("h2", row.metric, element("small", f" {goal}")),
        element(
            "div",
            element("div", *pictures, class_="curves"),
            element("ul", baseline, *(_said(*each) for each in cells), class_="verdicts"),
            class_="judged",
        ),
    )


def _said(slot: int, cell: Cell, difference: DifferenceCurve) -> Element:
    """The claim in a line, below it what it rests on, where the curves part, and what is not alike on both sides."""
    claim, *rests_on = words.verdict_parts(cell)
    figures = (element("span", f"{part} · " if part != rests_on[-1] else part) for part in rests_on)
    return element(
        "li",
        *(_swatch(slot), _name(cell.side), " ", _sign(cell), f" {claim}"),
        element("div", *figures, class_="figures"),
        element("div", parting_sentence(difference), class_="figures"),
        *([_reasons(reasons)] if (reasons := words.telling_reasons(cell)) else []),
    )


def _reasons(reasons: Sequence[Reason]) -> Element:
    return element("ul", *(element("li", words.reason_sentence(reason)) for reason in reasons), class_="reasons")


def _signs() -> Element:
    return element(
        "dl",
        *(
            part
            for meaning in meanings()
            for part in (
                element("dt", element("b", meaning.signs), f" {meaning.called}"),
                element("dd", f"{meaning.means} ", element("em", meaning.proviso)),
            )
        ),
    )


def _table(what: str, sides: Sequence[Side], rows: Sequence[Sequence[Element | str]], **attributes: str) -> Element:
    """A table of a column a side; as wide as it has to be, in a frame that scrolls."""
    heads = (element("th", _swatch(slot), _name(side), scope="col") for slot, side in enumerate(sides))
    body = (
        element("tr", element("th", row[0], scope="row"), *(element("td", cell) for cell in row[1:])) for row in rows
    )
    head = element("thead", element("tr", element("th", what, scope="col"), *heads))
    return element("div", element("table", head, element("tbody", *body), **attributes), class_="wide", tabindex="0")


def _name(side: Side) -> Element:
    return element("b", words.side_name(side), class_="name")


def _swatch(slot: int) -> Element:
    line = element("line", x1="1", x2="31", y1="5", y2="5", class_=f"line s{slot}")
    return element("svg", line, viewBox="0 0 32 10", class_="swatch", aria_hidden="true")


def _colours(sides: Sequence[Side]) -> str:
    """The baseline is drawn solid in the colour of text, the candidates in those of their runs."""
    ids = [side.lead.id for side in sides[1:]]
    light, dark = (list(assign(ids, palette).values()) for palette in (LIGHT, DARK))
    rules = [
        f".s{slot} {{ --line: {ours}; stroke-dasharray: {dashes}; stroke-width: {width}; }}"
        for slot, ours, (width, dashes) in zip(count(1), light, cycle(product(_WIDTHS, _DASHES)), strict=False)
    ]
    night = [f".s{slot} {{ --line: {ours}; }}" for slot, ours in enumerate(dark, start=1)]
    return "\n".join([*rules, "@media (prefers-color-scheme: dark) {", *night, "}", ""])
