"""What the machine does while a run runs: a sample every 15 s, beside the rows of training.

Percent where a name says no other unit. A sample stands at the step that training has reached, and changes no step.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, Protocol

from trackside.model.system import FAMILY
from trackside.record.capture.cards import Cards

SECONDS = 15.0
FIRST_SECONDS = 1.0

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_SECTOR = 512
_MIB = 1 << 20
_NO_DISKS = ("loop", "ram", "zram", "dm-", "md", "sr")


class Rows(Protocol):
    """Takes rows of the machine."""

    def beside(self, values: dict[str, float]) -> None:
        """Keep a row at the step that training has reached."""


class Sampler:
    """Samples the machine in a thread. Of several in one process, the one that was started last is heard."""

    _started: ClassVar[list["Sampler"]] = []

    def __init__(self, rows: Rows, store: Path) -> None:
        self._rows = rows
        self._machine = Machine(os.getpid(), store)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="trackside-system", daemon=True)

    def start(self) -> None:
        """Begin. Where the system has no thread to give, there are no samples."""
        with suppress(RuntimeError):
            self._thread.start()
            self._started.append(self)

    def stop(self, patience: float) -> None:
        """Take a last sample, unless there was one within a second; wait for it no longer than `patience` seconds."""
        self._stop.set()
        if self in self._started:
            self._thread.join(patience)
            self._started.remove(self)

    def _go_on(self) -> None:
        self._machine.read()
        last = time.monotonic()
        wait = FIRST_SECONDS
        while True:
            ended = self._stop.wait(wait)
            now = time.monotonic()
            if now - last >= FIRST_SECONDS and self._started[-1:] == [self]:
                self._rows.beside({f"{FAMILY}{name}": value for name, value in self._machine.read().items()})
                last = now
            if ended:
                self._machine.close()
                return
            wait = SECONDS


class Machine:
    """Readings of the machine, and of the process `pid` with those that it started.

    Rates are those since the reading before.
    """

    def __init__(self, pid: int, store: Path) -> None:
        self._pid = pid
        self._ticks: dict[int, int] | None = None
        self._store = store
        self._counts: dict[str, float] = {}
        self._at = time.monotonic()
        self._cards = Cards()

    def read(self) -> dict[str, float]:
        """All that can be read here, by name."""
        found: dict[str, float] = {}
        for part in (self._processors, self._memory, self._disks, self._own, self._cards.read):
            with suppress(OSError, ValueError, LookupError, ArithmeticError):
                found |= part()
        self._at = time.monotonic()
        return found

    def close(self) -> None:
        """Give back what the graphics cards' library holds."""
        self._cards.close()

    def _processors(self) -> dict[str, float]:
        times = [int(ticks) for ticks in _first_line(_PROC / "stat").split()[1:9]]
        idle = self._since("idle", times[3] + times[4])
        whole = self._since("whole", sum(times))
        return {"cpu": 100 * (1 - idle / whole)} if idle is not None and whole else {}

    def _memory(self) -> dict[str, float]:
        lines = (line.split() for line in (_PROC / "meminfo").read_text().splitlines())
        known = {words[0]: int(words[1]) << 10 for words in lines if len(words) > 1}
        return {"memory": 100 * (1 - known["MemAvailable:"] / known["MemTotal:"])}

    def _disks(self) -> dict[str, float]:
        read = written = 0
        for words in _whole_disks():
            read += int(words[5])
            written += int(words[9])
        found = {}
        for name, sectors in (("read", read), ("written", written)):
            rate = self._rate(name, sectors * _SECTOR / _MIB)
            if rate is not None:
                found[f"disk.{name}_mib_per_s"] = rate
        place = os.statvfs(self._store)
        used = place.f_blocks - place.f_bfree
        return found | {"disk": 100 * used / ((used + place.f_bavail) or 1)}

    def _own(self) -> dict[str, float]:
        """The process and all that it started; 100 is one processor that is busy all the time."""
        ticks: dict[int, int] = {}
        pages = 0
        for pid in _family(self._pid):
            with suppress(OSError, ValueError, IndexError):
                words = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
                pages += int((_PROC / str(pid) / "statm").read_text().split()[1])
                ticks[pid] = int(words[11]) + int(words[12])
        before, self._ticks = self._ticks, ticks
        found = {"process.memory_mib": pages * _PAGE / _MIB}
        if before is not None:
            spent = sum(count - before.get(pid, 0) for pid, count in ticks.items()) / _TICKS
            found["process.cpu"] = 100 * spent / self._seconds()
        return found

    def _since(self, name: str, count: float) -> float | None:
        """How much a count grew since the reading before; None at the first one."""
        before = self._counts.get(name)
        self._counts[name] = count
        return None if before is None else count - before

    def _rate(self, name: str, count: float) -> float | None:
        grown = self._since(name, count)
        return None if grown is None else grown / self._seconds()

    def _seconds(self) -> float:
        return max(time.monotonic() - self._at, 1e-3)


def _whole_disks() -> Iterator[list[str]]:
    """Lines of `/proc/diskstats` that are disks, and neither their parts nor made of others."""
    for line in (_PROC / "diskstats").read_text().splitlines():
        words = line.split()
        if not words[2].startswith(_NO_DISKS) and (Path("/sys/block") / words[2]).exists():
            yield words


def _family(pid: int) -> Iterator[int]:
    """A process, and those that it and they started."""
    yield pid
    for thread in (_PROC / str(pid) / "task").iterdir():
        with suppress(OSError):
            for child in (thread / "children").read_text().split():
                yield from _family(int(child))


def _first_line(path: Path) -> str:
    with path.open() as stream:
        return stream.readline()
