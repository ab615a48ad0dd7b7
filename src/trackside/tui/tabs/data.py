"""Data: what the run used, in which role, and the fingerprint of its content."""

from trackside.model.run import DataRef
from trackside.services.places.systems import unknown
from trackside.services.run.overview import RunOverview
from trackside.services.wording import size
from trackside.tui.tabs.tab import OverviewLinesTab
from trackside.tui.widgets.lines import Line, pairs

_HOW = 'trackside.init(data={"train": "data/train.npz"}) records where it is and its hash.'
_OF_TIMES = "of names, sizes and times: reading all of it would have taken too long"


class DataTab(OverviewLinesTab):
    """One block for each role."""

    label = "Data"

    def lines(self, view: RunOverview) -> list[Line]:
        """The roles in the order in which they were given, then the metrics that are measured on each."""
        run = view.run
        if not run.data:
            said = unknown(run.source, "this run's data", "This run named no data.", _HOW)
            return [Line.of(sentence, "dim") for sentence in said]
        blocks: list[Line] = []
        for role, data in run.data.items():
            measured = [metric for metric, name in run.eval_data.items() if name == role]
            blocks += [Line.of(role, "head"), *_block(data, measured), Line.of("")]
        return blocks


def _block(data: DataRef, measured: list[str]) -> list[Line]:
    return pairs(
        [
            ("uri", data.uri),
            ("fingerprint", data.fingerprint or "none: its content was not read"),
            ("", _OF_TIMES if (data.fingerprint or "").startswith("stat:") else ""),
            ("files", "" if data.files is None else f"{data.files:,}"),
            ("size", "" if data.bytes is None else f"{size(data.bytes)}, {data.bytes:,} bytes"),
            ("metrics", ", ".join(measured)),
        ],
        width=12,
    )
