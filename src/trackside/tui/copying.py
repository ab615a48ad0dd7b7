"""Copying by keyboard: `y`, then a key that says what. How it reached the clipboard is told.

It may be pasted into a shell, which takes control characters for keys: they are made visible.
"""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.screen import Screen
from textual.worker import get_current_worker

from trackside.model.errors import TracksideError
from trackside.model.visible import beginning, visible
from trackside.tui.output.tmux import copy_through_tmux
from trackside.tui.terminal import inert

if TYPE_CHECKING:
    from textual.app import App

    from trackside.model.run import Run
    from trackside.services.sharing.seen import Seen
    from trackside.tui.context import Context

VALUE, ROW, ID, LINK, COMMAND = "value", "row", "id", "link", "command line"
RUNS_COMMAND = "command of the run"
MOST_OPEN = 8
"""Screens that are there again at the next start, the uppermost: each of them is read and laid out before a key is."""

LONGEST_COPY = 100_000
"""Characters that are copied: more is written to a terminal for long, and most terminals take no more."""

_IN_TURN = Lock()
"""Held by a copy from when it is seen to be still wanted until it is on the clipboard."""

_EVERYWHERE = {"i": ID, "l": LINK, "c": COMMAND}


def of_run(run: "Run", what: str) -> str | None:
    """What a run has of that: its id, its command."""
    from trackside.services.sharing.shell import joined

    return {ID: run.id, RUNS_COMMAND: joined(run.command) or None}.get(what)


def _links(seen: "Sequence[Seen | None]") -> list[str]:
    from trackside.services.sharing.links import link

    return [link(one) for one in seen if one is not None]


class Copying(Screen[None]):
    """A screen from which something can be copied, a link to it and the command that prints it among that."""

    context: "Context"
    COPIED: ClassVar[dict[str, str]] = {}
    """What there is to copy here beside what there is everywhere, by key."""

    _choosing = False

    @abstractmethod
    def shown_here(self) -> "Seen | None":
        """What is looked at; None where there is nothing yet."""

    def keep_over(self, links: Sequence[str]) -> None:
        """Of the screen below all others: keep what lies over it for the next start."""

    def on_screen_resume(self) -> None:
        """What is open now is there again at the next start."""
        self.call_after_refresh(self.note_what_is_open)

    def note_what_is_open(self) -> None:
        """Tell the screen below all others what lies over it, of many screens the uppermost."""
        home, *over = self.app.screen_stack if self.is_attached else (self,)
        if isinstance(home, Copying) and all(screen.is_mounted for screen in over):
            seen = [screen.shown_here() for screen in over if isinstance(screen, Copying)]
            home.keep_over(_links(seen[-MOST_OPEN:]) if seen else ())

    def printed(self) -> "Seen | None":
        """What a command line has to print to give this view."""
        return self.shown_here()

    @abstractmethod
    def copied(self, what: str) -> str | Callable[[], str | None] | None:
        """The text to copy, or what makes it where that takes time; None where there is none."""

    def action_copy(self) -> None:
        """The next key says what."""
        self._choosing = True
        self.notify("   ".join(f"{key} {what}" for key, what in self._offered.items()), title="copy", markup=False)

    @property
    def _offered(self) -> dict[str, str]:
        return self.COPIED | _EVERYWHERE

    def takes(self, event: events.Key) -> bool:
        """Copy what a key says that was waited for; whether one was. The app asks, in the order in which keys came."""
        if not self._choosing:
            return False
        self._choosing = False
        self.app.clear_notifications()
        what = self._offered.get(event.key)
        text = None if what is None else self._text(what)
        if what is None and event.key != "escape":
            self.notify(f"nothing to copy goes by {event.character or event.key} here", markup=False)
        elif what is not None:
            # The app does it: a screen that is left calls off what it began. What is copied last is what is wanted.
            work = partial(self._copy, self.app, what, text)
            self.app.run_worker(work, thread=True, exclusive=True, group="copy", exit_on_error=False)
        return True

    def _text(self, what: str) -> str | Callable[[], str | None] | None:
        """A link is whole: a command that opens it."""
        from trackside.services.sharing.commands import opening, printing

        if what not in (LINK, COMMAND):
            return self.copied(what)
        seen = self.shown_here() if what == LINK else self.printed()
        places = self.context.store.addresses
        return None if seen is None else (opening if what == LINK else printing)(seen, places)

    def _copy(self, app: "App[object]", what: str, found: str | Callable[[], str | None] | None) -> None:
        worker = get_current_worker()
        try:
            text = found() if callable(found) else found
        except (TracksideError, OSError) as error:
            app.call_from_thread(self.notify, inert(str(error)), severity="error", markup=False)
            return
        with _IN_TURN:
            if not worker.is_cancelled:
                self._hand_over(app, what, text)

    def _hand_over(self, app: "App[object]", what: str, text: str | None) -> None:
        if text is None:
            app.call_from_thread(self.notify, f"there is no {what} to copy here", markup=False)
            return
        some = ", its beginning" if len(text) > LONGEST_COPY else ""
        text = visible(beginning(text, LONGEST_COPY), keep="\n\t")
        way = "tmux"
        if not copy_through_tmux(text):
            way = "the browser" if app.is_web else "the terminal (OSC 52)"
            app.call_from_thread(app.copy_to_clipboard, text)
        app.call_from_thread(self.notify, inert(text)[:200], title=f"{what}{some} copied by {way}", markup=False)
