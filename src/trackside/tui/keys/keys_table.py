"""The README's table of keys: `python -m trackside.tui.keys.keys_table` prints it."""

import sys
from itertools import groupby

from trackside.tui.keys.actions import ACTIONS, Action


def keys_table() -> str:
    """Markdown, one section a group."""
    lines = ["| key | does |", "|---|---|"]
    for group, actions in groupby(ACTIONS, key=lambda action: action.group):
        lines.append(f"| **{group}** | |")
        lines += [_row(action) for action in actions]
    return "\n".join(lines)


def _row(action: Action) -> str:
    keys = "`1` … `9`" if action.numbered else " ".join(map(_shown, action.keys.split(",")))
    said = f"{action.label}: {action.help}" if action.help else action.label
    return f"| {keys} | {said} |"


def _shown(key: str) -> str:
    """As code; a bar would end the cell of the table."""
    return f"`{key}`".replace("|", r"\|")


if __name__ == "__main__":
    sys.stdout.write(f"{keys_table()}\n")
