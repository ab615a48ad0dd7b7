"""What a key does in a place of the app: it changes what is seen, or says something, or nothing at all."""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from fixed_app import Unchanging, at_rest
from msgspec.structs import replace
from runs_app import home, told
from textual.binding import Binding
from textual.dom import DOMNode
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

import trackside.tui
from trackside.tui.app import TracksideApp
from trackside.tui.keys.actions import ACTIONS
from trackside.tui.keys.idle_keys import HasParts
from trackside.tui.own_line import OwnLine
from trackside.tui.tabbed import Tabbed
from trackside.tui.tabs.pane import Pane

ACTIONS_BY_ID = {action.id: action for action in ACTIONS}


@dataclass(frozen=True, slots=True)
class Place:
    """Where keys are pressed: `way` leads from the table of runs to a screen, and `then` on to what `shows` names.

    `only` are the actions that are pressed there, where the others are as in another place.
    """

    shows: tuple[type[DOMNode], ...]
    way: str = ""
    then: str = ""
    named: str = ""
    only: frozenset[str] | None = None

    @property
    def name(self) -> str:
        """For people."""
        return self.named or self.shows[-1].__name__


class Does(Enum):
    """What comes of a key."""

    WORK = 1
    WORDS = 2
    NOTHING = 3


def every_place() -> set[type[DOMNode]]:
    """What has keys of its own, by the code: screens, their tabs, and widgets that bind any."""
    room = Path(trackside.tui.__path__[0])
    for file in room.rglob("*.py"):
        importlib.import_module(".".join(["trackside.tui", *file.relative_to(room).with_suffix("").parts]))
    return {kind for kind in _kinds(DOMNode) if _is_place(kind)}


def _kinds(of: type[DOMNode]) -> Iterator[type[DOMNode]]:
    for kind in of.__subclasses__():
        yield from _kinds(kind)
        if kind.__module__.startswith("trackside."):
            yield kind


def _is_place(kind: type[DOMNode]) -> bool:
    return "BINDINGS" in vars(kind) or (issubclass(kind, Screen | Pane) and not kind.__subclasses__())


def bound(node: DOMNode) -> Iterator[Binding]:
    """The keys of ours that a node has."""
    for kind in type(node).__mro__:
        if kind.__module__.startswith("trackside."):
            yield from Binding.make_bindings(vars(kind).get("BINDINGS", ()))


def _name(binding: Binding) -> str:
    """Of one action for several digits, one name."""
    return binding.id or ("tab" if binding.action.startswith("tab(") else binding.action)


