"""How much the app writes to its terminal, and how late the last frame comes over a slow link."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from harness import Row
from make_store import make_store

from trackside.store.store import Store

sys.path.append(str(Path(__file__).parents[1] / "tui"))
from slow_link import SlowTerminal
from terminal_app import TerminalApp

RUNS, PARAMS, METRICS = 2_000, 20, 10
SIZES = {(160, 45): (1.5, 15.0, 30.0), (80, 24): (1.0, 9.0, 10.0)}
"""Columns and lines, and how many kB a cursor key, a preview and a whole table may take there."""
MOVES = 20
MOVING = 20
SECONDS = 10.0
LATE, RATE = 0.1, 64_000.0
PTY_BYTES = 4_096
TYPED, FOUND = "-tag:nothing run-001234", " 1 of 2,000 runs"
KEYS_PER_SECOND = 8.0

TRAINING = """
import sys, time, trackside
store, count = sys.argv[1], int(sys.argv[2])
runs = [trackside.init(project="bench", name=f"moving-{number}", store=store, quiet=True) for number in range(count)]
print("begun", flush=True)
step = 0
while True:
    for run in runs:
        run.log({"loss": 1 / (step + 1), "accuracy": step / (step + 9)}, step=step)
    step += 1
    time.sleep(0.1)
"""


def rows() -> list[Row]:
    """The rows of this file."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        store = make_store(root / "store", runs=RUNS, params=PARAMS, metrics=METRICS, rows=50)
        Store.open(store).reindex()
        written = [row for size, most in SIZES.items() for row in _written(store, root, size, most)]
        late = [_late(store, root, buffers=buffers) for buffers in (False, True)]
        return [*written, _moving(root), *late]


def _written(store: Path, home: Path, size: tuple[int, int], most: tuple[float, float, float]) -> Iterator[Row]:
    """A key that moves the cursor, the preview that follows it, and a page of other rows."""
    at = f"at {size[0]}×{size[1]}"
    with _app(store, home, size) as app:
        app.wait_for("run-0")
        app.wait_for_quiet(2, 120)
        keys, previews = [], []
        for _ in range(MOVES):
            before = len(app.raw)
            app.send("j")
            app.wait_until(lambda before=before: len(app.raw) > before, "the cursor's new line")
            app.written_in(0.05)
            keys.append(len(app.raw) - before)
            before = len(app.raw)
            app.wait_for_quiet(1)
            previews.append(len(app.raw) - before)
        app.send("P")
        app.wait_for_quiet(1)
        pages = [_size_of(app, "\x1b[6~") for _ in range(5)]
    whats = "a cursor key", "its preview", "a page of other rows"
    for what, sizes, target in zip(whats, (keys, previews, pages), most, strict=True):
        note = f"median of {len(sizes)}, most {max(sizes) / 1000:.2f} kB"
        yield Row(f"written for {what} {at}", median(sizes) / 1000, target, "kB", "none", note)


def _size_of(app: TerminalApp, key: str) -> int:
    before = len(app.raw)
    app.send(key)
    app.wait_for_quiet(1)
    return len(app.raw) - before


def _moving(home: Path) -> Row:
    """What a second of runs that train costs, the preview off."""
    store = home / "moving"
    with _training(store), _app(store, home, (160, 45)) as app:
        app.wait_for(f"moving-{MOVING - 1}")
        app.send("P")
        app.written_in(5)
        kilobytes = len(app.written_in(SECONDS)) / SECONDS / 1000
    return Row(f"written a second, {MOVING} runs at 10 rows a second", kilobytes, 4.0, "kB", "none", "without preview")


def _late(store: Path, home: Path, *, buffers: bool) -> Row:
    """Filter keys, typed faster than their frames come: from the last of them to the rows that it asks for."""
    how = "as sshd buffers" if buffers else "through a pseudo-terminal"
    with SlowTerminal(
        _command(store),
        late=LATE,
        bytes_per_second=RATE,
        most_on_way=None if buffers else PTY_BYTES,
        columns=160,
        rows=45,
        environment=_environment(home),
    ) as app:
        app.wait_for("run-0", 120)
        app.wait_for_quiet(3, 120)
        app.send("/")
        app.wait_for_quiet(1)
        before = len(app.raw)
        for letter in TYPED[:-1]:
            app.send(letter)
            app.written_in(1 / KEYS_PER_SECOND)
        app.send(TYPED[-1])
        pressed = time.monotonic()
        seen = app.wait_for(FOUND)
        kilobytes = (len(app.raw) - before) / 1000
    note = (
        f"{len(TYPED)} keys at {KEYS_PER_SECOND:g} a second, {kilobytes:.0f} kB; the link itself takes {2 * LATE:g} s"
    )
    return Row(f"last key's rows over 64 kB/s, {how}", seen - pressed, 1.0, "s", "none", note)


@contextmanager
def _training(store: Path) -> Iterator[None]:
    """Another process, several runs of which train."""
    command = [sys.executable, "-c", TRAINING, str(store), str(MOVING)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        try:
            yield
        finally:
            process.kill()


def _app(store: Path, home: Path, size: tuple[int, int]) -> TerminalApp:
    return TerminalApp(_command(store), columns=size[0], rows=size[1], environment=_environment(home))


def _command(store: Path) -> list[str]:
    return [sys.executable, "-m", "trackside", "--store", str(store)]


def _environment(home: Path) -> dict[str, str]:
    """Modules compiled, as pip leaves them; a view of the store that nobody left before."""
    return {
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(home / "compiled"),
        "HOME": tempfile.mkdtemp(dir=home),
    }
