"""Environment: what the run ran on, how it was started, and what was installed."""

import shlex
from collections.abc import Sequence

import msgspec

from trackside.model.run import Run
from trackside.services.places.systems import unknown
from trackside.services.run.overview import RunOverview
from trackside.services.sharing.export import ANY_END, Export
from trackside.services.wording import size
from trackside.tui.tabs.with_file import WithFileTab
from trackside.tui.widgets.lines import Line, pairs, table

_NOTHING = "Nothing was recorded about this run's environment."
_COLUMN = 16
_INSTALLED = "=="


class _Lock(msgspec.Struct, frozen=True):
    """What was installed, as it is kept and as it is shown."""

    text: str
    lines: Sequence[Line]


class EnvironmentTab(WithFileTab[_Lock]):
    """Machine, Python, the command line, what makes it repeatable; then the packages, to search with `/`."""

    label = "Environment"

    def lines(self, view: RunOverview) -> list[Line]:
        """The blocks that have something to say."""
        run = view.run
        blocks = [
            ("Machine", _machine(run)),
            ("Python", _python(run)),
            ("Started as", _started(run)),
            ("Repeatable by", pairs(((key, str(value)) for key, value in _seeds(run)), width=_COLUMN)),
        ]
        said = [line for head, block in blocks if block for line in (Line.of(head, "head"), *block, Line.of(""))]
        nothing = unknown(run.source, "this run's environment", _NOTHING)
        return said or [Line.of(sentence, "dim") for sentence in nothing]

    def named(self, view: RunOverview) -> object:
        """The lock."""
        return view.run.environment.lock_file

    def read(self) -> _Lock:
        """The lock."""
        lock = self.context.store.lock(self.run_id) or ""
        return _Lock(lock, _packages(lock.splitlines()))

    def file_lines(self, file: _Lock) -> list[Line]:
        """The packages and their versions in columns, what was not installed from an index as it stands."""
        return [Line.of("Packages", "head"), *file.lines] if file.text else []

    def to_save(self) -> Export | None:
        """The lock."""
        lock = "" if self.file is None else self.file.text
        return Export("the lock", "requirements.lock", {ANY_END: lock.encode}) if lock else None


def _machine(run: Run) -> list[Line]:
    environment = run.environment
    cards = environment.gpu
    return pairs(
        [
            ("host", run.host or ""),
            ("user", run.user or ""),
            ("platform", environment.platform or ""),
            ("container", environment.container or ""),
            ("cpu", environment.cpu or ""),
            ("memory", "" if environment.memory is None else size(environment.memory)),
            *((f"gpu {number}" if len(cards) > 1 else "gpu", card) for number, card in enumerate(cards)),
            ("driver", environment.driver or ""),
            ("cuda", environment.cuda or ""),
        ],
        width=_COLUMN,
    )


def _python(run: Run) -> list[Line]:
    environment = run.environment
    return pairs(
        [
            ("version", environment.python or ""),
            ("packages", "" if environment.packages is None else f"{environment.packages:,}"),
            ("lock", environment.lock or ""),
        ],
        width=_COLUMN,
    )


def _started(run: Run) -> list[Line]:
    return pairs(
        [
            ("command", shlex.join(run.command)),
            ("folder", run.cwd or ""),
            *((key, str(value)) for key, value in run.job.items() if value is not None),
        ],
        width=_COLUMN,
    )


def _seeds(run: Run) -> list[tuple[str, object]]:
    given = [] if run.seed is None else [("seed", run.seed)]
    return [*given, *run.environment.determinism.items()]


def _packages(lines: list[str]) -> list[Line]:
    plain = [line.partition(_INSTALLED) for line in lines if _INSTALLED in line]
    shown = [Line.of(f"  {line}", hang=None) for line in table([(name, version) for name, _, version in plain])]
    others = [Line.of(f"  {line}", "dim", hang=None) for line in lines if _INSTALLED not in line and line.strip()]
    return [*others, *shown]
