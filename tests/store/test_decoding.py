"""Whatever is done to the bytes of a log, what is whole in them is read, and nothing else."""

import math
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackside.model.keys import short
from trackside.store import journal
from trackside.store.decode import Decoder
from trackside.store.journal import Kind, RowFormat

SETS = [("loss",), ("val/loss", "val/acc"), ("lr", "m", "n")]


def schema(number: int) -> bytes:
    return journal.packed(Kind.SCHEMA, [number, list(SETS[number])])


def row(number: int, step: int, values: list[float] | None = None) -> bytes:
    width = len(SETS[number])
    return RowFormat(number, width).pack(step, step / 2, values or [step * 1.5 + place for place in range(width)])


def points(chunk) -> list[tuple[str, int, float, str]]:
    """Every point that was read, floats by their bits."""
    return sorted(
        (key, int(block.step[place]), float(block.time[place]), struct.pack("<d", block.values[place, column]).hex())
        for block in chunk.blocks
        for place in range(len(block.step))
        for column, key in enumerate(block.keys)
    )


@st.composite
def logs(draw) -> list[bytes]:
    """Frames of a log as training loops write them: bursts of a repeated pattern, with other frames between."""
    made = [schema(0), schema(1), schema(2)]
    step = 0
    for _ in range(draw(st.integers(0, 6))):
        pattern = draw(st.lists(st.integers(0, 2), min_size=1, max_size=5))
        for _ in range(draw(st.integers(0, 20))):
            made.extend(row(number, step) for number in pattern)
            step += 1
        if draw(st.booleans()):
            made.append(journal.heartbeat(float(step), 0))
    return made


def slowly(frames: list[bytes]) -> list[tuple[str, int, float, str]]:
    found = []
    for frame in journal.frames(b"".join(frames)):
        if frame.kind < journal.FIRST_RESERVED:
            step, time = struct.unpack_from("<qd", frame.payload)
            values = struct.unpack_from(f"<{len(SETS[frame.kind])}d", frame.payload, 16)
            found += [
                (key, step, time, struct.pack("<d", v).hex()) for key, v in zip(SETS[frame.kind], values, strict=True)
            ]
    return sorted(found)


@given(logs())
def test_rows_read_at_once_are_the_rows_read_one_by_one(frames):
    for verify in ("all", "tail"):
        chunk = Decoder().feed(b"".join(frames), verify=verify)
        assert points(chunk) == slowly(frames)
        assert chunk.end == sum(map(len, frames))
        assert not chunk.damage


@pytest.mark.parametrize("verify", ["all", "tail"])
@pytest.mark.parametrize("apart", [1, 3, 100, 255, 256, 257, 3_000])
def test_a_row_that_comes_now_and_then_breaks_no_run_of_others(apart, verify):
    frames = [schema(0), schema(1), schema(2)]
    for step in range(9_000):
        frames.append(row(0, step))
        if step % apart == 0:
            frames.append(row(1 + step // apart % 2, step))
        if step % 1_500 == 0:
            frames.append(journal.heartbeat(float(step), 0))
    chunk = Decoder().feed(b"".join(frames), verify=verify)
    assert points(chunk) == slowly(frames)
    assert all((block.step[1:] > block.step[:-1]).all() for block in chunk.blocks)
    assert [frame.kind for frame in chunk.others] == [Kind.SCHEMA] * 3 + [Kind.HEARTBEAT] * 6


def test_an_end_that_cannot_become_a_frame_is_damage_and_half_a_frame_is_not():
    whole = schema(0) + row(0, 0)
    assert not Decoder().feed(whole + row(0, 1)[:-1]).damage
    assert not Decoder().feed(whole + bytes(99)).damage
    ruined = row(0, 1)[:-4] + b"\0\0\0\0"
    assert Decoder().feed(whole + ruined).damage == [(len(whole), len(whole + ruined))]


@given(logs(), st.data())
@settings(max_examples=60)
def test_a_log_read_in_pieces_is_the_log_read_whole(frames, data):
    whole = b"".join(frames)
    decoder, found, start = Decoder(), [], 0
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=5)))
    for cut in (*cuts, len(whole)):
        chunk = decoder.feed(whole[start:cut], verify="tail")
        assert not chunk.damage
        found += points(chunk)
        start += chunk.end
        decoder = Decoder.from_state(decoder.state())
    assert sorted(found) == slowly(frames)


