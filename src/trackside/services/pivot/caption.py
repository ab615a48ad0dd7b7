"""The caption of a pivot in sentences: what the figures are, how they were tested, what must be known of the runs."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from trackside.compare.eval_data import any_unlike
from trackside.compare.pivot import PECULIAR, Cell, Group, Pivot
from trackside.compare.statistics.difference import ALPHA
from trackside.compare.statistics.replicates import FEWEST
from trackside.compare.statistics.sample import Sample
from trackside.model.counting import counted, listed
from trackside.model.hashes import shortened

_MOST_NAMED = 5


def title(pivot: Pivot) -> str:
    """What the table is of, where a person has no other words for it."""
    values = ", ".join(pivot.name(group.value) for group in pivot.groups)
    *first, last = map(pivot.name, (*pivot.row_keys, *pivot.column_keys))
    keys = " and ".join(filter(None, (", ".join(filter(None, first)), last)))
    return f"{values} by {keys}" if keys else values


def reading(pivot: Pivot, emphasis: str) -> Iterator[str]:
    """What a reader must know: what the figures are, and on which data. `emphasis` is the format's mark of the best."""
    cells = [cell for group in pivot.groups for cell in group.cells.values()]
    if any(cell.half_width is not None for cell in cells):
        yield "Mean ± 95 % confidence interval over seeds, their number in brackets."
    else:
        yield "In brackets the number of seeds."
    if any(cell.bold for cell in cells):
        yield f"{emphasis}: the best mean and those not significantly worse."
    if len({cell.folds for cell in cells}) > 1:
        yield "Folds share data: only cells of the same fold are tested on one another."
    yield from _of_each(pivot, _on_doubtful_data)


def remarks(pivot: Pivot) -> Iterator[str]:
    """What else is to be known: how it was tested and what was not, of which runs, and what was taken together."""
    yield from _on_tests(pivot)
    if any(0 < cell.n < FEWEST for group in pivot.groups for cell in group.cells.values()):
        yield f"Fewer than {FEWEST} seeds: the values themselves."
    yield from dict.fromkeys(note for group in pivot.groups for note in _on_seeds(group))
    yield from _of_each(pivot, _on_known_data)
    yield from pivot.accepted
    if pivot.filter:
        yield f"Of the runs that match {pivot.filter}."


def footnote(cell: Cell) -> str:
    """What must be known of a cell beside its figures; nothing of most."""
    said = [f"{number} {why}" for why, number in cell.left_out]
    if cell.going:
        said.append(f"{cell.going} still going and left out")
    if cell.archived:
        said.append(f"{cell.archived} archived and left out")
    if cell.mixes:
        said.append(f"mixes {_listed(cell.mixes)}")
    if cell.why_not in PECULIAR:
        said.append(cell.why_not)
    return ", ".join(said)


def _of_each(pivot: Pivot, sentences: Callable[[Group, str], Iterator[str]]) -> Iterator[str]:
    """The sentences on each value that is measured on data; once where they are the same for all of them."""
    groups = [group for group in pivot.groups if group.on_data]
    alike = len({tuple(sentences(group, "")) for group in groups}) == 1
    for group in groups[:1] if alike else groups:
        yield from sentences(group, "" if alike else f" of {pivot.name(group.value)}")


def _on_tests(pivot: Pivot) -> Iterator[str]:
    """How each value was tested; those that were tested alike in one sentence."""
    several = len(pivot.groups) > 1
    tested: dict[str, list[str]] = {}
    for group in pivot.groups:
        name, better = pivot.name(group.value), "smaller" if group.goal == "min" else "larger"
        of = f" of {name}" if several else ""
        if group.plain:
            yield f"Nothing{of} is marked as best: {group.plain}."
        elif not any(cell.bold for cell in group.cells.values()):
            yield f"Nothing{of} is marked as best: no two cells could be tested.{_on_untested(group)}"
        else:
            how = f"Welch's t, Holm over {counted(group.pairs, 'pair')} of cells, α = {ALPHA}.{_on_untested(group)}"
            tested.setdefault(how, []).append(f"{name}, {better} is better" if several else f"{better} is better")
    for how, names in tested.items():
        yield f"Tested ({'; '.join(names)}): {how}"


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
    samples = [cell.sample for cell in group.cells.values() if not cell.mixes]
    repeated, seedless = sum(one.repeated for one in samples), sum(one.seedless for one in samples)
    return (f"{note}." for note in Sample((), (), repeated=repeated, seedless=seedless).notes)


def _on_doubtful_data(group: Group, of: str) -> Iterator[str]:
    prints = group.eval_data
    unverified = sum(cell.unverified for cell in group.cells.values())
    if any_unlike(prints):
        yield f"Unlike eval data{of} are mixed ({_listed(prints)}): only cells on the same are tested on one another."
    elif len(prints) > 1:
        yield f"Eval data{of} unverified: fingerprinted in several ways ({_listed(prints)})."
    if unverified:
        yield f"Eval data{of} unverified for {counted(unverified, 'run')}."


def _on_known_data(group: Group, of: str) -> Iterator[str]:
    if len(group.eval_data) == 1 and not any(cell.unverified for cell in group.cells.values()):
        told = "acknowledged to be the same" if group.acknowledged else "the same"
        yield f"Eval data{of}: {told} for all runs ({shortened(group.eval_data[0])})."


def _listed(names: Sequence[str]) -> str:
    """The first few, shortened, and how many more."""
    return listed([*map(shortened, names)], _MOST_NAMED)
