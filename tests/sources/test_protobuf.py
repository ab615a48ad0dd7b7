"""Fields of protobuf messages, and bytes that are none."""

import math
import struct

import pytest

from trackside.sources.protobuf import (
    BYTES,
    FIXED32,
    FIXED64,
    MOST_FIELDS,
    VARINT,
    Message,
    ProtobufError,
    walk,
    zigzag,
)


def test_fields_come_in_order_with_number_wire_type_and_value() -> None:
    data = b"\x08\x96\x01" + b"\x12\x02hi" + b"\x1d" + struct.pack("<f", 1.5) + b"\x21" + struct.pack("<d", 2.5)
    assert list(walk(data)) == [
        (1, VARINT, 150),
        (2, BYTES, b"hi"),
        (3, FIXED32, struct.pack("<f", 1.5)),
        (4, FIXED64, struct.pack("<d", 2.5)),
    ]


def test_a_stretch_of_a_larger_buffer_is_read_and_no_byte_more() -> None:
    assert list(walk(b"\xff\x08\x01\xff", 1, 3)) == [(1, VARINT, 1)]
    with pytest.raises(ProtobufError):
        list(walk(b"\x0a\x05hello", 0, 4))


def test_a_message_answers_by_number_and_type() -> None:
    minus_one = b"\x08" + b"\xff" * 9 + b"\x01"
    text, double, float32 = b"\x12\x03a\xffb", b"\x19" + struct.pack("<d", 0.1), b"\x25" + struct.pack("<f", 0.1)
    message = Message(minus_one + text + double + float32 + b"\x2a\x02\x08\x07" + b"\x2a\x00")
    assert message.signed(1) == -1
    assert message.unsigned(1) == 2**64 - 1
    assert message.text(2) == "a\ufffdb"
    assert message.double(3) == 0.1
    assert message.single(4) == pytest.approx(0.1, rel=1e-7)
    assert [inner.unsigned(1) for inner in message.messages(5)] == [7, 0]
    assert 5 in message
    assert 6 not in message


def test_what_is_absent_has_its_types_default() -> None:
    empty = Message(b"")
    assert (empty.unsigned(1), empty.double(2), empty.single(2), empty.text(3), empty.raw(3)) == (0, 0.0, 0.0, "", b"")
    assert (empty.doubles(4), empty.unsigneds(4), empty.messages(4)) == ([], [], [])
    assert 1 not in empty.message(5)


def test_the_last_of_a_repeated_field_holds_where_one_is_asked_for() -> None:
    assert Message(b"\x08\x01\x08\x02").unsigned(1) == 2


def test_repeated_numbers_are_read_packed_and_not() -> None:
    packed = b"\x0a\x10" + struct.pack("<dd", 1.0, math.inf)
    single = b"\x09" + struct.pack("<d", 2.0)
    assert Message(packed + single).doubles(1) == [1.0, math.inf, 2.0]
    assert Message(b"\x0a\x03\x01\x80\x01\x08\x05").unsigneds(1) == [1, 128, 5]
    assert Message(b"\x0a\x04" + struct.pack("<f", 0.5)).singles(1) == [0.5]


def test_zigzag_numbers() -> None:
    assert [zigzag(number) for number in (0, 1, 2, 3, 2**64 - 1)] == [0, -1, 1, -2, -(2**63)]


@pytest.mark.parametrize(
    "data",
    [
        b"\x0b",  # a group
        b"\x0c",
        b"\x0e",  # no wire type
        b"\x00\x01",  # no field number
        b"\x08",  # ends within
        b"\x08\x80",
        b"\x08" + b"\x80" * 11 + b"\x01",
        b"\x0a",
        b"\x0a\x05hell",
        b"\x0a" + b"\xff" * 9 + b"\x01",
        b"\x09\x00\x00",
        b"\x0d\x00",
    ],
)
def test_bytes_that_are_no_message_are_said_to_be_none(data: bytes) -> None:
    with pytest.raises(ProtobufError):
        list(walk(data))


def test_a_field_of_another_type_than_asked_for_is_an_error() -> None:
    for asked in (Message.double, Message.single, Message.raw, Message.doubles):
        with pytest.raises(ProtobufError):
            asked(Message(b"\x08\x01"), 1)
    with pytest.raises(ProtobufError):
        Message(b"\x0a\x03abc").doubles(1)


def test_a_message_of_endless_fields_is_refused_and_walked() -> None:
    data = b"\x08\x01" * (MOST_FIELDS + 1)
    with pytest.raises(ProtobufError):
        Message(data)
    assert sum(1 for _ in walk(data)) == MOST_FIELDS + 1
