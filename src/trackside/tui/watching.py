"""Watch rules in the app: those of the settings and those that were made here, and telling what they find.

Events are gathered for a moment, and told by one toast and one ring: a thousand runs that end at once are one message.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from trackside.config import paths, state
from trackside.config.settings import WatchRule
from trackside.config.state import Watched
from trackside.model.errors import TracksideError
from trackside.tui.in_order import InOrder
from trackside.tui.once import after
from trackside.tui.output.ringing import ring
from trackside.tui.terminal import inert

if TYPE_CHECKING:
    from trackside.services.watching.events import Event
    from trackside.services.watching.watch import Watch
    from trackside.tui.set_up import SetUpApp

GATHER_SECONDS = 2.0
BETWEEN_SECONDS = 10.0
_TOAST_SECONDS = 15.0
_TOAST_LINES = 5


class Watching:
    """The rules of this person, and what of them was told since the app was opened."""

    gather = GATHER_SECONDS

    def __init__(self, app: "SetUpApp") -> None:
        self._app = app
        self._looking = threading.Lock()
        # Of what waits to be told. The event loop takes it too, so that nothing is read while it is held.
        self._lock = threading.Lock()
        self._watches: dict[WatchRule, Watch] = {}
        self._waiting: dict[str, tuple[Event, WatchRule]] = {}
        self._failing: dict[WatchRule, str] = {}
        self._not_before = 0.0
        self._is_due = False
        self.kept = state.load_watched(paths.watched_file())
        self._keeping = InOrder("keep-watched")
        self.last_run: str | None = None

    @property
    def rules(self) -> tuple[WatchRule, ...]:
        """All of them, those of the settings first."""
        return (*self._app.context.settings.watch, *self.kept.rules)

    def is_on(self, rule: WatchRule) -> bool:
        """Whether it tells."""
        return rule.name not in self.kept.off

    def is_own(self, rule: WatchRule) -> bool:
        """Whether it was made here, so that it can be removed here."""
        return rule in self.kept.rules

    def switch(self, rule: WatchRule) -> None:
        """On, or off. What happens while it is off is never told."""
        name, was_on = {rule.name}, self.is_on(rule)

        def switched(kept: Watched) -> Watched:
            return msgspec.structs.replace(kept, off=kept.off | name if was_on else kept.off - name)

        self._keep(switched)

    def add(self, rule: WatchRule) -> None:
        """One more; one of the same name made here gives way."""

        def added(kept: Watched) -> Watched:
            others = tuple(one for one in kept.rules if one.name != rule.name)
            return Watched((*others, rule), kept.off - {rule.name})

        self._keep(added)

    def remove(self, rule: WatchRule) -> None:
        """One that was made here."""

        def removed(kept: Watched) -> Watched:
            return Watched(tuple(one for one in kept.rules if one != rule), kept.off - {rule.name})

        self._keep(removed)

    def look(self, run_ids: Iterable[str]) -> None:
        """Runs changed: whatever is new of them is told soon. Called by the thread that follows the store."""
        wanted = list(run_ids)
        with self._looking:
            on = [rule for rule in self.rules if self.is_on(rule)]
            for gone in self._watches.keys() - set(on):
                del self._watches[gone]
            for rule in on:
                try:
                    watch = self._watches.get(rule) or self._begin(rule)
                    events = watch.look(wanted)
                except TracksideError as error:
                    self._fails(rule, str(error))
                    continue
                self._failing.pop(rule, None)
                watch.told.add(event.key for event in events)
                with self._lock:
                    self._waiting.update({event.key: (event, rule) for event in events})
        with self._lock:
            if self._waiting and not self._is_due:
                self._is_due = True
                wait = max(self.gather, self._not_before - time.monotonic())
                self._app.call_later(after, wait, self._app, self._tell)

    def _fails(self, rule: WatchRule, why: str) -> None:
        """Say that a rule cannot be followed, once for each reason."""
        if self._failing.get(rule) != why:
            self._failing[rule] = why
            said = inert(f"{rule.name} cannot be watched for: {why}")
            self._app.call_later(partial(self._app.notify, said, severity="error", markup=False))

    def _begin(self, rule: WatchRule) -> "Watch":
        """A rule that looks for the first time: what holds of runs that go on already is no news."""
        import polars as pl

        from trackside.config.conditions import conditions
        from trackside.services.watching.watch import ToldNow, Watch

        store = self._app.context.store
        watch = Watch(store, rule.filter, conditions(rule.on), ToldNow(), since=time.time())
        running = store.frame(()).filter(pl.col("status") == "running")["id"].to_list()
        watch.told.add(event.key for event in watch.look(running))
        self._watches[rule] = watch
        return watch

    def _tell(self) -> None:
        """A toast, and the ways of the rules that found something."""
        from trackside.services.watching.message import Message

        with self._lock:
            found, self._waiting = list(self._waiting.values()), {}
            self._is_due = False
            self._not_before = time.monotonic() + BETWEEN_SECONDS
        if not found:
            return
        message = Message(tuple(event for event, _ in found), ())
        self.last_run = found[-1][0].run
        lines = message.text.split("\n")
        more = [f"… {len(found):,} in all"] if len(lines) > _TOAST_LINES else []
        shown = "\n".join([*lines[:_TOAST_LINES], *more, "[.] goes there"])
        self._app.notify(inert(shown), title=inert(message.title), markup=False, timeout=_TOAST_SECONDS)
        ways = {way for _, rule in found for way in rule.notify}
        told = message.text if len(found) == 1 else message.title
        self._app.run_worker(lambda: ring(self._app, told, ways), thread=True, group="ring", exit_on_error=False)

    def _keep(self, change: Callable[[Watched], Watched]) -> None:
        self.kept = change(self.kept)
        # Beside what another app changed.
        self._keeping.do(self._app, partial(state.change_watched, paths.watched_file(), change))
        self._app.run_worker(lambda: self.look(()), thread=True, group="watch", exit_on_error=False)


def described(rule: WatchRule) -> Sequence[str]:
    """A rule in words: its name, what it watches for and of which runs, and how it tells."""
    which = f"runs that match {rule.filter}" if rule.filter else "all runs"
    return rule.name, f"{', '.join(rule.on)} of {which}", " ".join(rule.notify)
