"""What a vendor's own client logs in another process is on the app's screen while it goes on."""

import sys
from pathlib import Path

import pytest
from clients import CLIENTS, Client
from terminal_app import TerminalApp

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("name", CLIENTS or [pytest.param("", marks=pytest.mark.skip(reason="needs vendors' clients"))])
def test_what_a_client_logs_is_seen_while_it_goes_on(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "logged"
    with Client(name, folder) as client:
        client.log(1.0)
        with TerminalApp([sys.executable, "-m", "trackside", str(folder)], columns=160, rows=45) as app:
            app.wait_for("loss", 60)
            for value in (10_137, 10_274, 10_411):
                client.log(value)
                app.wait_for(f"{value}", 30)
