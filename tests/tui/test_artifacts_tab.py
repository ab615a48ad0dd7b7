"""The Artifacts tab: what files show, and how they are folded, searched and saved."""

import re
from pathlib import Path

import numpy as np
import pytest
from small_store import OneScreen, open_context, settled, shown, until

import trackside
from trackside.cli.main import main
from trackside.tui.screens.run import RunScreen

WIDE = (120, 30)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRACKSIDE_CAPTURE", "none")
    return tmp_path / "store"


def opened(root: Path, run_id: str) -> OneScreen:
    return OneScreen(open_context(root), lambda context: RunScreen(context, run_id))


def with_file(root: Path, name: str, content: bytes) -> str:
    """A run with this one artifact; its id."""
    path = root.parent / name
    path.write_bytes(content)
    run = trackside.init(store=root, project="digits", quiet=True)
    with run:
        run.log_artifact(path)
    return str(run.id)


async def test_a_confusion_matrix_is_a_grid(root: Path) -> None:
    run = trackside.init(store=root, project="digits", quiet=True)
    with run:
        run.log_confusion_matrix("eval", [[9, 1], [2, 8]], labels=["cat", "dog"])
    app = opened(root, str(run.id))
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("7")
        await settled(pilot)
        text = shown(app)
        assert "17 of 20 right (85.0%)" in text
        assert re.search(r"cat +9 +1 +90.0%", text)
        assert re.search(r"precision +81.8% +88.9%", text)
        cells = [part for strip in app.screen._compositor.render_strips() for part in strip if part.style]
        grounds = {part.text.strip(): part.style.bgcolor for part in cells if part.text.strip() in ("9", "8", "1")}
        assert len(set(grounds.values())) == 3


async def test_examples_are_a_table(root: Path) -> None:
    run = trackside.init(store=root, project="digits", quiet=True)
    with run:
        run.log_examples("eval", ids=["one", "two"], scores=[1, 0])
    app = opened(root, str(run.id))
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("7")
        await settled(pilot)
        assert "2 rows" in shown(app)
        assert "two" in shown(app)


async def test_an_image_is_drawn_and_goes_when_the_next_file_is_none(root: Path) -> None:
    run = trackside.init(store=root, project="digits", quiet=True)
    with run:
        run.log_image("sample", np.array([[[255, 0, 0], [0, 0, 255]]] * 2, np.uint8))
        run.log_image("torn", b"\x89PNG\r\n\x1a\n")
    app = opened(root, str(run.id))
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("7")
        await until(pilot, lambda: "▀" in shown(app))
        assert "2 × 2 pixels" in shown(app)
        cells = [part for strip in app.screen._compositor.render_strips() for part in strip if "▀" in part.text]
        colours = {part.style.color.name for part in cells if part.style and part.style.color}
        assert colours == {"#ff0000", "#0000ff"}
        await pilot.press("j")
        await until(pilot, lambda: "8 bytes that are no PNG" in shown(app))
        assert "▀" not in shown(app)


def with_two_images(root: Path) -> str:
    """A run that logged a high one and then a wide one."""
    with trackside.init(store=root, project="digits", quiet=True) as run:
        run.log_image("high", np.full((60, 30, 3), 255, np.uint8))
        run.log_image("wide", np.full((10, 80, 3), 255, np.uint8))
    return str(run.id)


async def test_enter_on_an_image_leaves_the_keys_in_the_list_and_says_why(root: Path) -> None:
    app = opened(root, with_two_images(root))
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("7")
        await until(pilot, lambda: "30 × 60 pixels" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: "there is nothing to move in" in shown(app))
        await pilot.press("j")
        await until(pilot, lambda: "80 × 10 pixels" in shown(app))


async def test_a_shorter_picture_leaves_nothing_of_a_longer_one(root: Path) -> None:
    app = opened(root, with_two_images(root))
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("7")
        await until(pilot, lambda: shown(app).count("▀" * 5) > 5)
        await pilot.press("j")
        await until(pilot, lambda: "▀" * 60 in shown(app))
        assert len([line for line in shown(app).splitlines() if "▀" in line]) == 5


