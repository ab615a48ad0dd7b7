"""Frames: what was written is found again, and nothing else is taken for a frame."""

import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackside.store import journal
from trackside.store.journal import Kind

LOG = (
    journal.packed(Kind.OPEN, {"run": "r", "format": journal.FORMAT})
    + journal.packed(Kind.SCHEMA, [0, ["loss", "acc"]])
    + journal.RowFormat(0, 2).pack(7, 1.5, (0.25, float("inf")))
    + journal.sparse(8, 2.5, [(3, -0.0), (70_000, 4.0)])
    + journal.heartbeat(3.5, 2)
    + journal.packed(Kind.CLOSE, {"rotated": False})
)


def test_every_frame_comes_back_with_its_place():
    found = list(journal.frames(LOG))
    assert [f.kind for f in found] == [Kind.OPEN, Kind.SCHEMA, 0, Kind.SPARSE, Kind.HEARTBEAT, Kind.CLOSE]
    assert found[0].start == 0
    assert found[-1].end == len(LOG)
    assert all(a.end == b.start for a, b in pairwise(found))


def test_a_row_holds_step_time_and_the_very_bits_of_its_values():
    payload = next(f.payload for f in journal.frames(LOG) if f.kind == 0)
    assert struct.unpack("<qd2d", payload) == (7, 1.5, 0.25, float("inf"))


def test_a_row_is_as_long_as_its_schema_says():
    assert len(journal.RowFormat(0, 5).pack(0, 0.0, [0.0] * 5)) == journal.row_size(5)


def test_sparse_rows_and_heartbeats_come_back():
    by_kind = {f.kind: f.payload for f in journal.frames(LOG)}
    assert journal.sparse_parts(by_kind[Kind.SPARSE]) == (8, 2.5, [(3, -0.0), (70_000, 4.0)])
    assert journal.heartbeat_parts(by_kind[Kind.HEARTBEAT]) == (3.5, 2)


def test_a_log_cut_anywhere_gives_its_whole_frames_and_no_more():
    ends = [f.end for f in journal.frames(LOG)]
    for cut in range(len(LOG) + 1):
        found = list(journal.frames(LOG[:cut]))
        assert len(found) == sum(end <= cut for end in ends)


@pytest.mark.parametrize("zeros", [1, 9, 10, 4096])
def test_a_tail_of_zeros_is_no_frame(zeros):
    assert len(list(journal.frames(LOG + bytes(zeros)))) == 6


@given(st.binary(max_size=200))
def test_garbage_never_raises(data):
    list(journal.frames(data))
    journal.next_provable(data, 0, {0: journal.row_size(2)})


@given(at=st.integers(0, len(LOG) - 1), bit=st.integers(0, 7))
def test_a_flipped_bit_ends_the_frames_before_it_and_the_next_whole_one_is_found(at, bit):
    broken = bytearray(LOG)
    broken[at] ^= 1 << bit
    whole = list(journal.frames(LOG))
    hit = next(i for i, f in enumerate(whole) if at < f.end)
    assert [f.kind for f in journal.frames(broken)] == [f.kind for f in whole[:hit]]
    found = journal.next_provable(broken, whole[hit].start, {0: journal.row_size(2)})
    assert found == (whole[hit + 1].start if hit + 1 < len(whole) else None)


def test_the_search_after_damage_knows_rows_only_by_their_schema():
    row = journal.RowFormat(4, 1).pack(0, 0.0, [1.0])
    assert journal.next_provable(b"\xff" * 5 + row, 0, {}) is None
    assert journal.next_provable(b"\xff" * 5 + row, 0, {4: journal.row_size(1)}) == 5


def test_a_frame_too_large_is_refused():
    with pytest.raises(ValueError, match="at most"):
        journal.frame(Kind.STATE, bytes(journal.MAX_BODY))
