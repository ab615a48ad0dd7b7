"""Small real stores of methods to compare, and the Compare screen over them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from small_store import OneScreen, open_context, settled, shown, until
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input

import trackside
from trackside.tui.messages import StoreChanged
from trackside.tui.screens.compare import CompareScreen
from trackside.tui.widgets.cells_table import CellsTable

WIDE = (160, 45)
SMALL = (80, 24)
STEPS = 10
SPREAD = (-0.004, 0.0, 0.004)


def train(root: Path, name: str, seed: int, accuracy: float, *, eval_data: str = "eval", **more: Any) -> str:
    """Record a run whose accuracy ends at `accuracy`, measured on the file of that name; returns its id."""
    fails = more.pop("fails", False)
    data = root.parent / eval_data
    data.write_text(eval_data)
    settings = {"params": {"lr": 0.1, "depth": 2, "seed": seed}, "data": {"eval": str(data)}} | more
    run = trackside.init(project="digits", name=name, seed=seed, store=root, quiet=True, **settings)
    try:
        with run:
            run.define_metric("val/accuracy", goal="max", eval_data="eval", primary=True)
            for step in range(STEPS):
                run.log({"train/loss": 1 / (step + 1), "val/accuracy": accuracy * (step + 1) / STEPS}, step=step)
            if fails:
                raise ValueError("it broke")
    except ValueError:
        assert fails
    return str(run.id)


def method(root: Path, name: str, accuracy: float, **more: Any) -> list[str]:
    """Three seeds of one method."""
    return [train(root, name, seed, accuracy + apart, **more) for seed, apart in enumerate(SPREAD)]


@asynccontextmanager
async def comparing(
    root: Path, run_ids: Sequence[str], size: tuple[int, int] = WIDE, metric: str | None = None
) -> AsyncIterator[tuple[OneScreen, Pilot[Any]]]:
    """The screen once it shows what it found."""
    context = open_context(root)
    app = OneScreen(context, lambda context: CompareScreen(context, run_ids, metric))
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        yield app, pilot
    context.store.close()


async def press(pilot: Pilot[Any], *keys: str) -> None:
    await pilot.press(*keys)
    await settled(pilot)


async def to_tab(pilot: Pilot[Any], label: str) -> None:
    """The tab of that name, by its number."""
    await press(pilot, key_of_tab(pilot.app, label))


def key_of_tab(app: App[Any], label: str) -> str:
    """The number beside the name of a tab."""
    return shown(app).split(f" {label}")[0].split()[-1]


async def write(pilot: Pilot[Any], text: str) -> None:
    """Into the box that has the keys, and enter."""
    await until(pilot, lambda: isinstance(pilot.app.screen.focused, Input))
    box = pilot.app.screen.focused
    assert isinstance(box, Input)
    box.insert_text_at_cursor(text)
    await press(pilot, "enter")


def line(app: OneScreen, start: str) -> str:
    """The first line on the screen that starts so."""
    found = [text.strip() for text in shown(app).splitlines() if text.strip().startswith(start)]
    assert found, shown(app)
    return found[0]


def below(app: OneScreen) -> str:
    """What the lines below the table say, as one."""
    text = shown(app)
    return " ".join(text[text.rindex("───") :].split())


async def follow(app: OneScreen, pilot: Pilot[Any]) -> None:
    """Let the screen know what was edited, as the app does that follows the store."""
    app.context.store.refresh()
    app.screen.post_message(StoreChanged(frozenset(), frozenset({"digits"})))
    await settled(pilot)
    await until(pilot, lambda: app.screen.query_one(CellsTable).row is not None)
