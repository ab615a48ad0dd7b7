"""Somebody who presses any key at any time and resizes the window: `python tests/tui/monkey.py KEYS SEED… -- STORE…`.

What it presses follows from the seed alone. It finds exceptions, of the screens and of their workers, and for how long
the event loop did nothing else; after all of it the app must still answer.
"""

import asyncio
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.worker import Worker
from textual.worker_manager import WorkerManager

from trackside.config.settings import Settings
from trackside.model.errors import TracksideError
from trackside.services.places.opening import open_places
from trackside.tui.app import TracksideApp
from trackside.tui.context import Context
from trackside.tui.keys.actions import ACTIONS

SIZES = ((160, 45), (80, 24), (120, 30), (300, 100), (100, 50), (60, 15))
_LEAVING = frozenset({"q", "ctrl+c", "ctrl+z", "ctrl+q"})
_TYPED = (*"abelmnorst01.:-=<>*~/ ", "backspace", "enter", "escape", "tab", "shift+tab", "up", "down", "left", "right")
_RESIZED = 0.01
_LONGEST_TURN = 1.0
_ANSWERED_SECONDS = 60.0


@dataclass
class Found:
    """What a monkey met: errors of workers that nobody foresaw, and the longest turn of the event loop in seconds."""

    pressed: list[str] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    longest: float = 0.0


def keys(chance: random.Random) -> Iterator[str]:
    """Keys of the app, those that leave it left out, and what is typed into boxes."""
    known = [key for action in ACTIONS for key in action.keys.split(",") if key not in _LEAVING]
    while True:
        yield chance.choice(known if chance.random() < 0.7 else _TYPED)


async def play(address: str, seed: int, count: int) -> Found:
    """Press so many keys on what lies at `address`. Raises what the app raises."""
    chance = random.Random(seed)
    found = Found()
    live = open_places([address]).live()
    app = TracksideApp(Context(live, Settings()))
    with _workers() as workers:
        async with app.run_test(size=SIZES[0]) as pilot:
            beating = asyncio.create_task(_beat(found))
            for key, _ in zip(keys(chance), range(count), strict=False):
                found.pressed.append(key)
                if chance.random() < _RESIZED:
                    await pilot.resize_terminal(*chance.choice(SIZES))
                await pilot.press(key)
            await _answers(pilot, app)
            beating.cancel()
    live.store.close()
    foreseen = TracksideError, asyncio.CancelledError
    found.errors += [each.error for each in workers if each.error and not isinstance(each.error, foreseen)]
    return found


async def _answers(pilot: Pilot[int], app: TracksideApp) -> None:
    """Whatever is open now closes, and home is there."""
    deadline = time.monotonic() + _ANSWERED_SECONDS
    while len(app.screen_stack) > 1:
        assert time.monotonic() < deadline, f"the app does not answer: {app.screen_stack}"
        await pilot.press("escape")
    await pilot.press("question_mark")
    while len(app.screen_stack) == 1:
        assert time.monotonic() < deadline, "help does not open"
        await pilot.press("escape", "question_mark")


async def _beat(found: Found) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.005)
        found.longest = max(found.longest, time.perf_counter() - began)


@contextmanager
def _workers() -> Iterator[list[Worker[Any]]]:
    """All workers that are started meanwhile."""
    started: list[Worker[Any]] = []
    add = WorkerManager.add_worker

    def kept(manager: WorkerManager, worker: Worker[Any], **given: Any) -> None:
        started.append(worker)
        add(manager, worker, **given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WorkerManager, "add_worker", kept)
        yield started


def main(arguments: Sequence[str]) -> int:
    """Play on copies of some stores; the exit status says whether anything was found."""
    split = arguments.index("--")
    count, *seeds = map(int, arguments[:split])
    bad = 0
    for address in arguments[split + 1 :]:
        for seed in seeds:
            with tempfile.TemporaryDirectory() as folder, chdir(folder), pytest.MonkeyPatch.context() as patch:
                patch.setenv("HOME", folder)
                patch.delenv("TMUX", raising=False)
                copy = shutil.copytree(address, Path(folder) / "store", symlinks=True)
                found = asyncio.run(play(str(copy), seed, count))
            said = f"{address}, seed {seed}: {len(found.pressed):,} keys, longest turn {found.longest:.2f} s"
            print(said, *map(repr, found.errors), sep="\n  ", flush=True)
            bad += bool(found.errors) or found.longest > _LONGEST_TURN
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
