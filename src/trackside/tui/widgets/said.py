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
    return [
        (("no runs yet", "mark"),),
        (),
        (("three lines of a script make one:", "dim"),),
        *(((f"{_INDENT}{one_line(line)}", ""),) for line in steps.script),
        (),
        ((_COPIES, "dim"),),
        (),
        (("or in another terminal:", "dim"),),
        *(((f"{_INDENT}{command}", ""), (f"   {told}", "dim")) for command, told in _columns(steps.commands)),
        (),
        (("? lists all keys, q quits", "dim"),),
    ]


def _columns(commands: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Commands and what they do, each as wide as the widest."""
    shown = [(one_line(command), told) for command, told in commands]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    yield from ((f"{command:{widths[0]}}", f"{told:{widths[1]}}") for command, told in shown)


def fitted_to(lines: Sequence[Said], width: int) -> Iterator[Said]:
    """The lines, those of one part and without an indent wrapped to the width.

    Of others that are wider, each part has a line; what is wider still is cut by whoever draws it.
    """
    for line in lines:
        if len(line) == 1 and not line[0][0].startswith(" "):
            text, tone = line[0]
            yield from (((piece, tone),) for piece in wrap(text, max(1, width)))
        elif len(line) > 1 and sum(len(text) for text, _ in line) > width:
            first, *others = line
            yield (first,)
            yield from (((_INDENT + text, tone),) for text, tone in others)
        else:
            yield line
