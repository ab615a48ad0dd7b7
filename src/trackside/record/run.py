"""A run being recorded: the object that `trackside.init()` gives to a training script."""

import os
import time as clock
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import msgspec

from trackside.model.errors import UsageError
from trackside.model.goals import Goal
from trackside.model.histogram import HISTOGRAM, MOST_BINS
from trackside.record import closing, comparison, documents, ends, rows
from trackside.record.artifacts import Shelf
from trackside.record.capture.around import Around
from trackside.record.console.capture import Capture
from trackside.record.ends import Ending
from trackside.record.histograms import histogram
from trackside.record.values import encodable, key_text, short_repr
from trackside.record.voice import Voice, say
from trackside.record.writer import Writer
from trackside.store import resumes
from trackside.store.journal import Kind
from trackside.store.layout import RunPaths, StorePaths

_CAPTURE_PATIENCE = 10.0
_WRITE_PATIENCE = 5.0
_SIGNAL_PATIENCE = 1.0
_LONGEST_NOTE = 64 << 10
_LONGEST_LABEL = 1000


class Run:
    """One run. Everything that it is told is on disk when the call returns, and no trouble with the disk is raised.

    With `with`, an exception that leaves the block makes the run `failed`; without, an exception that ends the script
    does. `finish()` may be called earlier; what is logged after it is not kept, and said so once.
    """

    def __init__(
        self,
        store: StorePaths,
        run_id: str,
        name: str,
        writer: Writer,
        voice: Voice,
        captures: Around,
        *,
        quiet: bool,
        compares: bool = False,
        stamp: int = 0,
    ) -> None:
        self.id = run_id
        self.name = name
        self.process = os.getpid()
        self.signalled = False
        self._store = store
        self._writer = writer
        self._voice = voice
        self._captures = captures
        self._quiet = quiet
        self._compares = compares
        self._shelf = Shelf(store, writer, voice)
        self._began = clock.monotonic()
        self._console: Capture | None = None
        self._primary: str | None = None
        self._stamp = stamp
        self._ended = False

    @property
    def role(self) -> str:
        """What this process is to the run: `main`, `child` or `rank N`."""
        return self._writer.role

    @property
    def folder(self) -> RunPaths | None:
        """Where the run lies; None where it is not recorded."""
        return self._store.run(self.id)

    def start(self, console: Capture | None) -> None:
        """Begin to capture, and be ended with the script. `init()` has done it."""
        self._console = console
        self._captures.start()
        ends.watch(self)
        self._writer.announce()

    def log(self, values: Mapping[str, Any], step: int | None = None) -> None:
        """Log metrics at `step`; left out, it is the largest step so far + 1.

        Nested keys are joined by `/`, text is kept as text, None is left out. Steps may repeat and go back. A step
        that is no whole number is kept as the metric `step`, in a row that takes the next step.
        """
        try:
            if not self._writer.row(values, step):
                self._log_closely(values, step)
        except Exception as error:  # noqa: BLE001  training goes on, whatever was passed
            self._voice.once("log", f"log() cannot keep a row: {short_repr(error)}")

    def define_metric(
        self, name: str, *, goal: Goal | None = None, primary: bool = False, eval_data: str | None = None
    ) -> None:
        """Declare which direction of a metric is better, on which data it is measured, and if it judges the run.

        What a call leaves out stands as an earlier one declared it.
        """
        if goal not in (None, "min", "max"):
            raise UsageError(f"goal={goal!r} of metric {name!r}: it is 'min' or 'max'")
        with self._going_on("define_metric()"):
            if self._is_open("define_metric()"):
                self._primary = name if primary else self._primary
                given = {"goal": goal, "primary": primary, "eval_data": eval_data}
                said = {word: value for word, value in given.items() if value}
                self._writer.say(Kind.STATE, {"metrics": {key_text(name, self._voice.once): said}})

    def tag(self, *add: str, remove: Iterable[str] = ()) -> None:
        """Add tags, or take some away."""
        with self._going_on("tag()"):
            if self._is_open("tag()"):
                self._stamp = max(int(clock.time() * 1e6), self._stamp + 1)
                said = {"stamp": self._stamp, "add": self._texts(add), "remove": self._texts(remove)}
                self._writer.say(Kind.TAGS, said)
                self._writer.announce()

    def note(self, text: str, step: int | None = None) -> None:
        """Mark a place: the note stands at `step` in the charts; left out, it is the step that was reached."""
        with self._going_on("note()"):
            if self._is_open("note()"):
                at = None if step is None else rows.whole_step(step)
                at = self._writer.last_step if at is None else at
                text = encodable(str(text))
                if len(text) > _LONGEST_NOTE:
                    self._shelf.keep_bytes(text.encode(), "note.txt", f"note@{at}", "note", at)
                    text = f"{text[:_LONGEST_NOTE]}… (whole in the artifact note@{at})"
                self._mark(text, at)
                self._writer.announce()

    def log_text(self, name: str, text: str, step: int | None = None) -> None:
        """Keep a text under a metric's name; of any length."""
        with self._going_on("log_text()"):
            self.log({name: str(text)}, step)

    def log_artifact(
        self, path: str | os.PathLike[str], name: str | None = None, kind: str = "file", step: int | None = None
    ) -> None:
        """Keep a file or a folder, as it is now. The same content is stored once."""
        with self._going_on("log_artifact()"):
            if self._is_open("log_artifact()"):
                place = Path(path)
                self._shelf.keep_path(place, _label(name or place.name), kind, step)

    def log_examples(
        self, name: str, *, ids: Iterable[Any], scores: Iterable[Any], step: int | None = None, **columns: Iterable[Any]
    ) -> None:
        """Keep per-example results: the id of each example, its score, and further columns of the same length.

        An id is a text or a number; a score is a number, True or False (1 or 0), or None where there is none. An image
        or a table that is logged as `name/id` is shown with that example.
        """
        self._keep(name, "examples", step, lambda: (documents.examples(ids, scores, columns), ".jsonl"))

    def log_table(self, name: str, table: Any, step: int | None = None) -> None:
        """Keep a table: a list of dicts, a dict of columns, or a frame of polars or pandas."""
        self._keep(name, "table", step, lambda: (documents.json_lines(documents.table_rows(table)), ".jsonl"))

    def log_confusion_matrix(
        self, name: str, matrix: Any, labels: Sequence[Any] | None = None, step: int | None = None
    ) -> None:
        """Keep a confusion matrix; its rows are the true classes, in the order of `labels`."""
        self._keep(name, "confusion", step, lambda: (documents.confusion(matrix, labels), ".json"))

    def log_histogram(self, name: str, values: Any, step: int | None = None, *, bins: int = MOST_BINS) -> None:
        """Keep how numbers are distributed: an array, a tensor, any iterable; or a tuple of counts and edges.

        They are put into at most `bins` bins of equal width; NaN and infinities are counted apart. Left out, the step
        is the one that was reached. A rank above 0 keeps none, and says so once.
        """
        with self._going_on("log_histogram()"):
            if self.role.startswith(resumes.RANK):
                self._voice.once(
                    "rank", f"histograms of {self.role} are not kept; those that rank 0 logs are the run's"
                )
            elif self._is_open("log_histogram()"):
                try:
                    kept = histogram(values, bins)
                except Exception as error:  # noqa: BLE001  training goes on, whatever was passed
                    why = str(error) or short_repr(error)
                    self._voice.once(f"histogram {name}", f"histogram {name!r} is not kept: {why}")
                    return
                at = None if step is None else rows.whole_step(step)
                key = key_text(name, self._voice.once)
                at = self._writer.last_step if at is None else at
                self._writer.careful_row({}, {key: {HISTOGRAM: msgspec.to_builtins(kept)}}, at)

    def log_image(self, name: str, image: Any, step: int | None = None) -> None:
        """Keep an image: a path, the bytes of a file, a PIL image, a matplotlib figure, an array of pixels."""
        self._keep(name, "image", step, lambda: documents.image_file(image))

    def finish(self, status: Literal["finished", "failed", "killed"] = "finished") -> None:
        """End the run. A second call does nothing."""
        self.end(Ending(status, int(status != "finished")))

    def end(self, ending: Ending) -> None:
        """End the run as `ending` says; nothing if it has ended."""
        if self._ended:
            return
        self._ended = True
        own = os.getpid() == self.process
        try:
            with self._going_on("the end of the run"):
                ends.forget(self)
                if own:
                    self._captures.wait(_CAPTURE_PATIENCE if ending.status != "killed" else _SIGNAL_PATIENCE)
        finally:  # Ctrl-C does not wait
            with self._going_on("the end of the run"):
                if own:
                    self._writer.say(Kind.STATUS, {**ending._asdict(), "time": clock.time()})
                    self._tell_of_rank(ending)
            with self._going_on("the end of the run"):
                self._writer.close(_WRITE_PATIENCE)
            with self._going_on("the end of the run"):
                if own:
                    self._show_end(ending)

    def mark_signal(self, name: str) -> None:
        """Write down that a signal came. The signal's handler calls it."""
        self.signalled = True
        with self._going_on("a signal"):
            self._writer.signal(name, self._writer.last_step, _SIGNAL_PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end(ends.judge(error, signalled=self.signalled))

    def __repr__(self) -> str:
        return f"<trackside run {self.name} {self.id}>"

    def __reduce__(self) -> tuple[Callable[..., "Run"], tuple[Any, ...]]:
        """A process that is started with the run as an argument writes a log of its own."""
        from trackside.record.pickled import join

        return join, (str(self._store.root), self.id, self.name, self.role, self._writer.resume)

    def _log_closely(self, values: Any, step: Any) -> None:
        """What `log()` does where the row is not plainly floats under known keys."""
        if not self._is_open("log()"):
            return
        if not isinstance(values, Mapping):
            self._voice.once(
                "log", f"log() takes a dict of metrics, not {type(values).__name__}; that call is not kept"
            )
            return
        floats, others = rows.read(values, self._voice.once)
        at = None if step is None else rows.whole_step(step)
        if at is None and step is not None:
            self._voice.once("step", f"step {step!r:.80} is not a whole number; its row takes the next step instead")
            odd_floats, odd_others = rows.read({"step": step}, self._voice.once)
            floats, others = {**odd_floats, **floats}, {**odd_others, **others}
        kept, blobs = self._shelf.put_aside(others)
        self._writer.careful_row(floats, kept, at)
        for blob in blobs:
            self._shelf.place(blob)

    def _keep(self, name: str, kind: str, step: int | None, make: Callable[[], tuple[bytes, str]]) -> None:
        """Keep what `make` gives, content and suffix, as the artifact `kind/name`; at a step it is one of its own."""
        with self._going_on(f"log_{kind}()"):
            if not self._is_open(f"log_{kind}()"):
                return
            label = f"{kind}/{_label(name)}" if step is None else f"{kind}/{_label(name)}@{step}"
            try:
                content, suffix = make()
            except Exception as error:  # noqa: BLE001  training goes on, whatever was passed
                self._voice.once(f"{kind} {name}", f"{kind} {name!r} is not kept: {str(error) or short_repr(error)}")
                return
            self._shelf.keep_bytes(content, f"{label.rpartition('/')[2]}{suffix}", label, kind, step)

    @contextmanager
    def _going_on(self, call: str) -> Iterator[None]:
        """Whatever goes wrong inside is told once: training goes on, and no exception of its own is replaced."""
        try:
            yield
        except Exception as error:  # noqa: BLE001  as said
            self._voice.once(call, f"{call} could not be kept whole: {short_repr(error)}")

    def _show_end(self, ending: Ending) -> None:
        self._writer.announce()
        if self._console is not None:
            self._console.end(failed=ending.traceback is not None)
        if not self._quiet:
            self._say_closing(ending.status, clock.monotonic() - self._began)

    def _say_closing(self, status: str, seconds: float) -> None:
        """The line, and what there is to say of the run beside others. That is not looked for on a network."""
        run, may_stall = self._store.run(self.id), self._writer.is_buffered
        value = None if self._primary is None else self._writer.last(self._primary)
        said = closing.Closing(self.name, status, seconds, self._primary, value)
        say(closing.line(self._store, run, said, may_stall=may_stall))
        if self._compares and not may_stall and comparison.is_wanted(self._store, run, said):
            for sentence in comparison.sentences(run):
                say(sentence)

    def _tell_of_rank(self, ending: Ending) -> None:
        """A rank's end is not the run's, but why it failed is what a person looks for: a note says it."""
        if ending.status == "failed" and self.role.startswith(resumes.RANK):
            *_, last = (ending.traceback or f"exit code {ending.exit_code}").strip().splitlines()
            self._mark(f"{self.role} failed: {last}", self._writer.last_step)

    def _mark(self, text: str, step: int | None) -> None:
        self._writer.say(Kind.MARK, {"kind": "note", "time": clock.time(), "step": step, "text": text})

    def _texts(self, given: Iterable[Any]) -> list[str]:
        return [key_text(tag, self._voice.once) for tag in ((given,) if isinstance(given, str) else given)]

    def _is_open(self, call: str) -> bool:
        if self._ended:
            self._voice.once("ended", f"{call} after the run {self.name} had ended; that and later calls are not kept")
        return not self._ended


def _label(name: str) -> str:
    return encodable(str(name))[:_LONGEST_LABEL]
