"""What has been read of a run so far, and how the frames of its logs change it.

A `RunFold` is all that the index keeps beside the offsets: folding the bytes [a, b) of a log into it gives what
folding the whole log again would give. What a log holds is untrusted: a frame that makes no sense is counted and
passed over. This module knows bytes and arrays; what makes sense says `said`, files are `scan`'s, a run's final shape
is `compose`'s.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from trackside.health.names import judged
from trackside.model.goals import Goal, infer_goal
from trackside.model.health import Finding
from trackside.model.keys import short
from trackside.model.run import Mark, ProjectSettings
from trackside.model.system import is_system
from trackside.store import journal, resumes, said
from trackside.store.at_best import AtBest, last_points
from trackside.store.decode import Block, Chunk
from trackside.store.drawn import Drawn
from trackside.store.journal import Frame, Kind
from trackside.store.log_fold import COPIED, LogFold
from trackside.store.resumes import Resume
from trackside.store.stats import Stats
from trackside.store.summaries import Summaries

REMARKS = "remarks"
"""The section of what was said that tells, sentence by sentence, what of another system's files was not read.

The value is whether something is missing by that.
"""

CURRENT = "remarks.current"
"""The same of how those files are now: it holds until they are read again."""

SECTION = "source"
"""The section of what was said that tells where a copy stands: `cursor`, `stamp`, `broken`."""

OWN = "own/"
"""What the names begin with, among those of a run's logs, that this user keeps outside of the store."""

_PACE_SAMPLES = 12
_PACE_SECONDS = 2.0
_INSIDE = "joined"


class Stamped(msgspec.Struct, array_like=True):
    """A value that was edited: of several, the one with the greatest (stamp, writer) holds."""

    stamp: int
    writer: str
    value: Any


class LastText(msgspec.Struct, array_like=True):
    """A text that was logged: of several, the one at the greatest (step, time) is the last."""

    step: int
    time: float
    text: str


