"""The app: opens a store, follows it in a thread, and tells the screens what changed."""

import asyncio
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.binding import BindingType
from textual.command import Provider
from textual.events import Key
from textual.screen import ModalScreen
from textual.worker import Worker, WorkerState

from trackside.config import reading
from trackside.model.errors import TracksideError
from trackside.services.places.listener import Listener
from trackside.services.places.live import Live
from trackside.services.places.skipped import skipped_count, skipped_lines
from trackside.tui import memory
from trackside.tui.context import Context
from trackside.tui.copying import Copying
from trackside.tui.keys.actions import ACTIONS, bindings
from trackside.tui.keys.early_keys import EarlyKeys
from trackside.tui.keys.idle_keys import IdleKeysApp
from trackside.tui.messages import CatchingUp, CaughtUp, PassedOver, StoreChanged, StoreFailed
from trackside.tui.screens.runs import RunsScreen
from trackside.tui.set_up import SetUpApp
from trackside.tui.terminal import inert
from trackside.tui.toasts import ToastsApp
from trackside.tui.watching import Watching

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trackside.config.mistakes import Mistake
    from trackside.services.sharing.seen import Seen
    from trackside.sources.walk import Skipped
    from trackside.store.changes import Changes

_TWICE_SECONDS = 2.0
_THREADS = 32
"""Python's own are four more than there are processors: as many readers of a disk that hangs, and no edit is made."""

_TURN_SECONDS = 0.001
"""For how long a worker computes on before a key is looked at; Python's own 5 ms add up while much is read."""


def run(live: Live, *, opens: "Seen | None" = None, read_only: bool = False) -> int:
    """Open the app on what is followed there, at first on what a link shows; the exit status."""
    found = reading.read(ACTIONS)
    context = Context(live, found.settings, read_only=read_only)
    app = TracksideApp(context, found.mistakes, opens)
    app.look_at_terminal()
    app.run()
    context.store.close()
    return app.return_code or 0


def _action_commands() -> type[Provider]:
    from trackside.tui.palette import ActionCommands

    return ActionCommands


def _run_commands() -> type[Provider]:
    from trackside.tui.palette import RunCommands

    return RunCommands


