"""100,000 tags spread over many runs: whatever lists, counts or completes them, the app is never busy for long."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hostile_store import MARKUP, STEERING
from runs_app import app_on
from small_store import shown, until

import trackside

_RUNS, _EACH = 100, 1_000
_EVERY = 0.002
_LONGEST = 1.0
"""Seconds of computing in one turn of the event loop: a machine that has other things to do takes longer over it."""


@pytest.fixture(scope="module")
def tagged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tagged") / "store"
    for run in range(_RUNS):
        tags = [f"tag{run * _EACH + at:05}{(STEERING, MARKUP.split()[0])[at % 2]}" for at in range(_EACH)]
        with trackside.init(store=root, project="p", name=f"run-{run}", tags=[*tags, "common"], quiet=True) as one:
            one.log({"loss": 1.0})
    return root


@asynccontextmanager
async def never_busy_for_long() -> AsyncIterator[None]:
    """Fails where a turn of the event loop computed for too long."""
    longest = 0.0

    async def beat() -> None:
        nonlocal longest
        while True:
            before = time.thread_time()
            await asyncio.sleep(_EVERY)
            longest = max(longest, time.thread_time() - before)

    beating = asyncio.create_task(beat())
    yield
    await asyncio.sleep(_EVERY)
    beating.cancel()
    assert longest < _LONGEST


async def test_facets_the_tag_picker_and_completion_of_100_000_tags_answer_at_once(tagged: Path) -> None:
    async with never_busy_for_long(), app_on(tagged) as (app, pilot):
        await until(pilot, lambda: "common" in shown(app))
        for keys, there in (
            (["tab", "slash", *"tag99"], "tag99001[red]m"),
            (["escape", "escape", "escape", "t", *"tag99991"], "○ tag99991[red]m[/red]"),
            ([*["backspace"] * 8, *"tga9999"], "○ tag99990␛]0;title␇"),
            (["enter"], "1 of 100 runs"),
            (["escape", "slash", *"tag:tag9900"], "tag99001"),
            (["escape", "T"], "tags of run-"),
            (["escape", "colon", *"tag99"], "tag99"),
        ):
            await pilot.press(*keys)
            await until(pilot, lambda there=there: there in shown(app))
