"""One tracking server: its experiments and runs, which of them changed, and the short histories of many runs at once.

A question costs a server milliseconds whatever it asks, so runs are asked for by the hundred: what tells that one
changed comes from a search, and so do runs that are read for the first time and are over.
"""

import hashlib
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence

import msgspec

from trackside.sources.mlflow.answers import Experiment, Experiments, OneRun, Run, Runs
from trackside.sources.mlflow.facts import RUN_NAME
from trackside.sources.mlflow.rest_bulk import Short, short_histories
from trackside.sources.mlflow.rest_client import Client, ServerError, TooLargeError
from trackside.sources.protocol import SourceError

_API = "/api/2.0/mlflow"
_BLOCK = 100
_EXPERIMENTS = 100
_PACE = 1.0
_PACE_AWAY = 10.0
"""Seconds after which it is asked again how runs stand, and after a time when no answer came."""

OVER = ("FINISHED", "FAILED", "KILLED")
"""What a run says that is at its end."""

_PLAIN_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


class _Known(msgspec.Struct):
    """What was last seen of a run."""

    experiment: str
    name: str
    seen: str
    over: bool
    block: int
    unread: bool = False
    again: int = 0

    @property
    def stamp(self) -> str:
        """What was seen, and how often it is to be read again since reading it failed."""
        return f"{self.seen}+{self.again}"


