"""On which data a run measured its metrics, as one text: what a table of runs has beside their values."""

import msgspec

from trackside.model.run import DataRef, Run


class MeasuredOn(msgspec.Struct, frozen=True):
    """The data of a run by its roles, and the role or version that was declared for a metric."""

    data: dict[str, DataRef]
    eval_data: dict[str, str]


def measured_on(run: Run) -> str | None:
    """The text, the same for runs that agree in it; None where nothing is known."""
    if not (run.data or run.eval_data):
        return None
    data = {
        role: DataRef(uri="" if ref.fingerprint else ref.uri, fingerprint=ref.fingerprint)
        for role, ref in run.data.items()
    }
    return _ENCODER.encode(MeasuredOn(data, run.eval_data)).decode()


def read(text: str | None) -> MeasuredOn:
    """What such a text says; one that makes no sense, as it may have come from elsewhere, says nothing."""
    if text is None:
        return _NOTHING
    try:
        return _DECODER.decode(text)
    except msgspec.DecodeError:
        return _NOTHING


_ENCODER = msgspec.json.Encoder(order="sorted")
_DECODER = msgspec.json.Decoder(MeasuredOn)
_NOTHING = MeasuredOn({}, {})
