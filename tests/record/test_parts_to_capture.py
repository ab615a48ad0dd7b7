"""What is captured around a run can be chosen, for one run and for good."""

import os
from pathlib import Path

import pytest

import trackside
from trackside.config.settings import CaptureSettings
from trackside.model.errors import UsageError
from trackside.record.capture.parts import PARTS, wanted_parts

pytestmark = pytest.mark.usefixtures("all_captured")


@pytest.fixture
def configure():
    def write(text: str) -> None:
        file = Path(os.environ["XDG_CONFIG_HOME"]) / "trackside" / "config.toml"
        file.parent.mkdir(parents=True)
        file.write_text(text)

    return write


def test_everything_is_captured_without_being_asked():
    assert wanted_parts() == set(PARTS)


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        ("", set(PARTS)),
        ("all", set(PARTS)),
        ("none", set()),
        ("code,environment", {"code", "environment"}),
        (" code , patch ", {"code", "patch"}),
        ("-console,-system", set(PARTS) - {"console", "system"}),
        ("all,-data", set(PARTS) - {"data"}),
    ],
)
def test_the_variable_chooses_parts_for_one_run(said, parts, monkeypatch):
    monkeypatch.setenv("TRACKSIDE_CAPTURE", said)
    assert wanted_parts() == parts


def test_the_configuration_file_chooses_for_good_and_the_variable_goes_from_there(configure, monkeypatch):
    configure("[capture]\nconsole = false\nsystem = true\n")
    assert wanted_parts() == set(PARTS) - {"console"}
    monkeypatch.setenv("TRACKSIDE_CAPTURE", "-system")
    assert wanted_parts() == set(PARTS) - {"console", "system"}
    monkeypatch.setenv("TRACKSIDE_CAPTURE", "console")
    assert wanted_parts() == {"console"}


@pytest.mark.parametrize("said", ["everything", "code environment", "-", "Code"])
def test_a_mistake_in_the_variable_is_told_in_a_line_that_names_the_parts(said, store, monkeypatch):
    monkeypatch.setenv("TRACKSIDE_CAPTURE", said)
    with pytest.raises(UsageError) as told:
        trackside.init(project="tests", store=store)
    assert "environment" in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("said", ["capture = 3", "[capture]\nconsol = true", "[capture]\nconsole = 'no'"])
def test_a_mistake_in_the_file_is_told_in_a_line_with_the_file(said, configure):
    configure(said)
    with pytest.raises(UsageError, match=r"config\.toml: \[capture\]"):
        wanted_parts()


def test_the_settings_know_the_same_parts():
    assert CaptureSettings.__struct_fields__ == PARTS


def test_parts_that_are_left_out_are_not_in_the_record(store, recorded, monkeypatch, tmp_path):
    (tmp_path / "train.npz").write_bytes(b"train")
    monkeypatch.setenv("TRACKSIDE_CAPTURE", "none")
    trackside.init(project="tests", store=store, quiet=True, data={"train": tmp_path / "train.npz"}).finish()
    assert recorded().state == {"data": {"train": {"uri": str(tmp_path / "train.npz")}}}
