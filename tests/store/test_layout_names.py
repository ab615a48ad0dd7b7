"""Names of files made from words: plain, portable and never too long."""

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from trackside.model import ids
from trackside.store.layout import StorePaths, file_name


def test_plain_words_stay_and_the_rest_is_percent_encoded():
    assert file_name("fraud-detection_v2") == "fraud-detection_v2"
    assert file_name("Val/Acc.é") == "%56al%2F%41cc%2E%C3%A9"


@given(st.text())
def test_any_words_give_a_name_that_any_file_system_takes(words):
    name = file_name(words)
    assert len(name) <= 100
    assert re.fullmatch(r"[a-z0-9_%A-F-]*", name)


@given(st.text(), st.text())
def test_different_words_give_different_names(one, other):
    assert (file_name(one) == file_name(other)) == (one == other)


def test_a_run_lies_in_the_folder_of_its_day():
    run_id = ids.new_id(1_795_424_400.0)
    assert StorePaths(Path("/s")).run(run_id).root == Path("/s/runs/2026-11-23") / run_id