class Presser:
    """Presses keys in one place after another of an app on a store to which nothing happens by itself."""

    def __init__(self, pilot: Pilot[Any]) -> None:
        assert isinstance(pilot.app, TracksideApp)
        self.pilot = pilot
        self.app: TracksideApp = pilot.app
        self._asked = home(self.app).asked
        self._screen: Screen[Any] = home(self.app)
        self._place = Place((TracksideApp,))
        self._at, self._under = self._where(), self._filtered

    async def come(self, place: Place) -> None:
        """From wherever the app is."""
        is_near = bool(place.way) and place.way == self._place.way and self._filtered == self._under
        if is_near and self._screen in self.app.screen_stack:
            await self._leave_what_lies_over(self._screen)
            if isinstance(self.app.focused, Input):
                await self._press("escape")
        else:
            await self._come_home()
            await self._press(place.way)
            self._screen = self.app.screen
        await self._press(place.then)
        self._place, self._at, self._under = place, self._where(), self._filtered
        there = (*self._nodes(), *self._at)
        assert all(any(isinstance(node, kind) for node in there) for kind in place.shows), place.name

    def keys(self) -> dict[str, str]:
        """The actions that are to be pressed here, each with its first key; those of the app itself only in the app.

        Those that another tab has and this one has not are left out: where they are is told of all alike.
        """
        found: dict[str, str] = {}
        taken: set[str] = set()
        for node in self._nodes():
            keys = [
                one for one in bound(node) if one.key not in taken and node.check_action(one.action, ()) is not False
            ]
            if isinstance(node, TracksideApp) == (TracksideApp in self._place.shows):
                for one in keys:
                    found.setdefault(_name(one), one.key)
            taken.update(one.key for one in keys)
        only = self._place.only
        return {name: key for name, key in found.items() if only is None or name in only or name not in ACTIONS_BY_ID}

    async def does(self, key: str, first: str = "") -> Does:
        """What comes of a key, pressed after those that give it something to do."""
        await self._take_back()
        await self._come_back()
        await self._press(first)
        self.app.clear_notifications()
        self.app._told_at = float("-inf")
        for says in self.app.screen.query("#says"):
            # Always there, so that what it says moves nothing else.
            says.styles.display = "block"
        for screen in (self.app.screen, home(self.app)):
            if isinstance(screen, OwnLine):
                screen.say("")
        before = self._seen()
        await self._press(key)
        assert self.app.return_code is None, f"{key} leaves the app"
        if self._seen() != before:
            return Does.WORK
        return Does.WORDS if self._says() else Does.NOTHING

    async def _take_back(self) -> None:
        """What was edited, so that the same runs are in the same places."""
        if undos := self.app.context.undos:
            while undos:
                undos.take_back()
            await self._catch_up()
            await self._come_home()

    async def _catch_up(self) -> None:
        """Let the app see what was edited."""
        live = self.app.context.live
        if isinstance(live, Unchanging) and live.catch_up():
            await at_rest(self.pilot)

    async def _come_back(self) -> None:
        """To the place, where a key has led away from it."""
        *screens, _, focused = self._at
        if screens == self.app.screen_stack[: len(screens)]:
            await self._leave_what_lies_over(self.app.screen_stack[len(screens) - 1])
            self.app.screen.set_focus(focused)
        if (self._where(), self._filtered) != (self._at, self._under):
            await self.come(self._place)

    async def _come_home(self) -> None:
        """To the first row of the runs, of which none is marked."""
        screen = home(self.app)
        await self._leave_what_lies_over(screen)
        screen.table.focus()
        screen._mark(frozenset())
        screen.ask(self._asked)
        await at_rest(self.pilot)
        screen.table.to_edge(end=False)

    async def _leave_what_lies_over(self, screen: Screen[Any]) -> None:
        while self.app.screen is not screen:
            self.app.pop_screen()
            await at_rest(self.pilot)

    async def _press(self, keys: str) -> None:
        for key in keys.split():
            edited = bool(self.app.context.undos)
            await self.pilot.press(key)
            await at_rest(self.pilot)
            if edited or self.app.context.undos:
                await self._catch_up()

    def _nodes(self) -> list[DOMNode]:
        return list((self.app.focused or self.app.screen).ancestors_with_self)

    def _where(self) -> tuple[Screen[Any] | Widget | None, ...]:
        tab = self.app.screen.tab if isinstance(self.app.screen, Tabbed) else None
        return (*self.app.screen_stack, tab, self.app.focused)

    @property
    def _filtered(self) -> tuple[object, ...]:
        asked = home(self.app).asked
        return asked.filter, asked.by

    def _seen(self) -> tuple[object, ...]:
        """All that a person sees, but for what is said in a line of its own, or in the top line of the runs."""
        lines = self.app.screen.query("#says, #status")
        said = {y for line in lines for y in range(line.region.y, line.region.bottom)}
        strips = enumerate(self.app.screen._compositor.render_strips())
        stands = replace(home(self.app)._status, told="")
        return (*self._where(), stands, *(strip for y, strip in strips if y not in said))

    def _says(self) -> bool:
        """Whether anything is said. That a key does nothing is no reason but where another tab has it."""
        has_parts = isinstance(self.app.screen, HasParts)
        return any(text and (has_parts or "does nothing" not in text) for text in told(self.app))