class Server:
    """One tracking server. It may be asked from several threads."""

    def __init__(self, client: Client, clock: Callable[[], float] = time.monotonic) -> None:
        self.client = client
        self._clock = clock
        self._lock = threading.RLock()
        self._experiments: dict[str, Experiment] = {}
        self._known: dict[str, _Known] = {}
        self._blocks: list[list[str]] = []
        self._ahead: dict[str, tuple[Run, Short]] = {}
        self._tried: set[int] = set()
        self._away: tuple[float, ServerError] | None = None
        self._complete = False
        self._asked: set[str] = set()
        self._looking = False
        self._next_look = 0.0

    def runs(self, only: str | None = None, since: int | None = None) -> Iterator[Run]:
        """All runs there are, oldest first within an experiment, deleted ones, too.

        `only` those of one experiment, `since` those alone that began at that millisecond or later.
        """
        self._experiments |= self._all_experiments()
        if only is not None and only not in self._experiments:
            raise SourceError(f"{self.client.address} has no experiment {only[:100]!r}; leave it out to see all")
        wanted = list(self._experiments) if only is None else [only]
        condition = "" if since is None else f"attributes.start_time >= {since}"
        seen: set[str] = set()
        for first in range(0, len(wanted), _EXPERIMENTS):
            for page in self._searched(wanted[first : first + _EXPERIMENTS], condition):
                fresh = [run for run in page if run.info.id and run.info.id not in seen]
                seen.update(run.info.id for run in fresh)
                if page and not fresh:
                    break
                self._note(fresh)
                yield from fresh
        self._complete = self._complete or since is None

    def experiment(self, run: Run) -> Experiment:
        """The experiment of a run; one without a name where the server does not tell."""
        number = run.info.experiment_id
        if number not in self._experiments:
            self._experiments |= self._all_experiments()
        return self._experiments.setdefault(number, Experiment(number))

    def stamp(self, run: str) -> str | None:
        """What is other once a run is, as was last heard; None while nothing was.

        Once a second it is asked for behind, for all together that were asked for here and go on. Of those that are
        over `runs()` tells.
        """
        with self._lock:
            if self._clock() >= self._next_look and not self._looking:
                self._looking = True
                threading.Thread(target=self.look, daemon=True).start()
            known = self._known.get(run)
            if known is None:
                return None
            if not known.over:
                self._asked.add(run)
            return known.stamp

    def look(self) -> None:
        """Ask how the runs stand that go on. A server that is away changes nothing: who reads a run is told."""
        pace = _PACE
        try:
            self._look()
        except SourceError:
            pace = _PACE_AWAY
        finally:
            with self._lock:
                self._next_look, self._looking = self._clock() + pace, False

    def run(self, run: str, *, first: bool = False) -> tuple[Run, Short]:
        """A run as it is now, and those of its histories that came along.

        Where runs are read for the `first` time, neighbours come along. SourceError where the run is not there.
        """
        with self._lock:
            if first:
                self._read_ahead(run)
            ahead, known = self._ahead.pop(run, None), self._known.get(run)
            if ahead is not None and known is not None and self._stamp(ahead[0]) == known.seen:
                return ahead
        return self._get(run), {}

    def name_of(self, run: str) -> str | None:
        """What a run is called; None where it is not there, or has no name."""
        if run not in self._known:
            try:
                self._note([self._get(run)])
            except SourceError as error:
                if error.passing:
                    raise
        known = self._known.get(run)
        return known.name or None if known else None

    def _look(self) -> None:
        if not self._complete:
            for _ in self.runs():
                pass
            return
        with self._lock:
            going, self._asked = sorted(self._asked), set()
        for first in range(0, len(going), _BLOCK):
            self._note(self._these(going[first : first + _BLOCK]))

    def _get(self, run: str) -> Run:
        try:
            return self.client.get(f"{_API}/runs/get", {"run_id": run}, OneRun).run
        except ServerError as error:
            if error.code != "RESOURCE_DOES_NOT_EXIST":
                raise
            raise SourceError(
                f"{self.client.address} has the run {run} no more; what was read of it is kept"
            ) from error

    @property
    def away(self) -> bool:
        """Whether it was when it was asked last."""
        return self._away is not None

    def failed(self, error: ServerError, run: str = "") -> None:
        """Asking failed. The run that was to be read is to be read again once the server answers."""
        with self._lock:
            if known := self._known.get(run):
                known.unread = True
            if error.passing:
                self._away = self._clock() + _PACE_AWAY, error

    def check(self) -> None:
        """ServerError for a while where the server was away just now, whatever was asked for."""
        with self._lock:
            if self._away is not None and self._clock() < self._away[0]:
                raise ServerError(str(self._away[1]), self._away[1].status)

    def _note(self, runs: Sequence[Run]) -> None:
        """Remember how runs stand. A server that tells is there."""
        with self._lock:
            self._away = None
            for run in runs:
                before = self._known.get(run.info.id)
                if before is None:
                    if not self._blocks or len(self._blocks[-1]) == _BLOCK:
                        self._blocks.append([])
                    self._blocks[-1].append(run.info.id)
                self._known[run.info.id] = _Known(
                    run.info.experiment_id,
                    _name(run),
                    self._stamp(run),
                    run.info.status in OVER,
                    block=before.block if before else len(self._blocks) - 1,
                    again=before.again + before.unread if before else 0,
                )

    def _stamp(self, run: Run) -> str:
        data, experiment = run.data, self._experiments.get(run.info.experiment_id)
        listed = [sorted(pairs, key=lambda pair: pair.key) for pairs in (data.metrics, data.params, data.tags)]
        whole = msgspec.json.encode((run.info, experiment, listed, run.inputs))
        return hashlib.blake2b(whole, digest_size=16).hexdigest()

    def _all_experiments(self) -> dict[str, Experiment]:
        asked = {"max_results": 1_000, "view_type": "ALL"}
        pages = self.client.pages(
            lambda more: self.client.post(f"{_API}/experiments/search", asked | more, Experiments)
        )
        return {found.experiment_id: found for page in pages for found in page.experiments}

    def _searched(self, experiments: Sequence[str], condition: str) -> Iterator[list[Run]]:
        """Pages of runs, by when they began: what begins meanwhile stands behind. One too large comes in parts."""
        asked = {
            "experiment_ids": list(experiments),
            "filter": condition,
            "run_view_type": "ALL",
            "order_by": ["attributes.start_time ASC"],
        }
        size = _BLOCK

        def ask(more: dict[str, str]) -> Runs:
            nonlocal size
            while True:
                try:
                    return self.client.post(f"{_API}/runs/search", asked | more | {"max_results": size}, Runs)
                except TooLargeError:
                    if size == 1:
                        raise
                    size = max(1, size // 10)

        for page in self.client.pages(ask):
            yield page.runs

    def _these(self, runs: Sequence[str]) -> list[Run]:
        """Some runs by their ids, in one question."""
        named = [run for run in runs if _PLAIN_ID.fullmatch(run)]
        listed = ", ".join(f"'{run}'" for run in named)
        experiments = sorted({self._known[run].experiment for run in named})
        found = self._searched(experiments, f"attributes.run_id IN ({listed})") if named else ()
        return [run for page in found for run in page if run.info.id in named]

    def _read_ahead(self, run: str) -> None:
        """Read a run that is over together with its neighbours, unless that was done before."""
        known = self._known.get(run)
        if known is None or not known.over or known.block in self._tried:
            return
        self._tried.add(known.block)
        over = [other for other in self._blocks[known.block] if self._known[other].over]
        if len(over) > 1:
            try:
                found = self._these(over)
            except ServerError as error:
                if error.passing:
                    raise
                return  # a server that does not know how to look for ids
            self._note(found)
            short = short_histories(self.client, found)
            self._ahead = {other.info.id: (other, short[other.info.id]) for other in found}


def _name(run: Run) -> str:
    return run.info.run_name or next((tag.value or "" for tag in run.data.tags if tag.key == RUN_NAME), "")
