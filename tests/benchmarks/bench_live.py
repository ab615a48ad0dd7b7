"""From a vendor's own client to the app's screen: how soon a value is seen, and what the client itself holds back.

Needs the vendors' clients: `just vendors` makes an environment that has them. Without, there are no rows.
"""

import sys
import tempfile
from pathlib import Path
from statistics import median

from harness import Row, quantile

sys.path.append(str(Path(__file__).parents[1] / "tui"))
sys.path.append(str(Path(__file__).parents[1] / "vendors"))
from clients import CLIENTS, Client, Logged
from terminal_app import TerminalApp

POINTS = 20


def rows() -> list[Row]:
    """The rows of this file."""
    if not CLIENTS:
        print("no vendor's client is here: run it with .vendors/bin/python", file=sys.stderr)
    return [_seen(client) for client in CLIENTS]


def _seen(name: str) -> Row:
    """From the bytes in the file to the value on the screen."""
    with tempfile.TemporaryDirectory() as home:
        logged, waits = _watched(name, Path(home))
    held = [each.written - each.called for each in logged]
    note = (
        f"median {median(waits) * 1e3:.0f} ms of {POINTS}; the client holds back "
        f"{median(held) * 1e3:.0f} ms, p95 {quantile(held, 0.95) * 1e3:.0f} ms"
    )
    return Row(f"{name}: in the file → seen on the app's screen, p95", quantile(waits, 0.95), 1.0, "s", "none", note)


def _watched(name: str, home: Path) -> tuple[list[Logged], list[float]]:
    """What was logged, and how many seconds later each of it was seen."""
    folder = home / "logged"
    logged, waits = [], []
    with Client(name, folder) as client:
        client.log(1.0)
        command = [sys.executable, "-m", "trackside", str(folder)]
        with TerminalApp(command, columns=160, rows=45, environment={"HOME": str(home)}) as app:
            app.wait_for("loss", 60)
            app.written_in(3)
            for point in range(1, POINTS + 1):
                value = 10_000 + 137 * point
                logged.append(client.log(float(value)))
                waits.append(app.wait_for(f"{value}", 60) - logged[-1].written)
                app.written_in(1.3 + point * 0.007)
    return logged, waits
