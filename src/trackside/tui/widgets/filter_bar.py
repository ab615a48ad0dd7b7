"""The filter bar: what is typed is filtered by at once, completed by tab, and pointed at where it is mistaken.

It lies over the lines that name keys, which mean letters now: what is above it stays where it is.
"""

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from trackside.query.quoting import in_one_line
from trackside.tui.terminal import one_line

if TYPE_CHECKING:
    from trackside.query.complete import Completion
    from trackside.query.parse import FilterError

_OFFERED = 8


class FilterBar(Vertical):
    """A box and a line below it. `enter` and `↓` keep the filter, `escape` restores the one before."""

    DEFAULT_CSS = """
    FilterBar { height: 2; display: none; background: $surface; padding: 0 1; }
    FilterBar Input { border: none; height: 1; background: $panel; padding: 0 1; }
    FilterBar Static { height: 1; padding: 0 1; color: $foreground-muted; }
    """

    class Typed(Message):
        """The text so far, and where the cursor stands in it."""

        def __init__(self, text: str, cursor: int) -> None:
            super().__init__()
            self.text = text
            self.cursor = cursor

    class Closed(Message):
        """The bar was left. `text` is the filter that holds now."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.is_completing = False
        self._before = ""
        self._completions: tuple[Completion, ...] = ()
        self._offered_at = ("", -1)

    def compose(self) -> ComposeResult:
        """The box and the line."""
        yield _Box(self)
        yield Static(markup=False)

    def open(self, text: str) -> None:
        """Show the bar with this filter in it, in one line: Textual takes the square of the time for several."""
        text = self._before = in_one_line(text)
        self.display = True
        box = self.query_one(Input)
        box.cursor_blink = False
        with self.prevent(Input.Changed):
            box.value = text
        box.cursor_position = len(text)
        # At once: `focus()` would wait for its turn, and what is typed by then would be keys of the screen.
        self.screen.set_focus(box)
        self._tell()

    @property
    def is_open(self) -> bool:
        """Whether it shows."""
        return bool(self.display)

    @property
    def text(self) -> str:
        """What stands in the box."""
        return self.query_one(Input).value

    def offer(self, at: int, completions: "Sequence[Completion]", mistake: "FilterError | None") -> None:
        """What could come next at that place of the text; or what is mistaken and where, unless it goes on there.

        If tab was pressed before that was known, the first completion is taken now, and the keys after it are done.
        """
        self._offered_at = (self.text, at)
        self._completions = tuple(completions)
        self._show_offer(mistake)
        if self.is_completing:
            self.is_completing = False
            box = self.query_one(_Box)
            self._complete(box)
            box.call_next(box.go_on)

    def _show_offer(self, mistake: "FilterError | None") -> None:
        completions = self._completions
        if mistake is not None and not (completions and self._goes_on_at(mistake.end)):
            said = f"{' ' * mistake.start}▲ {one_line(mistake.says)}"
            self.query_one(Static).update(Content.styled(said, "$text-error"), layout=False)
            return
        offered = [one_line(one.text) for one in completions[:_OFFERED]]
        first, rest = offered[:1], offered[1:]
        words = Content.assemble(("tab ", "$accent") if first else "", *first, "   ", "   ".join(rest))
        self.query_one(Static).update(words if offered else "", layout=False)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.is_open and event.value == self.text:
            self._tell()

    def _tell(self) -> None:
        self.post_message(self.Typed(*self._at))

    @property
    def _at(self) -> tuple[str, int]:
        """The text and where the cursor stands in it."""
        box = self.query_one(Input)
        return box.value, box.cursor_position

    def pressed(self, key: str) -> bool:
        """Do what a key means here, at once; whether it means anything else than in a plain box."""
        box = self.query_one(Input)
        match key:
            case "enter" | "down":
                self._close(box.value)
            case "escape":
                self._close(self._before)
            case "tab" if self._offered_at == self._at:
                self._complete(box)
            case "tab":
                self.is_completing = True
                self._tell()
            case _:
                return False
        return True

    def _complete(self, box: Input) -> None:
        if not self._completions:
            return
        first = self._completions[0]
        end = first.end
        space = "" if first.text.endswith(":") or "(" in first.text else " "
        box.value = box.value[: first.start] + first.text + space + box.value[end:].lstrip()
        box.cursor_position = first.start + len(first.text) + len(space)

    def _goes_on_at(self, place: int) -> bool:
        """Whether the cursor stands there: what is not finished is no mistake yet."""
        box = self.query_one(Input)
        return place <= box.cursor_position and not box.value[place : box.cursor_position].strip()

    def _close(self, text: str) -> None:
        self.display = self.is_completing = False
        self.screen.set_focus(None)
        self.post_message(self.Closed(text.strip()))


class _Box(Input):
    """What is typed into. Keys that were typed on before it could give the focus away go where they are meant to.

    Keys after a tab wait until it is known what that completes; escape does not, and calls them off.
    """

    def __init__(self, bar: FilterBar) -> None:
        super().__init__(compact=True, placeholder="tag:baseline lr<1e-3 status:failed since:7d", select_on_focus=False)
        self._bar = bar
        self._held: deque[events.Key] = deque()

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            self._held.clear()
            await self._take(event)
        elif self._held or self._bar.is_completing:
            self._held.append(event)
        elif not await self._take(event):
            return
        event.stop()
        event.prevent_default()

    async def go_on(self) -> None:
        """Do the keys that waited, up to another one that has to be waited for."""
        while self._held and not self._bar.is_completing:
            event = self._held.popleft()
            if not await self._take(event):
                self.app.post_message(events.Key(event.key, event.character))

    async def _take(self, event: events.Key) -> bool:
        """Do what a key means in the box; whether it means anything in it."""
        if not self._bar.is_open:
            self.app.post_message(events.Key(event.key, event.character))
        elif event.is_printable:
            await super()._on_key(event)
        else:
            return self._bar.pressed(event.key)
        return True
