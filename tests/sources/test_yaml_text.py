"""YAML of strangers: read as plain values, whatever it asks for."""

import math
import os
from pathlib import Path

import pytest

from trackside.sources.protocol import SourceError
from trackside.sources.yaml_text import LARGEST, YamlError, load, load_file

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples"


def test_plain_values_have_the_types_that_yaml_gives_them():
    content = (
        b"a: 1\nb: 0x1f\nc: 1_000\nd: 1.5\ne: true\nf: null\ng: '1'\nh: text\ni: 2020-01-01\nj: 1e-3\nk: !!str 7\n"
    )
    assert load(content, "x") == {
        "a": 1, "b": 31, "c": 1000, "d": 1.5, "e": True, "f": None, "g": "1", "h": "text", "i": "2020-01-01",
        "j": "1e-3", "k": "7",
    }  # fmt: skip
    assert math.isnan(load(b"[.nan]", "x")[0])
    assert load(b"", "x") is None


def test_a_tag_of_python_builds_nothing_and_leaves_what_stands_under_it():
    content = b"""
a: !!python/object/apply:os.system ['touch hacked']
b: !!python/tuple [1, 2]
c: !!python/name:torch.nn.ReLU ''
d: !!python/object:some.Class {x: 1}
e: !!binary aGk=
f: !mine text
"""
    assert load(content, "x") == {
        "a": ["touch hacked"], "b": [1, 2], "c": "torch.nn.ReLU", "d": {"x": 1}, "e": "aGk=", "f": "text",
    }  # fmt: skip


def test_keys_are_text_and_the_last_of_equal_keys_wins():
    assert load(b"a: 1\n1: 2\ntrue: 3\na: 4\n", "x") == {"a": 4, "1": 2, "true": 3}


def test_aliases_and_merged_defaults_are_followed():
    assert load(b"base: &b {x: 1, y: 2}\nown: {<<: *b, y: 3}\nagain: *b\n", "x") == {
        "base": {"x": 1, "y": 2},
        "own": {"x": 1, "y": 3},
        "again": {"x": 1, "y": 2},
    }


def test_a_value_within_itself_is_named_there():
    assert load(b"a: &me [1, *me]", "x") == {"a": [1, "*me"]}


@pytest.mark.parametrize("wrap", ["[{}]", "{{{}: 1}}"])
def test_aliases_that_would_fill_the_memory_are_refused(wrap):
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{i}: &a{i} {wrap.format(', '.join([f'*a{i - 1} '] * 9))}" for i in range(1, 30)]
    with pytest.raises(YamlError, match=r"^x: "):
        load("\n".join(lines).encode(), "x")


def test_a_long_text_that_is_repeated_by_aliases_is_refused():
    with pytest.raises(YamlError, match="aliases"):
        load(b"a: &a " + b"x" * 1_000_000 + b"\nb: [" + b"*a ," * 100 + b"]", "x")


@pytest.mark.parametrize(
    "content",
    [b"[" * 100_000, b"{a: " * 70 + b"}" * 70, b"a: [", b"a: \x00", b"a: *unknown_but_closed: [", b"\t\t- : :\n- }"],
)
def test_what_is_no_yaml_is_one_error_of_one_line(content):
    with pytest.raises(YamlError) as raised:
        load(content, "params.yaml")
    assert str(raised.value).startswith("params.yaml: ")
    assert "\n" not in str(raised.value)


def test_numbers_that_would_take_long_to_compute_are_text():
    sexagesimal = b":".join([b"1"] * 100_000)
    assert load(b"a: " + sexagesimal, "x") == {"a": sexagesimal.decode()}
    assert load(b"a: " + b"9" * 10_000, "x") == {"a": "9" * 10_000}


def test_bytes_that_are_no_utf_8_are_read_with_a_sign_in_their_place():
    assert load(b"a: caf\xe9", "x") == {"a": "caf�"}
    assert load("a: ü".encode("utf-16"), "x") == {"a": "ü"}
    assert load(b"\xef\xbb\xbfa: 1", "x") == {"a": 1}


def test_a_file_too_large_or_none_at_all_is_refused(tmp_path):
    large = tmp_path / "large.yaml"
    large.write_bytes(b"a: " + b"x" * LARGEST)
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    for path in (large, pipe, tmp_path):
        with pytest.raises(SourceError, match=str(path)):
            load_file(path, tmp_path.parent)


def test_every_public_hparams_file_of_lightning_is_read():
    if not SAMPLES.is_dir():
        pytest.skip("the shared samples are not here")
    files = sorted(SAMPLES.rglob("hparams.yaml"))
    assert len(files) == 28
    for path in files:
        assert isinstance(load_file(path, SAMPLES).get("learning_rate"), float | str), path
