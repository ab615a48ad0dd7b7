"""The command palette: every action that applies in the present screen, and runs by name.

Made from the action registry, so that what a key does can also be found by its words. What can do nothing at the moment
is dim, and says why.
"""

import asyncio
import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, cast, runtime_checkable

import msgspec
from textual.command import CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.dom import DOMNode
from textual.screen import Screen

from trackside.config.keymap import EVERYWHERE
from trackside.tui.keys.actions import ACTIONS, MOVE, Action, keys_of
from trackside.tui.keys.changing import READ_ONLY, is_changing
from trackside.tui.terminal import one_line

if TYPE_CHECKING:
    from trackside.tui.set_up import SetUpApp

_MOST_RUNS = 20
_NEWEST = 500
_BEGINS = 10_000.0
"""More than any scattered letters count for."""
_DIM = "$foreground-muted"


@runtime_checkable
class Explains(Protocol):
    """A screen that knows of some of its actions when they can do nothing."""

    def why_not(self, action: str) -> str:
        """Why this action can do nothing now; empty where it can."""
        ...


class Palette(CommandPalette):
    """Textual's, in which nothing is paged through before it is laid out, as in `Options`."""

    def _action_command_list(self, action: str) -> None:
        if not action.startswith("page_") or self.query_one(CommandList).scrollable_content_region:
            super()._action_command_list(action)


class Command(msgspec.Struct, frozen=True):
    """One action as it is offered: in which words, what runs when it is chosen, and why that would come to nothing."""

    label: str
    keys: str
    help: str
    run: Callable[[], Any]
    why_not: str = ""

    @property
    def shown(self) -> Content:
        """The label and its keys."""
        return Content.assemble((self.label, _DIM if self.why_not else ""), (f"  {self.keys}", _DIM))

    @property
    def says(self) -> str | None:
        """What stands below them."""
        return self.why_not or self.help or None


def beginning_with(query: str) -> Callable[[str], float]:
    """What a name counts for more in which words begin with all that was typed."""
    begins = [re.compile(rf"\b{re.escape(typed)}", re.IGNORECASE) for typed in query.split()]
    return lambda name: _BEGINS if all(begin.search(name) for begin in begins) else 0.0


class ActionCommands(Provider):
    """The actions of the present screen, by label and help."""

    async def discover(self) -> Hits:
        """All of them, in the registry's order."""
        for command in commands(self.screen):
            yield DiscoveryHit(command.shown, command.run, text=command.label, help=command.says)

    async def search(self, query: str) -> Hits:
        """Those whose words match, the best first."""
        matcher, begins = self.matcher(query), beginning_with(query)
        for command in commands(self.screen):
            score = max(matcher.match(command.label), 0.8 * matcher.match(f"{command.label} {command.help}"))
            score += begins(command.label)
            if score > 0:
                yield Hit(score, command.shown, command.run, text=command.label, help=command.says)


class RunCommands(Provider):
    """Runs by name, tag, group or id: choosing one opens it."""

    async def startup(self) -> None:
        """The newest runs, read once from the index; one that is far away is waited for in a thread."""
        app = cast("SetUpApp", self.app)
        self._runs = await asyncio.to_thread(app.context.store.first_page, _NEWEST)

    async def search(self, query: str) -> Hits:
        """The runs whose words match."""
        matcher, begins = self.matcher(query), beginning_with(query)
        scored = [(matcher.match(f"{run.name} {run.project} {run.id}") + begins(run.name), run) for run in self._runs]
        best = sorted((item for item in scored if item[0] > 0), key=lambda item: -item[0])[:_MOST_RUNS]
        for score, run in best:
            shown = Content(one_line(f"{run.name}  {run.project}"))
            yield Hit(
                0.9 * score, shown, partial(self._open, run.id), text=one_line(run.name), help=f"run, {run.status}"
            )

    def _open(self, run_id: str) -> None:
        from trackside.tui.screens.run import RunScreen

        app = cast("SetUpApp", self.app)
        app.push_screen(RunScreen(app.context, run_id))


def commands(screen: Screen[Any]) -> list[Command]:
    """What can be done now: by the widget that has the focus, by the screen, or anywhere; moves come last."""
    moves_last = sorted(ACTIONS, key=lambda action: action.group == MOVE)
    return [command for action in moves_last for command in _commands_of(screen, action)]


def _commands_of(screen: Screen[Any], action: Action) -> list[Command]:
    places = (screen if screen.focused is None else screen.focused).ancestors_with_self
    own = (place for place in places if place is not screen.app or EVERYWHERE in action.contexts)
    place = next((place for place in own if callable(getattr(place, f"action_{action.id}", None))), None)
    if place is None or place.check_action(action.id, ()) is False:
        return []
    keys = keys_of(action, cast("SetUpApp", screen.app).context.settings.keys)
    run = partial(screen.app.run_action, default_namespace=place)
    if action.numbered:
        return [Command(f"{action.label} {key}", key, action.help, partial(run, f"{action.id}({key})")) for key in keys]
    return [
        Command(action.label, " ".join(keys), action.help, partial(run, action.id), _why_not(screen, place, action))
    ]


def _why_not(screen: Screen[Any], place: DOMNode, action: Action) -> str:
    if cast("SetUpApp", screen.app).context.read_only and is_changing(getattr(place, f"action_{action.id}")):
        return READ_ONLY
    return place.why_not(action.id) if isinstance(place, Explains) else ""
