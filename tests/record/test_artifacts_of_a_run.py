"""Files, tables, matrices and images: kept once, under the hash of their content."""

import os
import struct
import zlib
from pathlib import Path

import msgspec
import numpy
import pytest
from blake3 import blake3

import trackside
from trackside.record import artifacts as artifacts_module
from trackside.store.layout import StorePaths


@pytest.fixture
def content_of(store, recorded):
    """The bytes of each file of an artifact, after its hash was verified."""

    def read(name: str) -> dict[str, bytes]:
        found = {}
        for file, (digest, size) in recorded().state["artifacts"][name]["files"].items():
            algorithm, _, hexadecimal = digest.partition(":")
            content = StorePaths(store).blob(hexadecimal).read_bytes()
            assert (algorithm, hexadecimal, size) == ("blake3", blake3(content).hexdigest(), len(content))
            found[file] = content
        return found

    return read


def blobs(store: Path) -> list[Path]:
    return [path for path in (store / "blobs").rglob("*") if path.is_file()]


def test_a_file_is_kept_under_its_hash(run, recorded, content_of, tmp_path):
    (tmp_path / "model.pt").write_bytes(b"weights")
    run.log_artifact(tmp_path / "model.pt", kind="model", step=3)
    said = recorded().state["artifacts"]["model.pt"]
    assert (said["kind"], said["bytes"], said["step"]) == ("model", 7, 3)
    assert content_of("model.pt") == {"model.pt": b"weights"}


def test_the_same_content_is_stored_once(run, store, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"same")
        run.log_artifact(tmp_path / name, name=name)
    assert len(blobs(store)) == 1


def test_a_folder_is_kept_by_relative_paths(run, content_of, tmp_path):
    folder = tmp_path / "out"
    (folder / "sub dir").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / "sub dir" / "ä🚀").write_text("b")
    (folder / "empty").write_text("")
    os.mkfifo(folder / "pipe")
    run.log_artifact(folder)
    assert content_of("out") == {"a.txt": b"a", "sub dir/ä🚀": b"b", "empty": b""}


def test_a_folder_of_very_many_files_becomes_several_artifacts(run, recorded, tmp_path, monkeypatch):
    monkeypatch.setattr(artifacts_module, "_MOST_FILES_BYTES", 2000)
    folder = tmp_path / "out"
    folder.mkdir()
    for place in range(30):
        (folder / f"{place:02}").write_text(str(place))
    run.log_artifact(folder)
    kept = recorded().state["artifacts"]
    assert list(kept) == ["out"] + [f"out.{part}" for part in range(2, len(kept) + 1)]
    assert sorted(file for said in kept.values() for file in said["files"]) == [f"{place:02}" for place in range(30)]


def test_the_reference_is_written_before_the_blob_is_looked_for(run, recorded, store, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("x")
    seen = []
    place = artifacts_module.Blob.place
    monkeypatch.setattr(
        artifacts_module.Blob, "place", lambda blob: (seen.append("file" in recorded().state["artifacts"]), place(blob))
    )
    run.log_artifact(tmp_path / "file")
    assert seen == [True]


def test_a_path_that_is_not_there_is_told_and_training_goes_on(run, recorded, capsys, tmp_path):
    run.log_artifact(tmp_path / "missing")
    run.log({"x": 1.0})
    assert "No such file" in capsys.readouterr().err
    assert recorded().state["artifacts"] == {}


def test_a_file_that_cannot_be_read_leaves_no_copies_behind(run, recorded, store, tmp_path, monkeypatch):
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "a").write_text("a")
    (folder / "b").symlink_to(tmp_path / "nowhere")
    run.log_artifact(folder)
    assert recorded().state["artifacts"] == {}
    assert blobs(store) == []


def test_per_example_results_are_json_lines(run, recorded, content_of):
    run.log_examples("eval", ids=["a", "b"], scores=numpy.array([1.0, numpy.nan]), label=[3, 4])
    assert recorded().state["artifacts"]["examples/eval"]["kind"] == "examples"
    lines = content_of("examples/eval")["eval.jsonl"].splitlines()
    assert [msgspec.json.decode(line) for line in lines] == [
        {"id": "a", "score": 1.0, "label": 3},
        {"id": "b", "score": "NaN", "label": 4},
    ]


def test_columns_of_unequal_length_are_told_and_training_goes_on(run, recorded, capsys):
    run.log_examples("eval", ids=[1, 2], scores=[1])
    assert (
        capsys.readouterr().err
        == "trackside: examples 'eval' is not kept: the columns are not equally long: id 2, score 1\n"
    )
    assert recorded().state["artifacts"] == {}


def test_a_score_may_be_true_or_false_or_missing(run, content_of):
    run.log_examples("eval", ids=["a", "b", "c"], scores=[True, numpy.bool_(False), None])
    run.log_examples("array", ids=numpy.arange(2), scores=numpy.array([True, False]))
    scores = [msgspec.json.decode(line)["score"] for line in content_of("examples/eval")["eval.jsonl"].splitlines()]
    assert scores == [1.0, 0.0, None]
    assert not [score for score in scores if isinstance(score, bool)]
    assert content_of("examples/array")["array.jsonl"] == b'{"id":0,"score":1.0}\n{"id":1,"score":0.0}\n'


