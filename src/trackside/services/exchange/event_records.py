"""Events as TensorBoard's files have them: numbers, texts, histograms, and the params of its hparams plugin, as bytes.

Source of fields: tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto and
tensorboard/plugins/hparams/plugin_data.proto.
"""

import json
import struct
from collections.abc import Mapping
from itertools import chain, pairwise

from trackside.model.histogram import Histogram
from trackside.model.run import Param

_STEP, _VERSION, _SUMMARY = 0x10, 3, 5
_STRING = b"\x08\x07"
_ONE = b"\x12\x04\x12\x02\x08\x01"
_DOUBLE = b"\x08\x02"


def version(time: float) -> bytes:
    """The event that a file begins with."""
    return _event(time, 0) + _held(_VERSION, b"brain.Event:2")


def scalar(tag: bytes, step: int, time: float, number: bytes) -> bytes:
    """A number, which is a float32 of four bytes."""
    return _event(time, step) + _held(_SUMMARY, _held(1, _held(1, tag) + b"\x15" + number))


def text(tag: str, step: int, time: float, said: str) -> bytes:
    """A text, which TensorBoard shows as Markdown."""
    tensor = _STRING + _ONE + _held(8, _encoded(said))
    return _event(time, step) + _value(f"{tag}/text_summary", b"text", b"", _held(8, tensor))


def histogram(tag: str, step: int, time: float, held: Histogram) -> bytes:
    """The bins of a histogram: rows of left edge, right edge, count."""
    rows = [(*edges, count) for edges, count in zip(pairwise(held.all_edges()), held.counts, strict=True)]
    shape = _held(2, b"\x08" + _varint(len(rows))) + _held(2, b"\x08\x03")
    content = struct.pack(f"<{3 * len(rows)}d", *chain.from_iterable(rows))
    tensor = _DOUBLE + _held(2, shape) + _held(4, content)
    return _event(time, step) + _value(tag, b"histograms", b"", _held(8, tensor))


def session_start(params: Mapping[str, Param], group: str, time: float) -> bytes:
    """The params of a run. Numbers are doubles there; what is neither number, text nor bool is its text."""
    entries = b"".join(_held(1, _held(1, _encoded(key)) + _held(2, _param(value))) for key, value in params.items())
    said = entries + (_held(4, _encoded(group)) if group else b"") + b"\x29" + struct.pack("<d", time)
    return _event(time, 0) + _value("_hparams_/session_start_info", b"hparams", _held(3, said))


def session_end(time: float, *, failed: bool) -> bytes:
    """How a run ended."""
    said = bytes([0x08, 2 if failed else 1]) + b"\x11" + struct.pack("<d", time)
    return _event(time, 0) + _value("_hparams_/session_end_info", b"hparams", _held(4, said))


def _event(time: float, step: int) -> bytes:
    return b"\x09" + struct.pack("<d", time) + (bytes([_STEP]) + _varint(step) if step else b"")


def _value(tag: str, plugin: bytes, content: bytes, more: bytes = b"") -> bytes:
    metadata = _held(9, _held(1, _held(1, plugin) + (_held(2, content) if content else b"")))
    return _held(_SUMMARY, _held(1, _held(1, _encoded(tag)) + more + metadata))


def _param(value: Param) -> bytes:
    if isinstance(value, bool):
        return b"\x20" + bytes([value])
    if isinstance(value, int | float):
        return b"\x11" + struct.pack("<d", value)
    if isinstance(value, list):
        value = json.dumps(value, ensure_ascii=False)
    return _held(3, _encoded(str(value)))


def _encoded(said: str) -> bytes:
    return said.encode(errors="replace")


def _held(number: int, data: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(data)) + data


def _varint(number: int) -> bytes:
    number %= 1 << 64
    data = bytearray()
    while number >= 0x80:
        data.append(number & 0x7F | 0x80)
        number >>= 7
    data.append(number)
    return bytes(data)