async def test_damaged_content_is_told_in_a_line(root: Path) -> None:
    run = trackside.init(store=root, project="digits", quiet=True)
    with run:
        run.log_confusion_matrix("eval", [[1]], labels=["cat"])
    for blob in (root / "blobs").rglob("*"):
        if blob.is_file():
            blob.chmod(0o644)
            blob.write_bytes(b"something else")
    app = opened(root, str(run.id))
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("7")
        await settled(pilot)
        assert "Damaged on disk" in shown(app)


async def test_a_document_is_folded_by_keys_and_searched_in_what_is_folded(root: Path) -> None:
    app = opened(root, with_file(root, "config.yaml", b"model:\n  depth: 4\n  names: [a, b]\ndata: x\n"))
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("7")
        await until(pilot, lambda: "depth  4" in shown(app))
        await pilot.press("enter", "j", "h")
        await until(pilot, lambda: "▸ model  {2}" in shown(app))
        assert "depth" not in shown(app)
        assert 'data  "x"' in shown(app)
        await pilot.press("slash", *"depth", "enter")
        await until(pilot, lambda: "1 line has depth" in shown(app))
        assert "depth  4" in shown(app)
        await pilot.press("h", "enter")
        await until(pilot, lambda: "▸ model" in shown(app))


async def test_the_heads_of_a_table_stay_while_its_rows_scroll(root: Path) -> None:
    rows = b"".join(b"%d,name %d\n" % (number, number) for number in range(300))
    app = opened(root, with_file(root, "scores.csv", b"score,name\n" + rows))
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("7")
        await until(pilot, lambda: "int64" in shown(app))
        await pilot.press("enter", "G")
        await until(pilot, lambda: "name 299" in shown(app))
        assert "score  name" in shown(app)
        assert "name 0" not in shown(app)


async def test_a_file_is_saved_by_a_key_and_by_the_command_line_that_is_told(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    content = b"\x00\x01weights"
    run_id = with_file(root, "weights.bin", content)
    app = opened(root, run_id)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("7")
        await until(pilot, lambda: "Binary content of 9 bytes" in shown(app))
        assert f"trackside show {run_id}" in shown(app)
        monkeypatch.chdir(tmp_path)
        await pilot.press("e")
        await until(pilot, lambda: "export weights.bin to" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: "weights.bin is there already" in shown(app))
        await pilot.press("escape", "e", "end", "2", "enter")
        await until(pilot, lambda: (tmp_path / "weights.bin2").exists())
        assert (tmp_path / "weights.bin2").read_bytes() == content
        await pilot.press("1", "e")
        await until(pilot, lambda: "there is nothing to save here" in shown(app))
    capfdbinary.readouterr()
    for name, status in (("weights.bin", 0), ("weight", 2)):
        with pytest.raises(SystemExit) as ended:
            main(["--store", str(root), "show", run_id, "--artifact", name])
        assert (ended.value.code or 0) == status
    out, err = capfdbinary.readouterr()
    assert out == content
    assert b"it has 'weights.bin'" in err


async def test_a_search_and_a_click_preview_the_file_that_they_go_to_and_it_is_what_is_saved(root: Path) -> None:
    run = trackside.init(store=root, project="digits", quiet=True)
    with run:
        for name in ("first", "other", "third"):
            run.log_examples(name, ids=[f"of {name}"], scores=[1])
    app = opened(root, str(run.id))
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("7")
        await until(pilot, lambda: "of first" in shown(app))
        await pilot.press("slash", *"other", "enter")
        await until(pilot, lambda: "of other" in shown(app))
        await pilot.click("#artifact-list", offset=(2, 2))
        await until(pilot, lambda: "of third" in shown(app))
        await pilot.press("k", "e")
        await until(pilot, lambda: "export examples/other" in shown(app))
