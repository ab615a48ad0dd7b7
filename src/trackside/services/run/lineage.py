"""Where the data and the artifacts of a run come from, and who used what it made: told by the hash of their content."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from trackside.model.counting import counted
from trackside.model.lineage import MOST_HOLDERS, Holder, Link
from trackside.model.numerals import grouped
from trackside.model.run import Run

if TYPE_CHECKING:
    from trackside.store.any_store import AnyStore

_MOST = 12


class Kinship(msgspec.Struct, frozen=True):
    """A sentence on what this run shares with others, what of this run it is about, and the run that it leads to."""

    what: str
    words: str
    run_id: str | None = None


def lineage(store: "AnyStore", run: Run) -> tuple[Kinship, ...]:
    """What a run has from others, and what others have from it. Asks the index; belongs in a worker thread."""
    from trackside.store.lineage import links

    own = links(run)
    held: dict[tuple[str, bool], list[Holder]] = {}
    for holder in store.holders(link.hash for link in own):
        held.setdefault((holder.link.hash, holder.link.made), []).append(holder)
    found = list(_kinships(run, own, held))
    left = [Kinship("", f"and {counted(len(found) - _MOST, 'more link')} to other runs")] if len(found) > _MOST else []
    return (*found[:_MOST], *left)


def _kinships(run: Run, own: Iterable[Link], held: Mapping[tuple[str, bool], Sequence[Holder]]) -> Iterator[Kinship]:
    """What is used before what is made; each content of an artifact is told once."""
    for link in own:
        made, used = held.get((link.hash, True), ()), held.get((link.hash, False), ())
        makers = [holder for holder in made if holder.run != run.id and holder.created <= run.created]
        users = _each_once(holder for holder in used if holder.run != run.id)
        all_are_known = len(used) < MOST_HOLDERS
        if link.made:
            if len(_each_once(makers)) == 1 and len(made) < MOST_HOLDERS:
                yield _last_of(makers, link.name, "the same as")
            if users:
                yield _used(link.name, "used", users, all_are_known)
        else:
            if makers:
                yield _last_of(makers, f"data.{link.name}", "←")
            if users:
                yield _used(f"data.{link.name}", "also used", users, all_are_known)


def _last_of(makers: Sequence[Holder], what: str, how: str) -> Kinship:
    """What another run made: of several, the last one before this run. Only what a run used comes from there."""
    last = max(makers, key=lambda holder: (holder.created, holder.link.step or 0))
    step = "" if last.link.step is None else f" (step {grouped(last.link.step)})"
    return Kinship(what, f"{how} {last.link.name} of {last.run_name}{step}", last.run)


def _used(what: str, how: str, users: Sequence[Holder], all_are_known: bool) -> Kinship:
    last = max(users, key=lambda holder: holder.created)
    if len(users) == 1:
        return Kinship(what, f"{how} by {last.run_name} as data.{last.link.name}", last.run)
    number = counted(len(users), "run") if all_are_known else f"{counted(len(users), 'run')} or more"
    return Kinship(what, f"{how} by {number}, last by {last.run_name}", last.run)


def _each_once(holders: Iterable[Holder]) -> list[Holder]:
    """The first holder of each run."""
    found: dict[str, Holder] = {}
    for holder in holders:
        found.setdefault(holder.run, holder)
    return list(found.values())