class TracksideApp(SetUpApp, IdleKeysApp, ToastsApp):
    """Screens over one store."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("everywhere")]
    COMMANDS: ClassVar[set[Any]] = {_action_commands, _run_commands}
    CSS_PATH = "screens/runs.tcss"
    CSS = """
    Screen:ansi { background: $background; color: $foreground; }
    ModalScreen, ModalScreen:ansi { background: transparent; }
    Input:ansi { background: $surface; color: $foreground; }
    Input:ansi > .input--placeholder, Input:ansi > .input--suggestion { color: $foreground-muted; text-style: none; }
    """
    TITLE = "trackside"
    PROGRESS_EVERY: ClassVar[float] = 0.25

    def __init__(self, context: Context, mistaken: "Sequence[Mistake]" = (), opens: "Seen | None" = None) -> None:
        """`mistaken` is what is wrong with the configuration file; `opens` comes first."""
        super().__init__(context, mistaken)
        self._opens = opens
        sys.setswitchinterval(_TURN_SECONDS)
        self._interrupted_at = 0.0
        self._is_troubled = False
        self.watching = Watching(self)

    def is_taken(self, event: Key) -> bool:
        """Whether the screen in front waited for this key, to say what is copied."""
        return isinstance(self.screen, Copying) and self.screen.takes(event)

    def is_early(self, event: Key, behind: "Sequence[Key]") -> bool:
        """Whether what it is about is still being read, or what those keys are that it came `behind`."""
        return isinstance(self.screen, EarlyKeys) and self.screen.is_early(self, event, behind)

    def get_default_screen(self) -> RunsScreen:
        """Home."""
        if self._opens is None:
            return RunsScreen(self.context)
        from trackside.tui.opening import asked_at_home

        return RunsScreen(self.context, asked_at_home(self._opens))

    def on_load(self) -> None:
        """Before any worker begins, let enough of them work at once."""
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_THREADS, "trackside"))

    def on_mount(self) -> None:
        """Follow the store once the first screen has been painted."""
        self.call_after_refresh(self._follow)
        self.call_after_refresh(self._open_at_first)
        self.screen_change_signal.subscribe(self, lambda _: self._forget_unseen())

    def on_unmount(self) -> None:
        """Let go of the store once all edits are made: who still waits for an answer from far away waits no longer."""
        self.context.editing.shutdown()
        self.context.store.close()

    def _forget_unseen(self) -> None:
        """Keep nothing of what closed screens showed, nor what is painted of those that a whole screen covers."""
        memory.forget_closed_screens()
        front = max(place for place, screen in enumerate(self.screen_stack) if not isinstance(screen, ModalScreen))
        for screen in self.screen_stack[:front]:
            memory.forget_painted(screen)

    def _open_at_first(self) -> None:
        """What a link shows; without one, the screens that were open when the app was left."""
        home = self.screen_stack[0]
        left = home.left_over if isinstance(home, RunsScreen) and self._opens is None else ()
        if self._opens is not None:
            self._open([self._opens])
        elif left and self.context.live.is_far:
            self._find_left_over(left)
        elif left:
            from trackside.tui.opening import left_over

            self._open(left_over(left, self.context.store))

    @work(thread=True, group="left over", exit_on_error=False)
    def _find_left_over(self, left: "Sequence[str]") -> None:
        from trackside.tui.opening import left_over

        opens = left_over(left, self.context.store)

        def found() -> None:
            if len(self.screen_stack) == 1:
                self._open(opens)

        self.call_later(found)

    def _open(self, opens: "Sequence[Seen]") -> None:
        from trackside.tui.opening import screen_of

        for one in opens:
            screen = screen_of(one, self.context)
            if screen is not None:
                self.push_screen(screen)

    @work(thread=True, group="follow", exit_on_error=False)
    def _follow(self) -> None:
        told = 0.0

        def progress(done: int, total: int) -> None:
            nonlocal told
            if done == total or time.monotonic() - told >= self.PROGRESS_EVERY:
                told = time.monotonic()
                self._tell(CatchingUp(done, total))

        caught_up = partial(self._tell, CaughtUp())
        listener = Listener(self._changed, progress, self._troubled, self._skipped, caught_up)
        self.context.live.follow(self.stopped, listener)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Tell of a thread that ended in an error: what it does not do any more looks as if nothing happened."""
        if event.state is not WorkerState.ERROR:
            return
        error = event.worker.error
        why = str(error) if isinstance(error, (TracksideError, OSError)) else f"{type(error).__name__}: {error}"
        if event.worker.group == "follow":
            why = f"changes are not followed any more ({why}); open the store again"
            self._tell(StoreFailed(inert(why)))
        self.notify(inert(why), severity="error", markup=False)

    def _changed(self, changes: "Changes") -> None:
        self._tell(StoreChanged(changes.runs, changes.projects))
        self.watching.look(changes.runs)

    def _troubled(self, why: str) -> None:
        self._tell(StoreFailed(inert(why)))
        since, self._is_troubled = self._is_troubled, bool(why)
        if why and not since and not self.stopped.is_set():
            self.call_from_thread(self.notify, inert(why), severity="error", markup=False)

    def _skipped(self, skipped: "list[Skipped]") -> None:
        self._tell(PassedOver(tuple(skipped_lines(skipped, self.context.store.addresses))))
        if skipped and not self.stopped.is_set():
            said = f"{skipped_count(skipped)}   ! shows them"
            self.call_from_thread(self.notify, said, severity="warning", markup=False, timeout=10)

    def _tell(self, message: StoreChanged | CatchingUp | CaughtUp | PassedOver | StoreFailed) -> None:
        if self.stopped.is_set():
            return
        for screen in self.screen_stack:
            screen.post_message(message)

    def action_help_keys(self) -> None:
        """Every key, those of the present screen first."""
        from trackside.tui.screens.help import HelpScreen, near_actions

        self.push_screen(HelpScreen(near_actions(self.screen)))

    def action_command_palette(self) -> None:
        """Every command, and runs by name."""
        from trackside.tui.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def action_watch_rules(self) -> None:
        """When to be told of runs; a new rule is offered the filter of the runs that are shown."""
        from trackside.tui.screens.watch import WatchScreen

        home = self.screen_stack[0]
        self.push_screen(WatchScreen(self.watching, home.asked.filter if isinstance(home, RunsScreen) else ""))

    def action_go_to_told(self) -> None:
        """The run that was told of last."""
        if self.watching.last_run is None:
            self.notify("nothing was told yet; w says when to be told", markup=False)
            return
        from trackside.tui.screens.run import RunScreen

        self.push_screen(RunScreen(self.context, self.watching.last_run))

    def action_quit_twice(self) -> None:
        """Quit on the second press within two seconds."""
        now = time.monotonic()
        if now - self._interrupted_at < _TWICE_SECONDS:
            self.exit(0)
        self._interrupted_at = now
        self.notify("ctrl+c again quits", markup=False)