class RunFold(msgspec.Struct):
    """Everything that the logs of one run have said so far, ready to be packed."""

    manifest: dict[str, Any]
    manifest_ns: int = 0
    """When `run.json` was written. It never changes, but for what heals it."""
    logs: dict[str, LogFold] = {}
    stats: dict[str, Stats] = {}
    sections: dict[str, dict[str, Any]] = {}
    inside: dict[str, dict[str, Any]] = {}
    """What a script said that joined the run from inside: it knows better than whoever started it."""

    out_of_turn: bool = False
    """Whether a log said something after one that was opened later: the last word is not the one that was read last."""

    fields: dict[str, Stamped] = {}
    tags: dict[str, Stamped] = {}
    marks: list[Mark] = []
    texts: dict[str, LastText] = {}
    histograms: dict[str, Drawn] = {}
    at_best: AtBest | None = None
    pace: list[tuple[float, int]] = []
    resumes: list[Resume] = []
    damaged: int = 0
    found: list[Finding] | None = None
    """What the shapes of the curves said at the end of the run: they were let go of, for they are large."""

    def fold(self, name: str, chunk: Chunk, decoder: bytes, settings: ProjectSettings) -> None:
        """Take in what was decoded of the log `name` after its offset."""
        log = self.logs.setdefault(name, LogFold())
        for frame in chunk.others:
            self._fold_frame(log, frame)
        if not log.sealed and not log.is_of_rank:
            self.fold_rows(log, chunk.blocks, settings)
        log.offset = chunk.end
        log.decoder = decoder
        self.damaged += len(chunk.damage)

    def fold_rows(self, log: LogFold, blocks: Iterable[Block], settings: ProjectSettings) -> None:
        """Take in those rows of a log that no resume replaced."""
        cut = self.superseded_from(log)
        kept = [block for block in (block.before(cut) for block in blocks) if len(block.step)]
        for block in kept:
            log.reached(int(block.step.max()))
        self._fold_blocks(kept, settings)

    def fold_shapes(self, blocks: Iterable[Block], metrics: Iterable[str]) -> None:
        """Take in the shapes of the curves of these metrics, all else of which is known."""
        wanted = set(metrics)
        summaries = Summaries(self.stats)
        for block in blocks:
            summaries.add_shapes(block, wanted.intersection(block.keys))

    def keep(self, found: list[Finding]) -> None:
        """Keep of the shapes of the curves what they say, for nothing more comes."""
        self.found = found
        for stats in self.stats.values():
            stats.shape = b""

    def superseded_from(self, log: LogFold) -> int | None:
        """The step from which what a log says of metrics is superseded; None where all of it counts."""
        return resumes.superseded_from(log.opened, self.resumes) if self.resumes else None

    def holds_superseded(self) -> bool:
        """Whether something was taken in that a resume replaced since: then all has to be read again."""
        cuts = ((log.reach, self.superseded_from(log)) for log in self.logs.values())
        return any(reach is not None and cut is not None and reach >= cut for reach, cut in cuts)

    def judge(self, settings: ProjectSettings) -> None:
        """Follow a primary metric or a goal that changed since the rows were folded."""
        primary, step = self._best(settings)
        if primary is None or step is None:
            self.at_best = None
        elif self.at_best is None or self.at_best.primary != primary or self.at_best.step != step:
            self.at_best = AtBest(primary, step, {}, set(self.stats))

    def said(self, section: str) -> dict[str, Any]:
        """What the logs say of params, data, environment and the like, by key. It is not to be changed."""
        if section not in self.inside:
            return self.sections.get(section, {})
        known = dict(self.sections.get(section, {}))
        _take(section, known, self.inside[section])
        return known

    def remarks(self) -> dict[str, Any]:
        """What was not read of another system's files, and whether something is missing by that."""
        return {**self.said(REMARKS), **self.said(CURRENT)}

    def of_store(self) -> dict[str, LogFold]:
        """The logs in the store by their names; of one that a disk lost altogether, what its writer said aside."""
        own = {name.removeprefix(OWN): log for name, log in self.logs.items() if name.startswith(OWN)}
        return own | {name: log for name, log in self.logs.items() if not name.startswith(OWN)}

    def said_aside(self, name: str) -> LogFold:
        """What the writer of the log `name` could not say in it; nothing where that has its end all the same."""
        known = self.logs.get(name)
        return LogFold() if known is not None and known.closed else self.logs.get(OWN + name, LogFold())

    def ending(self, name: str) -> dict[str, Any] | None:
        """How the writer of the log `name` says that it ended; None where it said nothing."""
        return self.logs.get(name, LogFold()).status or self.said_aside(name).status

    def dropped(self) -> int:
        """How many rows could not be kept."""
        return sum(max(log.dropped, self.said_aside(name).dropped) for name, log in self.of_store().items())

    def dropped_why(self) -> str | None:
        """Why a log cannot be written, where that was said."""
        said = (self.said_aside(name).opened.get("why") for name in self.of_store())
        return next((why for why in said if why), None)

    @property
    def project(self) -> str:
        """The project that the run belongs to."""
        return short(str(self.said("run").get("project") or self.manifest.get("project") or "default"))

    def primary(self, settings: ProjectSettings) -> str | None:
        """The metric that the run is judged by: the project's choice, else the one that it declared itself."""
        if settings.primary is not None:
            return settings.primary
        declared = [metric for metric in self.said("metrics") if self._declared(metric).get("primary")]
        return declared[-1] if declared else None

    def goal(self, metric: str, settings: ProjectSettings) -> Goal | None:
        """Which direction is better: the project's word, else the declared one, else what the name says."""
        return settings.goals.get(metric) or self._declared_goal(metric) or infer_goal(metric)

    def declared_goals(self) -> dict[str, Goal]:
        """The goals that the run declared itself, by metric."""
        goals = {metric: self._declared_goal(metric) for metric in self.said("metrics")}
        return {metric: goal for metric, goal in goals.items() if goal is not None}

    def latest_stamp(self) -> int:
        """The greatest stamp seen among this run's edits, 0 without any."""
        return max((edited.stamp for edits in (self.fields, self.tags) for edited in edits.values()), default=0)

    def _declared(self, metric: str) -> dict[str, Any]:
        declared = self.said("metrics").get(metric)
        return declared if isinstance(declared, dict) else {}

    def _declared_goal(self, metric: str) -> Goal | None:
        goal = self._declared(metric).get("goal")
        return goal if goal in ("min", "max") else None

    def _best(self, settings: ProjectSettings) -> tuple[str | None, int | None]:
        primary = self.primary(settings)
        known = self.stats.get(primary) if primary is not None else None
        if primary is None or known is None:
            return primary, None
        return primary, known.best_step(self.goal(primary, settings))

    def _fold_blocks(self, blocks: list[Block], settings: ProjectSettings) -> None:
        judged = self.primary(settings) is not None
        before = last_points(self.stats) if judged else {}
        summaries = Summaries(self.stats)
        for block in blocks:
            summaries.add(block)
            if not all(map(is_system, block.keys)):
                self._keep_pace(block)
        primary, step = self._best(settings)
        if primary is None or step is None:
            return
        if self.at_best is None or self.at_best.primary != primary:
            self.at_best = AtBest(primary)
        self.at_best.move(step, before)
        self.at_best.fold(blocks)

    def _keep_pace(self, block: Block) -> None:
        if not len(block.step):
            return
        if not self.pace:
            self.pace.append((float(block.time[0]), int(block.step[0])))
        time = float(block.time[-1])
        if time - self.pace[-1][0] >= _PACE_SECONDS:
            self.pace.append((time, int(block.step[-1])))
            del self.pace[:-_PACE_SAMPLES]

    def _fold_frame(self, log: LogFold, frame: Frame) -> None:
        fold = _FOLDS.get(frame.kind)
        if fold is None:
            return
        try:
            fold(self, log, frame.payload)
        except said.NONSENSE:
            self.damaged += 1


def stamp(edits: dict[str, Stamped], key: str, edited: Stamped) -> None:
    """Let the greatest (stamp, writer) hold. Keys of one edit stay in its order."""
    known = edits.get(key)
    if known is None or (known.stamp, known.writer) <= (edited.stamp, edited.writer):
        edits.pop(key, None)
        edits[key] = edited


