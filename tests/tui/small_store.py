"""A small real store, recorded through the public SDK, and an app with nothing but the screen under test."""

import asyncio
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from idle_waits import draw, wait_for_idle
from textual import events
from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen

import trackside
from trackside.config.settings import Settings
from trackside.services.places.live import LiveStore
from trackside.store.store import Store
from trackside.tui.context import Context
from trackside.tui.copying import Copying

STEPS = 40
_LOOK_AGAIN = 0.01
"""Seconds after which it is looked again whether something has become so."""


def record(root: Path, name: str, *, steps: int = STEPS, fails: bool = False, **given: Any) -> str:
    """Record one finished run of the project `digits`; returns its id. One that fails logs a NaN first."""
    settings: dict[str, Any] = {"project": "digits", "params": {"lr": 0.1}, "total_steps": STEPS} | given
    run = trackside.init(store=root, name=name, quiet=True, **settings)
    try:
        with run:
            run.define_metric("val/accuracy", goal="max", primary=True)
            for step in range(steps):
                run.log({"train/loss": 2 / (step + 1), "val/loss": 3 / (step + 1)}, step=step)
                run.log({"val/accuracy": step / STEPS, "lr": 0.1}, step=step)
            if fails:
                run.log({"train/loss": math.nan}, step=steps)
                raise ValueError("loss is not finite")
    except ValueError:
        assert fails
    return str(run.id)


def open_context(root: Path) -> Context:
    """The store as the app has it, caught up."""
    store = Store.open(root)
    store.refresh(thorough=True)
    return Context(LiveStore(store), Settings())


class OneScreen(App[None]):
    """An app that opens with the screen under test."""

    def __init__(self, context: Context, make: Callable[[Context], Screen[Any]]) -> None:
        super().__init__()
        self.context = context
        self._make = make

    def on_mount(self) -> None:
        self.push_screen(self._make(self.context))

    def _on_key(self, event: events.Key) -> None:
        """A screen that asked which copy is wanted hears it first, as in the whole app."""
        if isinstance(self.screen, Copying) and self.screen.takes(event):
            event.prevent_default()


async def settled(pilot: Pilot[None]) -> None:
    """Wait until workers have brought what they read and the screen shows it, and nothing of that started others."""
    idle = 0
    while idle < 3:
        idle = 0 if list(pilot.app.workers) else idle + 1
        await pilot.app.workers.wait_for_complete()
        await wait_for_idle()
    await pilot.pause()


def shown(app: App[Any]) -> str:
    """What stands on the screen, as text."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


async def until(pilot: Pilot[None], true: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until something is so, and fail with what the screen shows if it does not come to be."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, shown(pilot.app)
        await asyncio.sleep(_LOOK_AGAIN)
        draw(pilot.app)
