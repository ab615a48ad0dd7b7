"""What the app does with memory."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

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
