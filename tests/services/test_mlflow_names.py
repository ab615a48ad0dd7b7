"""Names in a file store of MLflow: each can be a file, none is lost, none leads out."""

import posixpath
import re

from hypothesis import given
from hypothesis import strategies as st

from trackside.services.exchange.mlflow_names import LONGEST, names

LET_THROUGH = re.compile(r"[/\w.\- :]+")
"""What MLflow's own check of names says, on systems other than Windows."""


def test_names_that_mlflow_takes_stay_as_they_are() -> None:
    kept = ["loss", "train/loss", "system/gpu 0:memory", "a.b-c_d", "größe", "train"]
    assert names(kept[:-1]) == {name: name for name in kept[:-1]}
    given = names(kept)
    assert given.pop("train").startswith("train_"), "a file cannot be a folder, too"
    assert given == {name: name for name in kept[:-1]}


def test_what_mlflow_does_not_take_is_replaced() -> None:
    given = names(["acc (%)", "acc __-_", "../up", "/root", "a//b", "", ".", "x\n"])
    assert given["acc (%)"] == "acc ___"
    assert given["../up"] == "__/up"
    assert len(set(given.values())) == len(given)


@given(st.lists(st.one_of(st.text(max_size=12), st.text("a/. %é", max_size=8), st.text(min_size=260, max_size=300))))
def test_every_name_is_a_file_of_its_own_in_its_folder(wanted: list[str]) -> None:
    given = names(wanted)
    assert set(given) == set(wanted)
    assert len(set(given.values())) == len(given)
    for name in given.values():
        assert LET_THROUGH.fullmatch(name)
        assert posixpath.normpath(name) == name
        assert not name.startswith(("..", "/"))
        assert name != "."
        assert len(name) <= LONGEST
        assert max(len(part.encode()) for part in name.split("/")) <= 255
        assert not any(other.startswith(f"{name}/") for other in given.values())
