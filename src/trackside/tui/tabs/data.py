"""Data: what the run used, in which role, and the fingerprint of its content."""

from trackside.model.run import DataRef
from trackside.services.overview import RunOverview
from trackside.tui.tabs.tab import LinesTab
from trackside.tui.widgets.lines import Line, pairs


class DataTab(LinesTab):
    """One block for each role."""

    label = "Data"

    def lines(self, view: RunOverview) -> list[Line]:
        """The roles in the order in which they were given, then the metrics that are measured on each."""
        run = view.run
        if not run.data:
            return [
                Line.of("This run named no data.", "dim"),
                Line.of('trackside.init(data={"train": "data/train.npz"}) records where it is and its hash.', "dim"),
            ]
        said: list[Line] = []
        for role, data in run.data.items():
            measured = [metric for metric, name in run.eval_data.items() if name == role]
            said += [Line.of(role, "head"), *_block(data, measured), Line.of("")]
        return said


def _block(data: DataRef, measured: list[str]) -> list[Line]:
    return pairs(
        [
            ("uri", data.uri),
            ("fingerprint", data.fingerprint or "not read"),
            ("files", "" if data.files is None else f"{data.files:,}"),
            ("bytes", "" if data.bytes is None else f"{data.bytes:,}"),
            ("metrics", ", ".join(measured)),
        ],
        width=12,
    )
