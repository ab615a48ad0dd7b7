"""A comparison as Markdown: for a pull request, or for notes."""

from collections.abc import Iterable, Iterator, Sequence

from trackside.compare.comparison import Comparison
from trackside.compare.differs.facts import params
from trackside.services.comparison.detecting import Detection
from trackside.services.comparison.point_words import points_sentence
from trackside.services.comparison.words import (
    accepted_sentences,
    bare_sentences,
    barring_sentences,
    baseline_text,
    cell_text,
    judged_cells,
    near_sentences,
    reason_sentence,
    side_name,
    telling_reasons,
    unverified_sentences,
    verdict_sentence,
)
from trackside.services.markdown import as_text


def markdown(comparison: Comparison, detected: Sequence[Detection] = ()) -> str:
    """The banner, the table, a sentence for each verdict, what differs, and what else is to be known."""
    return "\n".join(_lines(comparison, detected)) + "\n"


def _lines(comparison: Comparison, detected: Sequence[Detection]) -> Iterator[str]:
    baseline = comparison.baseline
    yield f"The baseline is **{as_text(side_name(baseline))}**. {points_sentence(comparison)}"
    for sentence in barring_sentences(comparison):
        yield ""
        yield f"> **{as_text(sentence)}**"
    yield ""
    yield _row(["metric", "baseline", *(as_text(side_name(side)) for side in comparison.candidates)])
    yield _row(["---", *["---:"] * (len(comparison.candidates) + 1)])
    for row in comparison.rows:
        cells = [baseline_text(row.cells[0], baseline), *(cell_text(cell, baseline) for cell in row.cells)]
        yield _row([as_text(row.metric), *map(as_text, cells)])
    for sentence in accepted_sentences(comparison):
        yield ""
        yield as_text(sentence)
    yield ""
    for row in comparison.rows:
        for cell in judged_cells(row):
            name = f"{row.metric}, {side_name(cell.side)}"
            yield f"- {as_text(name)}: {as_text(verdict_sentence(cell))}"
            noted = [reason for reason in telling_reasons(cell) if not reason.bars]
            yield from (f"  - {as_text(reason_sentence(reason))}" for reason in noted)
    rows = params(baseline.lead, [side.lead for side in comparison.candidates])
    if rows:
        yield ""
        yield _row(["param", "baseline", *(as_text(side_name(side)) for side in comparison.candidates)])
        yield _row(["---"] * (len(comparison.candidates) + 2))
        yield from (_row([as_text(row.key), *(as_text(str(value)) for value in row.sides)]) for row in rows)
    besides = [
        *bare_sentences(comparison),
        *near_sentences(comparison),
        *unverified_sentences(comparison),
        *(one.sentence for one in detected),
    ]
    if besides:
        yield ""
        yield from (f"- {as_text(sentence)}" for sentence in besides)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
