"""The command palette: every action that applies in the present screen, and runs by name.

Made from the action registry, so that what a key does can also be found by its words.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from trackside.tui.actions import ACTIONS, Action
from trackside.tui.terminal import inert

if TYPE_CHECKING:
    from trackside.tui.app import TracksideApp

_MOST_RUNS = 20
_NEWEST = 500


class ActionCommands(Provider):
    """The actions of the present screen, by label and help."""

    async def discover(self) -> Hits:
        """All of them, in the registry's order."""
        for action in applying(self.screen):
            yield DiscoveryHit(
                display=_title(action), command=self._command(action), text=action.label, help=action.help
            )

    async def search(self, query: str) -> Hits:
        """Those whose words match, the best first."""
        matcher = self.matcher(query)
        for action in applying(self.screen):
            score = max(matcher.match(action.label), 0.8 * matcher.match(f"{action.label} {action.help}"))
            if score > 0:
                yield Hit(score, _title(action), self._command(action), text=action.label, help=action.help)

    def _command(self, action: Action) -> Callable[[], Any]:
        return partial(self.screen.run_action, action.id)


class RunCommands(Provider):
    """Runs by name, tag, group or id: choosing one opens it."""

    async def startup(self) -> None:
        """The newest runs, read once from the index."""
        app = cast("TracksideApp", self.app)
        self._runs = app.context.store.first_page(_NEWEST)

    async def discover(self) -> Hits:
        """Nothing: an empty palette lists actions."""
        return
        yield

    async def search(self, query: str) -> Hits:
        """The runs whose words match."""
        matcher = self.matcher(query)
        scored = [(matcher.match(f"{run.name} {run.project} {run.id}"), run) for run in self._runs]
        best = sorted((item for item in scored if item[0] > 0), key=lambda item: -item[0])[:_MOST_RUNS]
        for score, run in best:
            shown = Content(inert(f"{run.name}  {run.project}"))
            yield Hit(0.9 * score, shown, partial(self._open, run.id), text=inert(run.name), help=f"run, {run.status}")

    def _open(self, run_id: str) -> None:
        from trackside.tui.screens.run import RunScreen

        app = cast("TracksideApp", self.app)
        app.push_screen(RunScreen(app.context, run_id))


def applying(screen: Any) -> list[Action]:
    """The actions that the screen, or the app, can do now."""
    return [action for action in ACTIONS if _handler(screen, action) or _handler(screen.app, action)]


def _handler(place: Any, action: Action) -> bool:
    return callable(getattr(place, f"action_{action.id}", None))


def _title(action: Action) -> Content:
    return Content.assemble(action.label, (f"  {action.keys}", "$foreground-muted"))
