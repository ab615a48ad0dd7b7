"""What the app does with memory."""

import gc
import re
import subprocess
import sys
import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from runs_app import app_on, home, press
from small_store import record, until
from textual.widget import Widget

from trackside.tui.screens.run import RunScreen

HEAPS = """
import ctypes, sys, threading
from trackside.tui import memory
if sys.argv[2] == "shared":
    memory.share_one_heap()
for thread in [threading.Thread(target=lambda: bytearray(1 << 14)) for _ in range(4)]:
    thread.start()
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(libc.fopen(sys.argv[1].encode(), b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
"""


def heaps(folder: Path, how: str) -> int:
    """Of how many heaps glibc tells in a process with threads."""
    told = folder / how
    subprocess.run([sys.executable, "-c", HEAPS, str(told), how], check=True, timeout=60)
    return len(re.findall("<heap ", told.read_text()))


@pytest.mark.skipif(sys.platform != "linux", reason="heaps are glibc's")
def test_threads_share_one_heap(tmp_path: Path) -> None:
    assert heaps(tmp_path, "apart") > 1
    assert heaps(tmp_path, "shared") == 1


def are_gone(kept: Iterable[weakref.ref[Any]]) -> bool:
    """Looking for garbage among what the app has set aside too: the screen may have been open by then."""
    gc.unfreeze()
    gc.collect()
    return all(one() is None for one in kept)


async def test_nothing_is_kept_of_what_a_closed_screen_showed(tmp_path: Path) -> None:
    record(tmp_path, "a")
    async with app_on(tmp_path) as (app, pilot):
        await press(pilot, "question_mark")
        lines = [weakref.ref(widget._styles_cache) for widget in app.screen.walk_children(Widget)]
        assert lines
        await press(pilot, "escape")
        await until(pilot, lambda: are_gone(lines))


async def test_nothing_painted_is_kept_of_a_screen_that_another_covers(tmp_path: Path) -> None:
    record(tmp_path, "a")
    async with app_on(tmp_path) as (app, pilot):

        def painted() -> int:
            return sum(len(widget._styles_cache._cache) for widget in home(app).walk_children(Widget))

        await press(pilot, "question_mark")
        assert painted()
        await press(pilot, "escape", "enter")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        assert not painted()
        await press(pilot, "escape")
        assert painted()
