"""Listens to what a command prints, and logs the metrics that rules find in it."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from trackside.record.console import rules
from trackside.record.console.lines import Line, Lines
from trackside.record.console.rules import Found, Template


class Listener:
    """Reads each of the streams line by line.

    A line that one of the `templates` knows gives one row, of all that know it. Other lines are tried on the rules of
    what libraries print, unless `is_told` says that the command logs by itself.
    """

    def __init__(self, log: Callable[..., object], templates: Sequence[Template], is_told: Callable[[], bool]) -> None:
        self._log = log
        self._templates = templates
        self._matched: set[Template] = set()
        self._is_told = is_told
        self._automatic = rules.automatic()
        self._streams: defaultdict[int, Lines] = defaultdict(Lines)

    def feed(self, data: bytes, stream: int) -> None:
        """Take what was read from a stream."""
        for line in self._streams[stream].feed(data):
            found = self._described(line) or self._recognised(line)
            if found is not None:
                self._log(found.values, found.step)

    @property
    def unmatched(self) -> list[str]:
        """The templates that no line has matched."""
        return [template.text for template in self._templates if template not in self._matched]

    def _described(self, line: Line) -> Found | None:
        """What all the templates find in a line; None where they find no metric."""
        found = {template: said for template in self._templates if (said := template(line)) is not None}
        self._matched.update(found)
        values = {name: value for said in found.values() for name, value in said.values.items()}
        step = next((said.step for said in found.values() if said.step is not None), None)
        return Found(values, step) if values else None

    def _recognised(self, line: Line) -> Found | None:
        found = next((found for rule in self._automatic if (found := rule(line)) is not None), None)
        if found is not None and self._is_told():
            self._automatic = []
            return None
        return found
