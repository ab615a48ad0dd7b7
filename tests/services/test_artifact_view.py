"""What files of artifacts show."""

import json

import pytest

from trackside.services.artifact_view import show


def test_text_is_shown_as_it_is() -> None:
    assert show(b"epoch 1\nepoch 2\n", "file", ".txt").text == "epoch 1\nepoch 2\n"


def test_json_is_indented() -> None:
    assert show(b'{"a":[1,2]}', "file", ".json").text == '{\n  "a": [\n    1,\n    2\n  ]\n}'


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
    assert show(said.encode(), "file", ".json").kind == "text"


def test_examples_are_a_table_whatever_their_file_is_called() -> None:
    assert show(b'{"id": "a"}\n', "examples", "").kind == "table"


def test_a_long_table_says_how_much_of_it_is_shown() -> None:
    seen = show(b"1\n" * 2_500, "file", ".jsonl")
    assert seen.says == "2,500 rows, the first 2,000 shown"
    assert len(seen.rows) == 2_001


def test_a_confusion_matrix_is_a_grid_with_recall() -> None:
    seen = show(json.dumps({"labels": ["cat", "dog"], "matrix": [[9, 1], [2, 8]]}).encode(), "confusion", ".json")
    assert seen.says == "17 of 20 right (85.0%)"
    assert seen.rows == (
        ("actual \\ predicted", "cat", "dog", "recall"),
        ("cat", "9", "1", "90.0%"),
        ("dog", "2", "8", "80.0%"),
    )


def test_a_confusion_matrix_that_is_none_is_shown_as_json() -> None:
    assert show(b'{"matrix": [[1, 2]]}', "confusion", ".json").kind == "text"
    assert show(b"[1]", "confusion", ".json").kind == "text"


def test_binary_content_is_named_and_not_shown() -> None:
    seen = show(b"\x00\x01\x02", "file", ".bin")
    assert (seen.kind, seen.says) == ("words", "Binary content of 3 bytes.")


def test_an_empty_file_says_so() -> None:
    assert show(b"", "file", ".txt").says == "It is empty."


def test_a_long_cell_is_cut() -> None:
    seen = show(json.dumps({"text": "x" * 500}).encode(), "file", ".jsonl")
    assert seen.rows[1][0] == "x" * 59 + "…"
