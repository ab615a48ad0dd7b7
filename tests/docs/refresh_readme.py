"""Puts the table of keys that the app's actions give into the README: `just keys`."""

import re
from pathlib import Path

from trackside.tui.keys.keys_table import keys_table

README = Path(__file__).parents[2] / "README.md"
_PLACE = re.compile(r"(?<=<!-- keys -->\n).*?(?=<!-- /keys -->)", re.DOTALL)


def refreshed(text: str) -> str:
    """The README with the keys that hold now."""
    table = f"\n{keys_table()}\n\n"
    return _PLACE.sub(lambda _: table, text, count=1)


if __name__ == "__main__":
    README.write_text(refreshed(README.read_text()))