@given(logs(), st.integers(1, 70_000))
@settings(max_examples=30)
def test_a_tail_of_zeros_is_nothing(frames, zeros):
    for verify in ("all", "tail"):
        chunk = Decoder().feed(b"".join(frames) + bytes(zeros), verify=verify)
        assert points(chunk) == slowly(frames)
        assert chunk.end == sum(map(len, frames))


@given(logs(), st.data())
@settings(max_examples=100)
def test_damage_costs_the_frames_that_it_hit_and_no_others(frames, data):
    at = data.draw(st.integers(3, len(frames))) if len(frames) > 3 else None
    if at is None or at == len(frames):
        return
    start = sum(map(len, frames[:at]))
    place = start + data.draw(st.integers(6, len(frames[at]) - 1))
    whole = bytearray(b"".join(frames))
    whole[place] ^= 0xFF
    chunk = Decoder().feed(bytes(whole), verify="all")
    assert points(chunk) == slowly(frames[:at] + frames[at + 1 :])


@given(st.binary(max_size=3000))
@settings(max_examples=200)
def test_garbage_gives_nothing_and_raises_nothing(garbage):
    for verify in ("all", "tail"):
        Decoder().feed(garbage, verify=verify)


@pytest.mark.parametrize(
    "bits", ["7ff8000000000001", "fff0000000000000", "7ff0000000000001", "8000000000000000", "7ff80000deadbeef"]
)
def test_every_bit_of_a_float_is_kept(bits):
    (value,) = struct.unpack(">d", bytes.fromhex(bits))
    frames = [schema(0)] + [RowFormat(0, 1).pack(step, 0.0, [value]) for step in range(40)]
    chunk = Decoder().feed(b"".join(frames))
    assert {struct.pack(">d", found).hex() for found in chunk.blocks[0].values[:, 0]} == {bits}


def test_sparse_rows_and_numbers_of_mixed_rows_are_points_too():
    table = journal.packed(Kind.SCHEMA, [-1, ["a", "b"]])
    mixed = journal.packed(Kind.MIXED, {"step": 3, "time": 1.0, "values": {"n": 2**60, "word": "hello", "yes": True}})
    chunk = Decoder().feed(table + journal.sparse(7, 2.0, [(0, 1.5), (1, math.inf)]) + mixed)
    assert [(key, step) for key, step, _, _ in points(chunk)] == [("a", 7), ("b", 7), ("n", 3), ("yes", 3)]
    assert [frame.kind for frame in chunk.others] == [Kind.SCHEMA, Kind.MIXED]


@pytest.mark.parametrize("twice", [["a", "a"], ["H" * 2_000, short("H" * 2_000)]], ids=["as it is", "once it is cut"])
def test_a_key_set_that_has_a_name_twice_is_damage_as_its_rows_are(twice):
    odd = [journal.packed(Kind.SCHEMA, [1, twice])] + [row(1, step) for step in range(40)]
    chunk = Decoder().feed(b"".join([schema(0), row(0, 1), *odd, row(0, 2)]))
    assert [(key, step) for key, step, _, _ in points(chunk)] == [("loss", 1), ("loss", 2)]
    assert sum(end - start for start, end in chunk.damage) == sum(map(len, odd))


def test_a_row_of_a_key_set_that_was_never_named_is_damage():
    chunk = Decoder().feed(RowFormat(5, 2).pack(0, 0.0, [1.0, 2.0]) + journal.heartbeat(1.0, 0))
    assert chunk.damage == [(0, journal.row_size(2))]
    assert len(chunk.others) == 1
