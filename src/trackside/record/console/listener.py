"""Listens to what a command prints, and logs the metrics that rules find in it."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from trackside.record.console import rules
from trackside.record.console.lines import Line, Lines
from trackside.record.console.rules import Found, Rule


class Listener:
    """Reads each of the streams line by line.

    A line that one of the `templates` knows gives one row, of all that know it. Other lines are tried on the rules of
    what libraries print, unless `is_told` says that the command logs by itself.
    """

    def __init__(self, log: Callable[..., object], templates: Sequence[Rule], is_told: Callable[[], bool]) -> None:
        self._log = log
        self._templates = templates
        self._is_told = is_told
        self._automatic = rules.automatic()
        self._streams: defaultdict[int, Lines] = defaultdict(Lines)

    def feed(self, data: bytes, stream: int) -> None:
        """Take what was read from a stream."""
        for line in self._streams[stream].feed(data):
            found = _joined(self._templates, line) or self._recognised(line)
            if found is not None:
                self._log(found.values, found.step)

    def _recognised(self, line: Line) -> Found | None:
        found = next((found for rule in self._automatic if (found := rule(line)) is not None), None)
        if found is not None and self._is_told():
            self._automatic = []
            return None
        return found


def _joined(templates: Sequence[Rule], line: Line) -> Found | None:
    """What all the templates find in a line; None where they find no metric."""
    found = [said for rule in templates if (said := rule(line)) is not None]
    values = {name: value for said in found for name, value in said.values.items()}
    step = next((said.step for said in found if said.step is not None), None)
    return Found(values, step) if values else None
