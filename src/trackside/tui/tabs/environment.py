"""Environment: what the run ran on, and how it was started."""

import shlex

from trackside.services.overview import RunOverview
from trackside.tui.tabs.tab import LinesTab
from trackside.tui.widgets.lines import Line, pairs


class EnvironmentTab(LinesTab):
    """Python, machine, accelerators and the command line."""

    label = "Environment"

    def lines(self, view: RunOverview) -> list[Line]:
        """Two blocks: the machine and the command."""
        run, environment = view.run, view.run.environment
        machine = pairs(
            [
                ("host", run.host or ""),
                ("user", run.user or ""),
                ("platform", environment.platform or ""),
                ("cpu", environment.cpu or ""),
                *(
                    (f"gpu {number}" if len(environment.gpu) > 1 else "gpu", gpu)
                    for number, gpu in enumerate(environment.gpu)
                ),
            ],
            width=10,
        )
        python = pairs(
            [
                ("version", environment.python or ""),
                ("packages", "" if environment.packages is None else f"{environment.packages:,}"),
                ("lock", environment.lock or ""),
            ],
            width=10,
        )
        started = pairs(
            [
                ("command", shlex.join(run.command)),
                ("folder", run.cwd or ""),
                ("seed", "" if run.seed is None else str(run.seed)),
                *((key, str(value)) for key, value in run.job.items() if value is not None),
            ],
            width=10,
        )
        blocks = [("Machine", machine), ("Python", python), ("Started as", started)]
        said = [line for head, block in blocks if block for line in (Line.of(head, "head"), *block, Line.of(""))]
        return said or [Line.of("Nothing was recorded about this run's environment.", "dim")]
