"""Lines that are said where there are no rows: why there are none, and what helps."""

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, TypeAlias

from trackside.tui.terminal import one_line

if TYPE_CHECKING:
    from trackside.services.first_run import FirstSteps

Said: TypeAlias = tuple[tuple[str, str], ...]
"""A line: parts of text, each with its tone."""

_INDENT = "    "
_COPIES = "y y copies them; their values show here as soon as they run"


def sentences(lines: Iterable[str]) -> list[Said]:
    """Lines of one tone, the first of which weighs most."""
    return [((one_line(line), "dim" if number else ""),) for number, line in enumerate(lines)]


def welcome(steps: "FirstSteps") -> list[Said]:
    """What a newcomer reads in a store without runs."""
    width = max(len(command) for command, _ in steps.commands)
    return [
        (("no runs yet", "mark"),),
        (),
        (("three lines of a script make one:", "dim"),),
        (),
        *(((f"{_INDENT}{one_line(line)}", ""),) for line in steps.script),
        (),
        ((_COPIES, "dim"),),
        (),
        (("or in another terminal:", "dim"),),
        (),
        *(((f"{_INDENT}{one_line(command):{width}}", ""), (f"   {told}", "dim")) for command, told in steps.commands),
        (),
        (("? lists all keys, q quits", "dim"),),
    ]


def fitted_to(lines: Sequence[Said], width: int) -> Iterator[Said]:
    """The lines, those of one part and without an indent wrapped to the width; others are cut by whoever draws them."""
    for line in lines:
        if len(line) == 1 and not line[0][0].startswith(" "):
            text, tone = line[0]
            yield from (((piece, tone),) for piece in wrap(text, max(1, width)))
        else:
            yield line
