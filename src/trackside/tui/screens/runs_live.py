"""The Runs screen while runs go on: what changes is found again; the newest run is followed, or nothing moves."""

import time
from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from textual import on

from trackside.tui.messages import CaughtUp, StoreChanged
from trackside.tui.screens.runs_groups import RunsGroups
from trackside.tui.widgets.runs_table import RunsTable

if TYPE_CHECKING:
    from trackside.tui.pace import Pace

_STILL = frozenset({"created", "name"})
"""Keys by which a run stays where it is."""


class RunsLive(RunsGroups):
    """It owns when something is found again; what is found is the screen's."""

    SETTLE: ClassVar[float] = 2.0
    AGES_AT_REST: ClassVar[float] = 60.0
    pace: "Pace"
    key_at = 0.0
    aged_at = 0.0
    """When ages were told anew for the last time, by the monotonic clock."""

    following: str | None = None
    """The newest run, while the cursor is kept on whichever that is."""

    caught_up: bool
    """Whether that nothing is found means that there is nothing, and not an index that is still being made."""

    missed: frozenset[str] | None = None
    """The runs that changed since nothing moves; None while what is shown is live."""

    @abstractmethod
    def show_first(self) -> bool:
        """Show the newest runs as the index has them, if none are shown; whether any came."""

    def load(self) -> None:
        """Find what is asked for, now."""
        self.pace.due(at_once=True)

    @on(StoreChanged)
    def _store_changed(self, message: StoreChanged) -> None:
        """Find again, at most once a second; a live sort waits until nobody has pressed a key for a while.

        What comes where nothing was is shown at once, the first run's curve before all that is counted.
        """
        self.caught_up = True
        if self.found is not None and self.missed is not None:
            self.missed |= message.runs
            self.show_status()
            return
        moving = not _STILL.issuperset(key.key for key in self.asked.sort)
        first = self.found is None and self.show_first()
        nothing_shown = not (self.table.count if self.found is None else self.found.total)
        at_once = not self.preview_on if first else nothing_shown
        self.pace.due(at_once=at_once, not_before=self.key_at + self.SETTLE if moving else 0.0)

    @on(CaughtUp)
    def _caught_up(self) -> None:
        """What was seen in parts while it was read is whole now, and shown so at once."""
        if self.found is not None and self.missed is not None:
            return
        if self.found is None:
            self.show_first()
        self.show_preview(at_once=True)
        curve_first = self.preview_on and self.found is None and self.table.count
        if not curve_first:
            self.load()

    def action_pause(self) -> None:
        """Nothing moves until it is pressed again, but that runs are shown where none were found yet."""
        self.missed = frozenset() if self.missed is None else None
        self.show_status()
        if self.missed is None:
            self.load()

    def action_follow(self) -> None:
        """Keep the cursor on the newest run; again, or any other move, ends it."""
        if self.following is not None:
            self.following = None
        elif self.found is not None and not len(self.found.view):
            self.notify("there is no run to follow", markup=False)
        else:
            self.go_to_newest(begin=True)
        self.show_status()

    def go_to_newest(self, *, begin: bool = False) -> None:
        """The cursor, to the newest of the runs that are shown, if it is followed."""
        if self.found is None or (self.following is None and not begin):
            return
        newest = self.found.view.newest()
        if newest != self.following and newest is not None:
            self.following = newest
            self.show_run(newest)
            self.table.go_to(newest)

    @on(RunsTable.Moved)
    def _moved(self) -> None:
        """Whoever moves the cursor elsewhere does not follow any more."""
        if self.following is not None and self.table.cursor_id != self.following:
            self.following = None
            self.show_status()
        self.show_preview()

    def on_key(self) -> None:
        """Somebody is reading: rows stay where they are."""
        self.key_at = time.monotonic()

    def on_click(self) -> None:
        """The same."""
        self.on_key()

    def grow_older(self) -> None:
        """Ages are told anew; where nothing runs once a minute, of which few read differently then."""
        if not self.is_current or self.missed is not None or self.found is None:
            return
        now = time.monotonic()
        if self.found.running or now - self.aged_at >= self.AGES_AT_REST:
            self.aged_at = now
            self.table.tick()
