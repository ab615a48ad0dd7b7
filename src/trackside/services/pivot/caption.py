"""The caption of a pivot in sentences: what the figures are, how they were tested, what must be known of the runs."""

from collections import Counter
from collections.abc import Iterator, Sequence

from trackside.compare.pivot import PECULIAR, Cell, Group, Pivot, any_unlike
from trackside.compare.statistics.difference import ALPHA
from trackside.compare.statistics.replicates import FEWEST
from trackside.compare.statistics.sample import Sample
from trackside.model.counting import counted
from trackside.model.hashes import shortened

_MOST_NAMED = 5


def title(pivot: Pivot) -> str:
    """What the table is of, where a person has no other words for it."""
    values = ", ".join(group.value for group in pivot.groups)
    *first, last = (*pivot.row_keys, *pivot.column_keys)
    return f"{values} by {' and '.join(filter(None, (', '.join(first), last)))}"


def sentences(pivot: Pivot, emphasis: str) -> Iterator[str]:
    """How to read the table, and what to think of it. `emphasis` is what the format calls the mark of the best."""
    groups = pivot.groups
    yield from _on_figures([cell for group in groups for cell in group.cells.values()])
    for group in groups:
        yield _on_tests(group, f" of {group.value}" if len(groups) > 1 else "", emphasis)
    yield from dict.fromkeys(note for group in groups for note in _on_seeds(group))
    alike = len({tuple(_on_eval_data(group, "")) for group in groups}) == 1
    for group in groups[:1] if alike else groups:
        yield from _on_eval_data(group, "" if alike else f" of {group.value}")
    yield from pivot.accepted
    if pivot.differing:
        yield f"Runs of one cell differ in {_listed(pivot.differing)}: its mean is over these too."
    if pivot.filter:
        yield f"Of the runs that match {pivot.filter}."


def footnote(cell: Cell) -> str:
    """What must be known of a cell beside its figures; nothing of most."""
    said = [f"{number} {why}" for why, number in cell.left_out]
    if cell.going:
        said.append(f"{cell.going} still going and left out")
    if cell.why_not in PECULIAR:
        said.append(cell.why_not)
    return ", ".join(said)


def _on_figures(cells: Sequence[Cell]) -> Iterator[str]:
    if any(cell.half_width is not None for cell in cells):
        yield "Mean ± half-width of its 95 % confidence interval (Student's t over seeds)."
    yield "In brackets the number of seeds."
    if any(0 < cell.n < FEWEST for cell in cells):
        yield f"Fewer than {FEWEST} seeds: the values themselves."


def _on_tests(group: Group, of: str, emphasis: str) -> str:
    if group.plain:
        return f"Nothing{of} is marked as best: {group.plain}."
    if not any(cell.bold for cell in group.cells.values()):
        return f"Nothing{of} is marked as best: no two cells could be tested.{_on_untested(group)}"
    better = "smaller" if group.goal == "min" else "larger"
    return (
        f"{emphasis}: the best mean{of} ({better} is better) and those not significantly worse "
        f"(Welch's t, Holm over {counted(group.pairs, 'pair')} of cells, α = {ALPHA}).{_on_untested(group)}"
    )


def _on_untested(group: Group) -> str:
    """How many cells took part in no test, why, and whether one of them would be the best."""
    untested = [cell for cell in group.cells.values() if cell.why_not is not None]
    if not untested:
        return ""
    counts = Counter(cell.why_not for cell in untested)
    said = ", ".join(f"{counted(number, 'cell')} ({why})" for why, number in counts.most_common())
    leads = [cell.mean for cell in group.cells.values() if cell.best]
    means = [cell.mean for cell in untested if cell.n]
    least = group.goal == "min"
    ahead = bool(leads and means) and (min(means) < min(leads) if least else max(means) > max(leads))
    return f" Not tested and never marked: {said}{'; the best mean of all is one of them' if ahead else ''}."


def _on_seeds(group: Group) -> Iterator[str]:
    samples = [cell.sample for cell in group.cells.values()]
    repeated, seedless = sum(one.repeated for one in samples), sum(one.seedless for one in samples)
    return (f"{note}." for note in Sample((), (), repeated=repeated, seedless=seedless).notes)


def _on_eval_data(group: Group, of: str) -> Iterator[str]:
    prints = group.eval_data
    unverified = sum(cell.unverified for cell in group.cells.values())
    if any_unlike(prints):
        yield f"Unlike eval data{of} are mixed ({_listed(prints)}): only cells on the same are tested on one another."
    elif len(prints) > 1:
        yield f"Eval data{of} unverified: fingerprinted in several ways ({_listed(prints)})."
    elif prints and not unverified:
        yield f"Eval data{of}: the same for all runs ({shortened(prints[0])})."
    if unverified:
        yield f"Eval data{of} unverified for {counted(unverified, 'run')}."


def _listed(names: Sequence[str]) -> str:
    """The first few, shortened, and how many more."""
    more = len(names) - _MOST_NAMED
    shown = ", ".join(map(shortened, names[:_MOST_NAMED]))
    return f"{shown} and {more:,} more" if more > 0 else shown
