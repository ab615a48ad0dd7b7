"""What files of artifacts show."""

import io
import json
import wave

import numpy as np
import polars as pl
import pytest

from trackside.services.artifacts.artifact_view import show
from trackside.services.artifacts.folding_tree import first_unfolded, rows


def test_text_is_shown_as_it_is() -> None:
    assert show(b"epoch 1\nepoch 2\n", "file", ".txt").text == "epoch 1\nepoch 2\n"


@pytest.mark.parametrize(
    ("content", "suffix"),
    [(b'{"a": [1, "x"]}', ".json"), (b"a:\n  - 1\n  - x\n", ".yaml"), (b'a = [1, "x"]', ".toml")],
)
def test_a_document_is_a_tree_that_folds(content: bytes, suffix: str) -> None:
    document = show(content, "file", suffix).document
    seen = [(row.depth, row.key, row.text, row.folded) for row in rows(document, first_unfolded(document))]
    assert seen == [(0, "", "{1}", False), (1, "a", "[2]", False), (2, "0", "1", None), (2, "1", '"x"', None)]
    assert [row.text for row in rows(document, {()})] == ["{1}", "[2]"]


def test_a_large_document_is_unfolded_as_far_as_can_be_looked_through() -> None:
    document = {str(number): [{"deep": 1}] * 30 for number in range(50)}
    assert len(rows(document, first_unfolded(document))) <= 200
    assert len(rows([0] * 9_999, {()})) == 5_001


def test_broken_json_is_shown_as_text() -> None:
    assert show(b"{oops", "file", ".json").text == "{oops"


def test_json_lines_become_a_table_with_one_column_a_key() -> None:
    seen = show(b'{"id": 1, "score": 0.5}\n{"id": 2, "label": "seven"}\n', "file", ".jsonl")
    assert seen.says == "2 rows"
    assert seen.rows == (("id", "score", "label"), ("1", "0.5", ""), ("2", "", "seven"))


def test_columns_beside_rows_without_names_are_a_table() -> None:
    seen = show(b'{"columns": ["a", 1], "data": [[1, "x"], [null, "y"]], "index": [0, 1]}', "table", ".json")
    assert (seen.kind, seen.says) == ("table", "2 rows")
    assert seen.rows == (("a", "1"), ("1", "x"), ("", "y"))


@pytest.mark.parametrize(
    "said",
    ['{"columns": ["a"], "data": [[1, 2]]}', '{"columns": ["a"], "data": [1]}', '{"columns": [], "data": [], "x": 1}'],
)
def test_what_is_nearly_such_a_table_is_shown_as_json(said: str) -> None:
    assert show(said.encode(), "file", ".json").kind == "tree"


def test_examples_are_a_table_whatever_their_file_is_called() -> None:
    assert show(b'{"id": "a"}\n', "examples", "").kind == "table"


def test_a_long_table_says_how_much_of_it_is_shown() -> None:
    seen = show(b"1\n" * 2_500, "file", ".jsonl")
    assert seen.says == "2,500 rows, the first 1,000 shown"
    assert len(seen.rows) == 1_001


def test_a_confusion_matrix_is_a_grid_with_recall() -> None:
    seen = show(json.dumps({"labels": ["cat", "dog"], "matrix": [[9, 1], [2, 8]]}).encode(), "confusion", ".json")
    assert seen.says == "17 of 20 right (85.0%)"
    assert seen.rows == (
        ("actual \\ predicted", "cat", "dog", "recall"),
        ("cat", "9", "1", "90.0%"),
        ("dog", "2", "8", "80.0%"),
        ("precision", "81.8%", "88.9%", ""),
    )
    assert seen.shades == ((5, 1), (1, 4))


def test_a_confusion_matrix_that_is_none_is_shown_as_what_it_is() -> None:
    assert show(b'{"matrix": [[1, 2]]}', "confusion", ".json").kind == "tree"
    assert show(b"[1]", "confusion", ".json").kind == "tree"


def test_binary_content_is_named_and_not_shown() -> None:
    seen = show(b"\x00\x01\x02", "file", ".bin")
    assert (seen.kind, seen.says) == ("words", "Binary content of 3 bytes")


def test_an_empty_file_says_so() -> None:
    assert show(b"", "file", ".txt").says == "It is empty."


def test_a_long_cell_is_cut() -> None:
    seen = show(json.dumps({"text": "x" * 500}).encode(), "file", ".jsonl")
    assert seen.rows[1][0] == "x" * 59 + "…"


def test_a_csv_file_is_a_table_with_types_whatever_separates_its_columns() -> None:
    for sign in (",", ";", "\t"):
        seen = show(f"id{sign}score{sign}name\n1{sign}0.5{sign}cat\n2{sign}{sign}dog\n".encode(), "file", ".csv")
        assert seen.rows == (("id", "score", "name"), ("1", "0.5", "cat"), ("2", "", "dog"))
        assert seen.types == ("int64", "float64", "string")


def test_of_a_parquet_file_the_first_thousand_rows_are_shown_and_all_are_counted() -> None:
    stream = io.BytesIO()
    pl.DataFrame({"id": range(2_500), "at": ["2026-01-01"] * 2_500}).write_parquet(stream)
    seen = show(stream.getvalue(), "file", ".parquet")
    assert (seen.says, len(seen.rows), seen.types) == ("2,500 rows, the first 1,000 shown", 1_001, ("int64", "string"))


@pytest.mark.parametrize(("content", "suffix"), [(b"PAR1 torn PAR1", ".parquet"), (b"PAR1\0\0\0\0PAR1", ".parquet")])
def test_a_table_that_is_torn_is_shown_as_what_else_it_is(content: bytes, suffix: str) -> None:
    assert show(content, "file", suffix).kind in ("text", "words")


def test_what_is_not_shown_is_told_by_its_head() -> None:
    sound, array = io.BytesIO(), io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(b"\0" * 32_000)
    np.save(array, np.zeros((3, 4), np.float32))
    head = b'{"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}'
    tensors = len(head).to_bytes(8, "little") + head + b"\0" * 24
    assert show(sound.getvalue(), "file", ".wav").text == "1.00 s, 2 channels, 8,000 Hz, 16 bits a sample"
    assert show(array.getvalue(), "file", ".npy").text == "float32, 3 × 4"
    assert show(tensors, "file", ".safetensors").text == "1 tensor\n  w  F32  2 × 3"


def test_of_a_long_text_the_first_lines_are_shown() -> None:
    seen = show(b"line\n" * 10_001, "file", ".txt")
    assert (seen.says, seen.text.count("line")) == ("10,001 lines, the first 10,000 shown", 10_000)
