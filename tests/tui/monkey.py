"""Somebody who presses any key at any time and resizes the window: `python tests/tui/monkey.py KEYS SEED… -- STORE…`.

What it presses follows from the seed alone: mostly at once, and now and then after all has come to rest. It finds
exceptions, of the screens and of their workers, and the longest turns of the event loop; after all of it the app must
still answer. On a machine that others use too, a turn is judged by what the app computed in it; where the loop was in
one of a second and more goes to standard error, so that one that only waits is found as well.
"""

import asyncio
import math
import random
import shutil
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import chdir, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
import textual.app
from textual.app import App
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
_LAST = 20
_RESTED = 0.125
_BEAT = 0.05
_LONGEST_TURN = 1.0
_ANSWERED_SECONDS = 60.0
_FORESEEN = TracksideError, asyncio.CancelledError


@dataclass(frozen=True)
class Turn:
    """How long the event loop did something else, in seconds: by the clock, as computed by all threads, and by its own.

    `where` says after how many keys, on which screen, over how many others, and how large.
    """

    seconds: float = 0.0
    computed: float = 0.0
    in_loop: float = 0.0
    where: str = ""

    def __str__(self) -> str:
        computed = f"{self.computed:.2f} s of it computed, {self.in_loop:.2f} s by the loop"
        return f"{self.seconds:.2f} s, {computed}: {self.where}"


@dataclass
class Found:
    """What a monkey met: errors of workers that nobody foresaw, and the longest turns of the event loop."""

    pressed: list[str] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    longest: Turn = Turn()
    """By the clock."""
    busiest: Turn = Turn()
    """By what was computed."""

    began: float = math.inf
    """When the present turn began, by `time.monotonic()`."""


def keys(chance: random.Random) -> Iterator[str]:
    """Keys of the app, those that leave it left out, and what is typed into boxes."""
    known = [key for action in ACTIONS for key in action.keys.split(",") if key not in _LEAVING]
    while True:
        yield chance.choice(known if chance.random() < 0.7 else _TYPED)


async def play(address: str, seed: int, count: int, found: Found) -> None:
    """Press so many keys on what lies at `address`, or until the app breaks.

    An app that the palette was asked to leave is opened again.
    """
    chance = random.Random(seed)
    pressing = islice(keys(chance), count)
    with _workers(found), _impatient():
        while len(found.pressed) < count and not found.errors:
            live = open_places([address]).live()
            app = TracksideApp(Context(live, Settings()))
            beating = asyncio.create_task(_beat(app, found))
            try:
                async with app.run_test(size=SIZES[0]) as pilot:
                    while app.return_code is None and (key := next(pressing, None)):
                        found.pressed.append(key)
                        await _press(pilot, key, chance)
                    if app.return_code is None:
                        await _answers(pilot, app)
            except Exception as error:
                found.errors.append(error)
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating
            live.store.close()


async def _press(pilot: Pilot[int], key: str, chance: random.Random) -> None:
    """A key, now and then in a window of another size, and now and then followed by rest."""
    if chance.random() < _RESIZED:
        await pilot.resize_terminal(*chance.choice(SIZES))
    await pilot.press(key)
    if chance.random() < _RESTED:
        await pilot.pause()


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


async def _beat(app: App[int], found: Found) -> None:
    while True:
        before = time.perf_counter(), time.process_time(), time.thread_time()
        found.began = time.monotonic()
        await asyncio.sleep(_BEAT)
        after = time.perf_counter(), time.process_time(), time.thread_time()
        seconds, computed, in_loop = (now - then for now, then in zip(after, before, strict=True))
        turn = Turn(seconds, min(seconds, computed), in_loop, _where(app, len(found.pressed)))
        found.longest = max(found.longest, turn, key=attrgetter("seconds"))
        found.busiest = max(found.busiest, turn, key=attrgetter("computed"))


@contextmanager
def _told(found: Found) -> Iterator[None]:
    """What the thread of the loop is at where a turn takes long, on standard error."""
    over, loop = threading.Event(), threading.get_ident()

    def watch() -> None:
        told = 0.0
        while not over.wait(_BEAT):
            if time.monotonic() - found.began > _LONGEST_TURN and told != found.began:
                told = found.began
                print(*traceback.format_stack(sys._current_frames()[loop]), sep="", file=sys.__stderr__)

    threading.Thread(target=watch, daemon=True).start()
    yield
    over.set()


def _where(app: App[int], pressed: int) -> str:
    *below, top = app.screen_stack or ("no screen",)
    return f"key {pressed:,}, {type(top).__name__} over {len(below)}, {app.size.width}×{app.size.height}"


@contextmanager
def _impatient() -> Iterator[None]:
    """A pilot that presses a key as soon as the one before was handled, and does not wait for work beside the loop."""

    async def at_once(_: float) -> None:
        await asyncio.sleep(0)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(textual.app, "wait_for_idle", at_once)
        yield


@contextmanager
def _workers(found: Found) -> Iterator[None]:
    """Find the errors of workers too. Of those that ended well nothing is kept: a worker holds its screen."""
    started: list[Worker[Any]] = []
    add = WorkerManager.add_worker

    def ended() -> None:
        going = [worker for worker in started if not worker.is_finished]
        failed = [worker.error for worker in started if worker.is_finished and worker.error is not None]
        found.errors += [error for error in failed if not isinstance(error, _FORESEEN)]
        started[:] = going

    def kept(manager: WorkerManager, worker: Worker[Any], **given: Any) -> None:
        ended()
        started.append(worker)
        add(manager, worker, **given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WorkerManager, "add_worker", kept)
        yield
    ended()


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
                found = Found()
                with _told(found):
                    asyncio.run(play(str(copy), seed, count, found))
            print(f"{address}, seed {seed}: {len(found.pressed):,} keys, {len(found.errors)} errors")
            print(
                f"  longest turn {found.longest}", f"busiest turn {found.busiest}", *map(repr, found.errors), sep="\n  "
            )
            if found.errors:
                print(f"  the last keys: {' '.join(found.pressed[-_LAST:])}")
            sys.stdout.flush()
            bad += bool(found.errors) or found.busiest.computed > _LONGEST_TURN
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
