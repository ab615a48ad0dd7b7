"""A log in short tells of its rows what a sealer does, in Python's own words; where it cannot, it is sent as it is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import trackside
from trackside.model import keys
from trackside.services.remote.bare.in_short import in_short, sealed_in_short
from trackside.services.remote.copies.news import log_of
from trackside.store import journal
from trackside.store.decode import Decoder
from trackside.store.journal import Kind, RowFormat
from trackside.store.seal import summary_frames
from trackside.store.stats import Stats
from trackside.store.summaries import Summaries


def logged(root: Path) -> bytes:
    """A log with all that a training script may say."""
    with trackside.init(project="digits", store=root, quiet=True, params={"lr": 0.1}) as run:
        for step in range(0, 12_000, 2):
            run.log({"loss": 1 / (step + 1), "acc": float("nan") if step == 8 else step % 7}, step=step)
            if step % 1000 == 0:
                run.log({"val/loss": -float(step), "note": f"at {step}"}, step=step)
        run.log({"never": float("inf")}, step=12_000)
        run.note("the end")
    (log,) = root.glob("runs/*/*/w/*.log")
    return log.read_bytes()


def summaries(frames: bytes) -> dict[str, Stats]:
    """The stats in these frames, but for the shapes of curves."""
    found = Summaries()
    for frame in journal.frames(frames):
        if frame.kind == Kind.SUMMARY:
            found.merge(Summaries.unpacked(journal.unpacked(frame.payload)))
    for stats in found.stats.values():
        stats.shape = b""
        stats.total = round(stats.total, 6)
    return found.stats


def test_it_tells_what_a_sealer_would(tmp_path: Path) -> None:
    log = logged(tmp_path / "runs")
    frames = in_short(log)
    assert frames is not None
    short = log_of(frames)
    chunk = Decoder().feed(log, verify="all")
    assert summaries(short) == summaries(b"".join(summary_frames(chunk.blocks)))
    assert summaries(short).keys() >= {"loss", "acc", "val/loss", "never"}
    kept = [frame for frame in journal.frames(short) if frame.kind not in (Kind.SUMMARY, Kind.HEARTBEAT)]
    assert [(frame.kind, frame.payload) for frame in kept] == [
        (frame.kind, frame.payload) for frame in chunk.others if frame.kind != Kind.HEARTBEAT
    ]


def of_rows(*steps: int, last: bytes = journal.packed(Kind.CLOSE, {"rotated": False})) -> bytes:
    row = RowFormat(0, 1)
    rows = b"".join(row.pack(step, 1_000.0 + at, [0.5]) for at, step in enumerate(steps))
    return journal.packed(Kind.OPEN, {"format": 1}) + journal.packed(Kind.SCHEMA, [0, ["loss"]]) + rows + last


@pytest.mark.parametrize(
    "log",
    [
        of_rows(1, 2, 3, last=b""),
        of_rows(1, 3, 2),
        of_rows(1, 2)[:-1],
        of_rows(1, 2) + bytes(64),
        of_rows(1).replace(b"loss", b"los\xff"),
        journal.packed(Kind.SCHEMA, [-1, ["loss"]]) + of_rows(1),
        journal.sparse(1, 2.0, [(0, 0.5)]) + of_rows(1),
        RowFormat(7, 1).pack(1, 2.0, [0.5]) + of_rows(1),
        journal.packed(Kind.SCHEMA, {"no": "schema"}) + of_rows(1),
        journal.packed(Kind.SCHEMA, [1, ["m" * 2_000, keys.short("m" * 2_000)]]) + of_rows(1),
    ],
    ids=[
        "goes on",
        "went back",
        "torn",
        "zeros",
        "no text",
        "sparse keys",
        "sparse row",
        "unknown keys",
        "nonsense",
        "a name twice",
    ],
)
def test_a_log_that_cannot_be_told_so_is_left_as_it_is(log: bytes) -> None:
    assert in_short(of_rows(1, 2, 3)) is not None
    assert in_short(log) is None


def damaged(data: bytes) -> Iterator[bytes]:
    """The same with one bit flipped, each in its turn."""
    for bit in range(8 * len(data)):
        other = bytearray(data)
        other[bit // 8] ^= 1 << bit % 8
        yield bytes(other)


def test_a_log_in_which_any_bit_was_flipped_is_left_as_it_is() -> None:
    log = journal.packed(Kind.STATE, {"params": {"lr": 0.1}}) + of_rows(1, 2, 3)
    assert in_short(log) is not None
    assert [at for at, other in enumerate(damaged(log)) if in_short(other) is not None] == []


@pytest.mark.parametrize("texts", [False, True])
def test_what_is_left_of_a_sealed_log_is_not_told_in_short_once_any_bit_was_flipped(*, texts: bool) -> None:
    rest = journal.packed(Kind.STATE, {"params": {"lr": 0.1}}) + noted("fine")
    assert sealed_in_short(rest, None, texts=texts) is not None
    assert not any(sealed_in_short(other, None, texts=texts) for other in damaged(rest))


def noted(value: Any) -> bytes:
    return journal.packed(Kind.MIXED, {"step": 3, "time": 1_003.0, "values": {"note": value}})


def test_texts_come_where_they_are_asked_for() -> None:
    log = noted("a" * 1_000) + of_rows(1, 2, 3)
    assert in_short(log) == [
        [Kind.MIXED, {"step": 3, "time": 1_003.0, "values": {"note": "a" * 1_000}}],
        *(known := in_short(of_rows(1, 2, 3)) or []),
    ]
    assert in_short(log, texts=False) == known


def test_a_whole_number_that_no_float_holds_is_a_point_of_its_metric_and_is_not_left_out() -> None:
    assert in_short(noted((1 << 53) + 1) + of_rows(1, 2, 3)) is None


def test_of_metrics_that_are_not_asked_for_no_value_is_told() -> None:
    short = in_short(of_rows(1, 2, 3), ["other"])
    assert short is not None
    (kind, said) = short[-1]
    assert kind == Kind.SUMMARY
    count, _, _, total, *values = said["loss"]
    assert count == 3
    assert total != total
    assert values == [None, None, None, None, None, 3, 1_002.0, 1, 1_000.0]
    assert in_short(of_rows(1, 2, 3), ["loss"]) == in_short(of_rows(1, 2, 3))


def test_a_metric_is_asked_for_by_its_name_as_it_is_read() -> None:
    name, stats = "m" * 5_000, [3, 0, None, 1.5, 0.5, 1, 0.5, 1, 0.5, 3, 1_002.0, 1, 1_000.0]
    sealed = journal.packed(Kind.SUMMARY, {name: [*stats, b""]})
    assert sealed_in_short(sealed, [keys.short(name)], texts=True) == [[Kind.SUMMARY, {keys.short(name): stats}]]