def _take(section: str, known: dict[str, Any], told: Mapping[str, Any]) -> None:
    """Let what is told of a section hold over what is known; of a metric word by word: it is declared bit by bit."""
    for key, value in told.items():
        before = known.get(key) if section == "metrics" else None
        known[key] = {**before, **value} if isinstance(before, dict) and isinstance(value, dict) else value


def _opened(_fold: RunFold, log: LogFold, payload: bytes) -> None:
    if log.opened or log.reach is not None:
        raise ValueError("a log is opened once, before anything else")
    log.opened = said.opening(payload)


def _state(fold: RunFold, log: LogFold, payload: bytes) -> None:
    if log.role == "edit":
        edit = said.field_edit(payload)
        for field, value in edit.set.items():
            stamp(fold.fields, field, Stamped(edit.stamp, log.writer, value))
        return
    inside = log.role == _INSIDE
    resumed = resumes.number(log.opened)
    fold.out_of_turn |= any(
        other.says
        and other.order > log.order
        and ((other.role == _INSIDE) == inside or resumes.number(other.opened) > resumed)
        for other in fold.logs.values()
    )
    log.says = True
    if resumed and not inside:  # whoever resumes a run knows later than a script that was inside it before
        for section, values in fold.inside.items():
            _take(section, fold.sections.setdefault(section, {}), values)
        fold.inside.clear()
    sections = fold.inside if inside else fold.sections
    told = said.sections(payload)
    if log.role == COPIED and "run" in told:  # with it begins all that is known of the run by then
        for section in ("params", "metrics", "data", CURRENT):
            sections.pop(section, None)
    for section, values in told.items():
        _take(section, sections.setdefault(section, {}), values)


def _tags(fold: RunFold, log: LogFold, payload: bytes) -> None:
    edit = said.tag_edit(payload)
    for tags, present in ((edit.add, True), (edit.remove, False)):
        for tag in map(short, tags):
            stamp(fold.tags, tag, Stamped(edit.stamp, log.writer, present))


def _status(_fold: RunFold, log: LogFold, payload: bytes) -> None:
    log.status = said.ending(payload)


def _beat(_fold: RunFold, log: LogFold, payload: bytes) -> None:
    log.beat, log.dropped = said.heartbeat(payload)


def _mixed(fold: RunFold, log: LogFold, payload: bytes) -> None:
    row = said.mixed(payload)
    cut = fold.superseded_from(log)
    if log.is_of_rank or (cut is not None and row.step >= cut):
        return
    log.reached(row.step)
    for key, words in row.words().items():
        known = fold.texts.get(key)
        if known is None or (known.step, known.time) <= (row.step, row.time):
            fold.texts[key] = LastText(row.step, row.time, words)
    for name in row.drawn():
        histogram = row.histogram(name)
        if histogram is None:
            fold.damaged += 1
        else:
            fold.histograms.setdefault(name, Drawn()).take(histogram)


def _mark(fold: RunFold, log: LogFold, payload: bytes) -> None:
    mark = said.mark(payload)
    resume = resumes.resume(log.opened, mark)
    if resume is not None and resume not in fold.resumes:
        fold.resumes.append(resume)
    if log.is_of_rank and mark.kind != "note":
        return
    if resume is not None and log.role == COPIED and resume.step == resumes.BEFORE_ALL:
        _forget(fold)
        return
    if resume is not None:
        fold.pace.clear()
    log.signalled |= mark.kind == "signal"
    if not log.is_aside:  # it is owed to the log itself
        fold.marks.append(mark)


def _forget(fold: RunFold) -> None:
    """What was copied was written anew: of what was said before, nothing holds but how far it was read."""
    fold.sections = {SECTION: fold.said(SECTION)}
    fold.texts.clear()
    fold.histograms.clear()
    fold.marks.clear()
    fold.pace.clear()


def _close(_fold: RunFold, log: LogFold, payload: bytes) -> None:
    log.closed = True
    log.rotated = said.closing(payload).rotated


def _summary(fold: RunFold, log: LogFold, payload: bytes) -> None:
    summaries = Summaries.unpacked(journal.unpacked(payload)).stats
    if log.is_of_rank:
        return
    cut = fold.superseded_from(log)
    whole = {metric: stats for metric, stats in summaries.items() if cut is None or (stats.last_step or 0) < cut}
    log.unread |= summaries.keys() - whole.keys()
    log.unshaped |= {metric for metric, stats in whole.items() if judged(metric) and not stats.shape}
    for stats in whole.values():
        log.reached(stats.last_step)
    Summaries(fold.stats).merge(Summaries(whole))
    if fold.at_best is not None:
        fold.at_best.unsettled.update(whole)


_FOLDS: dict[int, Callable[[RunFold, LogFold, bytes], None]] = {
    Kind.OPEN: _opened,
    Kind.STATE: _state,
    Kind.TAGS: _tags,
    Kind.STATUS: _status,
    Kind.HEARTBEAT: _beat,
    Kind.MIXED: _mixed,
    Kind.MARK: _mark,
    Kind.CLOSE: _close,
    Kind.SUMMARY: _summary,
}