@pytest.mark.parametrize(
    ("ids", "scores", "says"),
    [
        ([1, None], [1, 1], "None as an id: give each example a text or a number of its own"),
        ([1, True], [1, 1], "True as an id: give each example a text or a number of its own"),
        ([1, numpy.bool_(True)], [1, 1], "as an id: give each example a text or a number of its own"),
        ([1, float("nan")], [1, 1], "nan as an id: give each example a text or a number of its own"),
        ([1, (2, 3)], [1, 1], "(2, 3) as an id: give each example a text or a number of its own"),
        ([1, "b"], [1, "right"], "'right' as the score of example 'b': give a number"),
        ([1, "b"], [1, [1, 2]], "[1, 2] as the score of example 'b': give a number"),
    ],
)
def test_examples_that_no_comparison_could_read_are_told_once_and_training_goes_on(
    run, recorded, capsys, ids, scores, says
):
    for _ in range(2):
        run.log_examples("eval", ids=ids, scores=scores)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("trackside: examples 'eval' is not kept: ")
    assert line.endswith(says)
    assert recorded().state["artifacts"] == {}


class Frame:
    """What of a pandas frame is asked."""

    def to_dict(self, orient):
        assert orient == "records"
        return [{"x": 1, "y": "a"}]


@pytest.mark.parametrize(
    "table", [[{"x": 1, "y": "a"}], {"x": [1], "y": ["a"]}, Frame()], ids=["rows", "columns", "frame"]
)
def test_a_table_may_come_as_rows_columns_or_a_frame(run, content_of, table):
    run.log_table("t", table, step=2)
    assert content_of("table/t@2") == {"t@2.jsonl": b'{"x":1,"y":"a"}\n'}


def test_examples_and_a_confusion_matrix_of_one_name_are_both_kept(run, recorded):
    run.log_examples("eval", ids=[1], scores=[1])
    run.log_confusion_matrix("eval", [[1]])
    assert set(recorded().state["artifacts"]) == {"examples/eval", "confusion/eval"}


def test_a_confusion_matrix_has_labels(run, recorded, content_of):
    run.log_confusion_matrix("eval", numpy.array([[5, 1], [0, 4]]), labels=["cat", "dog"])
    assert recorded().state["artifacts"]["confusion/eval"]["kind"] == "confusion"
    assert msgspec.json.decode(content_of("confusion/eval")["eval.json"]) == {
        "labels": ["cat", "dog"],
        "matrix": [[5, 1], [0, 4]],
    }


@pytest.mark.parametrize("matrix", [[[1, 2]], [[1]], "x", 5])
def test_a_confusion_matrix_that_is_not_square_is_told(run, recorded, capsys, matrix):
    run.log_confusion_matrix("eval", matrix, labels=["cat", "dog"])
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert recorded().state["artifacts"] == {}


def pixels(png: bytes) -> tuple[tuple[int, ...], bytes]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    offset, data, header = 8, b"", ()
    while offset < len(png):
        size, kind = struct.unpack_from(">I4s", png, offset)
        chunk = png[offset + 8 : offset + 8 + size]
        assert struct.unpack_from(">I", png, offset + 8 + size) == (zlib.crc32(kind + chunk),)
        header = struct.unpack(">IIBBBBB", chunk) if kind == b"IHDR" else header
        data += chunk if kind == b"IDAT" else b""
        offset += size + 12
    return header, zlib.decompress(data)


@pytest.mark.parametrize(
    ("array", "colour", "lines"),
    [
        (numpy.array([[0, 128], [255, 3]], dtype=numpy.uint8), 0, b"\0\x00\x80\0\xff\x03"),
        (numpy.array([[0.0, 0.5], [1.0, 2.0]], dtype=numpy.float32), 0, b"\0\x00\x80\0\xff\xff"),
        (numpy.array([[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [0, 1, 2]]]), 2, b"\0\1\2\3\4\5\6\0\7\x08\x09\0\1\2"),
    ],
)
def test_an_array_of_pixels_becomes_a_png(run, content_of, array, colour, lines):
    run.log_image("sample", array)
    header, data = pixels(content_of("image/sample")["sample.png"])
    assert (header[:2], header[3], data) == ((2, 2), colour, lines)


def test_an_image_may_be_a_path_bytes_or_something_that_saves_itself(run, content_of, tmp_path):
    class Picture:
        def save(self, stream, format):  # noqa: A002
            stream.write(b"saved " + format.encode())

    (tmp_path / "p.jpg").write_bytes(b"file")
    run.log_image("path", tmp_path / "p.jpg")
    run.log_image("bytes", b"\xff\xd8jpeg")
    run.log_image("picture", Picture())
    assert content_of("image/path") == {"path.jpg": b"file"}
    assert content_of("image/bytes") == {"bytes.jpg": b"\xff\xd8jpeg"}
    assert content_of("image/picture") == {"picture.png": b"saved png"}


@pytest.mark.parametrize("image", [5, numpy.zeros((2, 2, 7)), numpy.zeros(3), "/no/such/file.png"])
def test_what_is_no_image_is_told_and_training_goes_on(run, recorded, capsys, image):
    run.log_image("i", image)
    run.log({"x": 1.0})
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert recorded().state["artifacts"] == {}


def test_artifacts_of_odd_names_are_kept(run, recorded):
    for name in ("a/b", "..", "ä\n🚀", "", "x" * 5000):
        run.log_table(name, [{"x": 1}])
    assert set(recorded().state["artifacts"]) == {f"table/{name}" for name in ("a/b", "..", "ä\n🚀", "", "x" * 1000)}


def test_nothing_is_kept_after_the_end(store, recorded, capsys, tmp_path):
    run = trackside.init(project="tests", store=store, quiet=True)
    run.finish()
    run.log_table("t", [{"x": 1}])
    run.log_artifact(tmp_path)
    assert recorded().state["artifacts"] == {}
    assert len(capsys.readouterr().err.splitlines()) == 1
