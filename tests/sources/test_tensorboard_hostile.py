"""Event files that no writer writes, and what only looks like one."""

import math
import os
import struct
from pathlib import Path

import event_files as made
import pytest
from gathered import Gathered, gather

from trackside.sources.protocol import Folder, SourceError
from trackside.sources.tensorboard import TensorBoard
from trackside.sources.tensorboard.framing import framed, masked

EVENTS = "events.out.tfevents.1700000000.host"
SOURCE = TensorBoard()
NO_HISTOGRAM = "left out 1 histogram whose edges and values do not fit one another"
POINT = made.event(1, made.scalar("a", 1))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The one event file of a run."""
    return made.write(tmp_path / "run" / EVENTS, POINT)


def read(path: Path) -> Gathered:
    """The run, as one that is over."""
    os.utime(path, (1.6e9, 1.6e9))
    (run,) = gather(SOURCE, path.parent).values()
    return run


def refused(path: Path) -> str:
    with pytest.raises(SourceError) as raised:
        list(SOURCE.discover(Folder(path.parent, set(), {path.name})))
    return str(raised.value)


def test_a_length_that_lies_is_a_tail_that_is_not_whole(path: Path) -> None:
    for length in (2**63, 2**64 - 1, 1 << 40, 100):
        head = struct.pack("<Q", length)
        path.write_bytes(made.content(POINT) + head + struct.pack("<I", masked(head)) + b"rest")
        run = read(path)
        assert run.statistics()["a"]["count"] == 1
        assert run.remarks == [f"{EVENTS}: its last record is not whole; what is before it was read"]


def test_what_follows_a_damaged_length_is_not_guessed_at(path: Path) -> None:
    whole = made.content(POINT)
    path.write_bytes(whole + b"\xff" + framed(POINT))
    run = read(path)
    assert run.statistics()["a"]["count"] == 1
    assert run.remarks == [f"{EVENTS}: what follows byte {len(whole):,} is no record, and is not read"]


def test_a_tail_of_zeros_is_no_record(path: Path) -> None:
    path.write_bytes(made.content(POINT) + bytes(4096))
    assert "is no record" in read(path).remarks[0]


def test_a_damaged_record_is_passed_over_and_said(path: Path) -> None:
    damaged = bytearray(made.content(POINT))
    damaged[-5] ^= 1
    path.write_bytes(bytes(damaged) + framed(made.event(2, made.scalar("a", 2))))
    run = read(path)
    assert run.curves["a"].step.tolist() == [2]
    assert run.remarks == [f"{EVENTS}: 1 of its records are damaged and were passed over"]


def test_a_right_checksum_over_rubbish_is_passed_over_and_said(path: Path) -> None:
    rubbish = [b"", b"\xff" * 20, b"\x0b", b"\x2a\x7f", made.event(3, b"\x0a\x7f"), made.event(3, b"\x12\x01a")]
    path.write_bytes(made.content(*rubbish, POINT))
    run = read(path)
    assert run.curves["a"].step.tolist() == [1]
    assert run.remarks == [f"{EVENTS}: 5 of its records could not be read"]


def test_odd_times_steps_and_numbers_are_kept_as_they_are(path: Path) -> None:
    times = [0.0, math.nan, math.inf, -5.0, 1e300, 1.7e9]
    steps = [-1, 2**62, -(2**63), 2**63 - 1, 0, 5]
    numbers = [math.nan, math.inf, -math.inf, -0.0, 3.4e38, 1.0]
    given = list(zip(steps, times, numbers, strict=True))
    path.write_bytes(made.content(*(made.event(step, made.scalar("a", value), time=at) for step, at, value in given)))
    run = read(path)
    curve = run.curves["a"]
    assert curve.step.tolist() == steps
    assert str(curve.time.tolist()) == str(times)
    assert str([float(f"{value:.3g}") for value in curve.value]) == str(numbers)
    assert (run.facts.created, run.facts.ended) == (1.7e9, 1.7e9)


def test_tags_may_be_anything(path: Path) -> None:
    tags = [b"\xff\xfe", b"a\nb", b"../../etc", b"x" * 10_000, b"", b" ", "ü/é".encode()]
    path.write_bytes(made.content(*(made.event(1, made.scalar(tag, 1)) for tag in tags)))
    names = ["\ufffd\ufffd", "a\nb", "../../etc", "x" * 10_000, "untagged", " ", "ü/é"]
    assert sorted(read(path).curves) == sorted(names)


@pytest.mark.parametrize(
    ("limits", "counts", "edges"),
    [
        ([-1.0, 0.0, 2.0, 1.8e308], [0.0, 3.0, 0.0, 1.0], (-0.5, 0.0, 2.0, 5.0)),
        ([-1.8e308, 1.8e308], [1.0, 2.0], None),
        ([0.0, 1.0], [1.0, -2.0], None),
        ([1.0, 0.0, 2.0], [1.0, 1.0, 1.0], None),
        ([0.0], [1.0, 1.0], None),
        ([float("nan")], [1.0], None),
    ],
)
def test_a_histogram_has_edges_where_its_values_are_or_is_told_to_be_left_out(
    path: Path, limits: list[float], counts: list[float], edges: tuple[float, ...] | None
) -> None:
    drawn = made.event(7, made.histogram("h", -0.5, 5.0, limits, counts))
    made.write(path, drawn, made.event(8, made.scalar("loss", 1.0)))
    run = read(path)
    assert [(step, found.edges) for step, found in run.histograms.get("h", [])] == (
        [] if edges is None else [(7, edges)]
    )
    assert (run.remarks == [NO_HISTOGRAM]) == (edges is None)
    assert run.curves["loss"].value.tolist() == [1.0]


def test_histograms_that_are_left_out_are_counted_in_one_sentence_however_often_it_is_read(path: Path) -> None:
    senseless = [made.framed(made.event(step, made.histogram("h", 0.0, 1.0, [1.0], [-1.0]))) for step in (7, 8)]
    path.write_bytes(made.content(made.event(6, made.histogram("h", 0.0, 0.0, [], []))) + senseless[0])
    run = read(path)
    with path.open("ab") as file:
        file.write(senseless[1])
    for _ in range(2):
        run.take(SOURCE.follow(run.found, run.cursor))
        assert run.remarks == ["left out 2 histograms whose edges and values do not fit one another"]
    assert [(step, found.total) for step, found in run.histograms["h"]] == [(6, 0)]


def test_a_tag_may_be_a_number_and_a_text(path: Path) -> None:
    path.write_bytes(made.content(POINT, made.event(2, made.text("a", "said"))))
    run = read(path)
    assert run.texts == {"a": [(2, "said")]}
    assert run.statistics()["a"]["count"] == 1


def test_a_hundred_thousand_tags_are_read(path: Path) -> None:
    path.write_bytes(made.content(*(made.event(1, made.scalar(f"t{number}", number)) for number in range(100_000))))
    run = read(path)
    assert len(run.curves) == 100_000
    assert run.curves["t99999"].value.tolist() == [99_999.0]


def test_a_graph_of_half_a_gigabyte_is_passed_over_without_reading_it(path: Path) -> None:
    length = struct.pack("<Q", 500 << 20)
    with path.open("wb") as file:
        file.write(framed(made.VERSION) + length + struct.pack("<I", masked(length)))
        file.seek(500 << 20, os.SEEK_CUR)
        file.write(struct.pack("<I", 0) + framed(POINT))
    run = read(path)
    assert run.statistics()["a"]["count"] == 1
    assert run.remarks == [f"{EVENTS}: 1 of its records are longer than 64 MiB, and not read"]


def test_a_tensor_that_says_more_than_it_holds_takes_no_memory(path: Path) -> None:
    shape = made.held(2, b"".join(made.held(2, b"\x08" + made.varint(1 << 40)) for _ in range(3)))
    tensor = made.held(8, b"\x08\x01" + shape + b"\x2a\x04" + struct.pack("<f", 1))
    path.write_bytes(made.content(made.event(1, made.held(1, b"big") + tensor), POINT))
    run = read(path)
    assert list(run.curves) == ["a"]
    assert run.remarks == [f"{EVENTS}: 1 of its records could not be read"]


def test_params_may_lie_only_so_deep(path: Path) -> None:
    value = b"\x1a\x01x"
    for _ in range(5_000):
        value = made.held(6, made.held(1, value))
    entry = made.held(1, made.held(1, b"deep") + made.held(2, value))
    content = made.held(3, entry)
    plugin = made.held(1, made.held(1, b"hparams") + made.held(2, content))
    path.write_bytes(made.content(made.event(0, made.held(1, b"_hparams_/s") + made.held(9, plugin)), POINT))
    run = read(path)
    assert run.facts.params == {}
    assert len(run.remarks) == 1


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "git lfs pull"),
        (bytes(5_000), "nothing but zeros"),
        (b"no event file at all", "begins with no record"),
        (made.content()[:20], "ends within its first record"),
    ],
)
def test_what_is_no_event_file_is_said_in_a_line(path: Path, content: bytes, word: str) -> None:
    path.write_bytes(content)
    assert word in refused(path)
    assert str(path) in refused(path)


def test_beside_a_whole_file_it_is_a_remark(path: Path) -> None:
    other = path.with_name("events.out.tfevents.1700000001.host")
    other.write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    os.utime(other, (1.6e9, 1.6e9))
    (remark,) = read(path).remarks
    assert "git lfs pull" in remark
    assert other.name in remark


def test_what_only_has_the_sign_in_its_name_is_left_to_others(tmp_path: Path) -> None:
    for name, content in (("read_tfevents.rs", b"fn main() {}"), (f"{EVENTS}.profile-empty", made.content(POINT))):
        (tmp_path / name).write_bytes(content)
    folder = Folder(tmp_path, set(), {path.name for path in tmp_path.iterdir()})
    assert list(SOURCE.discover(folder)) == []
    assert len(folder.files) == 2


def test_links_out_of_the_tree_are_not_followed(path: Path, tmp_path: Path) -> None:
    outside = made.write(tmp_path / "outside" / EVENTS, made.event(9, made.scalar("secret", 1)))
    (path.parent / f"{EVENTS}.link").symlink_to(outside)
    (path.parent / f"{EVENTS}.loop").symlink_to(path.parent / f"{EVENTS}.loop")
    assert list(read(path).curves) == ["a"]
    (run,) = gather(SOURCE, tmp_path / "run").values()
    assert list(run.curves) == ["a"]


def test_a_link_that_stays_in_the_tree_is_read(path: Path) -> None:
    kept = path.parent / "kept" / "content"
    kept.parent.mkdir()
    path.rename(kept)
    path.symlink_to(kept)
    (run,) = gather(SOURCE, path.parent).values()
    assert run.statistics()["a"]["count"] == 1


def test_files_that_are_gone_are_said(path: Path) -> None:
    (found,) = (run.found for run in gather(SOURCE, path.parent).values())
    path.unlink()
    assert SOURCE.stamp(found) == []
    with pytest.raises(SourceError, match="no event files any more"):
        list(SOURCE.follow(found, None))


def test_a_pipe_that_is_named_like_an_event_file_is_not_waited_for(path: Path) -> None:
    os.mkfifo(path.parent / f"{EVENTS}.pipe")
    assert read(path).statistics()["a"]["count"] == 1
