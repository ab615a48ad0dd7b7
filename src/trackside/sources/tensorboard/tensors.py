"""TensorProto, as far as event files hold it: numbers, and texts.

Source of fields and types: tensorflow/core/framework/tensor.proto and types.proto.
"""

import math

import numpy as np
from numpy.typing import NDArray

from trackside.sources.protobuf import Message, ProtobufError, signed

_DTYPE, _SHAPE, _CONTENT, _TEXTS = 1, 2, 4, 8
_REFERENCE = 100
_MOST = 1 << 20

_STRING, _BFLOAT16, _HALF = 7, 14, 19
_IN_CONTENT = {
    1: "<f4",
    2: "<f8",
    3: "<i4",
    4: "u1",
    5: "<i2",
    6: "i1",
    9: "<i8",
    10: "u1",
    _BFLOAT16: "<u2",
    17: "<u2",
    _HALF: "<u2",
    22: "<u4",
    23: "<u8",
}
_SINGLES, _DOUBLES = 5, 6
_VARINTS = {3: 7, 4: 7, 5: 7, 6: 7, 9: 10, 10: 11, _BFLOAT16: 13, 17: 7, _HALF: 13, 22: 16, 23: 17}


def shape(tensor: Message) -> list[int]:
    """Its dimensions; none for a scalar."""
    return [dimension.signed(1) for dimension in tensor.message(_SHAPE).messages(2)]


def numbers(tensor: Message) -> NDArray[np.float64] | None:
    """All numbers of a tensor, flat; None where it holds something else. ProtobufError where they do not fit it."""
    kind = tensor.unsigned(_DTYPE) % _REFERENCE
    if kind not in _IN_CONTENT:
        return None
    size = math.prod(shape(tensor))
    if not 0 <= size <= _MOST:
        raise ProtobufError("a tensor of a size that no summary has")
    content = tensor.raw(_CONTENT)
    if content:
        stored = np.dtype(_IN_CONTENT[kind])
        if len(content) != size * stored.itemsize:
            raise ProtobufError("a tensor whose content is of another size than it says")
        return _widened(np.frombuffer(content, stored), kind)
    found = _listed(tensor, kind)[:size]
    if not len(found):
        return np.zeros(size)
    return np.concatenate([found, np.full(size - len(found), found[-1])])


def texts(tensor: Message) -> list[bytes] | None:
    """All strings of a tensor, flat; None where it holds something else."""
    return tensor.each(_TEXTS) if tensor.unsigned(_DTYPE) % _REFERENCE == _STRING else None


def _listed(tensor: Message, kind: int) -> NDArray[np.float64]:
    if kind in _VARINTS:
        given = tensor.unsigneds(_VARINTS[kind])
        if kind in (_BFLOAT16, _HALF):
            return _widened(np.array([number & 0xFFFF for number in given], np.uint16), kind)
        return np.array([float(number if kind in (22, 23) else signed(number)) for number in given])
    return np.array(tensor.doubles(_DOUBLES) if kind == 2 else tensor.singles(_SINGLES))


def _widened(stored: NDArray[np.generic], kind: int) -> NDArray[np.float64]:
    if kind == _BFLOAT16:
        stored = (stored.astype("<u4") << np.uint32(16)).view("<f4")
    elif kind == _HALF:
        stored = stored.view("<f2")
    return stored.astype(np.float64)
