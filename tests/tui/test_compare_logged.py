"""What two sides logged under one name, side by side on the Examples tab: images and tables, step by step."""

import io
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from small_comparison import SMALL, WIDE, comparing, line, press, to_tab
from small_store import OneScreen, open_context, shown, until
from textual.pilot import Pilot

import trackside
from trackside.services.artifacts import artifact_view
from trackside.services.project import decisions
from trackside.tui.messages import StoreChanged

SIZES = pytest.mark.parametrize("size", [WIDE, SMALL])
HEIGHT, WIDTH = 8, 16


def shade(level: int) -> Any:
    """An image of one shade."""
    return np.full((HEIGHT, WIDTH, 3), level, np.uint8)


@cache
def bomb() -> bytes:
    stream = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(stream, "PNG")
    return stream.getvalue()


def begin(root: Path, name: str) -> trackside.Run:
    run = trackside.init(project="pictures", name=name, params={"x": name}, store=root, quiet=True)
    run.log({"loss": 1.0})
    return run


@pytest.fixture
def two(logged: tuple[Path, str], tmp_path: Path) -> tuple[Path, str]:
    """A store with a baseline, and the id of a candidate. Each logged images and tables."""
    root, candidate_id = logged
    return Path(shutil.copytree(root, tmp_path / "store")), candidate_id


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    root = tmp_path_factory.mktemp("logged") / "store"
    with begin(root, "old") as baseline:
        for step in (0, 10, 20):
            baseline.log_image("samples", shade(step), step=step)
            baseline.log_table("words", {"word": [f"old {step} {row}" for row in range(40)]}, step=step)
        for number in (1, 2):
            baseline.log_image("alone", shade(number), step=number)
        baseline.log_image("torn", b"\x89PNG\r\n\x1a\n")
        baseline.log_image("bomb", bomb())
    with begin(root, "new") as candidate:
        for step in (0, 20, 30):
            candidate.log_image("samples", shade(100 + step), step=step)
            candidate.log_table("words", {"word": [f"new {step} {row}" for row in range(40)]}, step=step)
        candidate.log_image("torn", shade(200))
        candidate.log_image("bomb", bomb())
    choose_baseline(root, baseline.id)
    return root, candidate.id


def choose_baseline(root: Path, run_id: str) -> None:
    context = open_context(root)
    decisions.set_baseline(context.store, "pictures", run_id)
    context.store.close()


def drawn(app: OneScreen) -> list[str]:
    """The colours of the images on the screen, from left to right."""
    cells = [part for strip in app.screen._compositor.render_strips() for part in strip if "▀" in part.text]
    return list(dict.fromkeys(part.style.color.name for part in cells if part.style and part.style.color))


async def until_drawn(pilot: Pilot[Any], *levels: int) -> None:
    app: Any = pilot.app
    await until(pilot, lambda: drawn(app) == [f"#{level:02x}{level:02x}{level:02x}" for level in levels])


async def to_name(app: OneScreen, pilot: Pilot[Any], name: str) -> None:
    """On with `m` to what was logged under that name."""
    for _ in range(10):
        if name in shown(app).splitlines()[3]:
            return
        await press(pilot, "m")
    raise AssertionError(shown(app))


@SIZES
async def test_images_of_both_stand_at_the_last_step_that_both_have_and_keys_go_to_others(
    two: Any, size: tuple[int, int]
) -> None:
    root, run_id = two
    async with comparing(root, [run_id], size) as (app, pilot):
        await to_tab(pilot, "Examples")
        await to_name(app, pilot, "image/samples")
        assert line(app, "image/samples") == "image/samples · step 20, 3 of 4 (h, l)"
        assert line(app, "old (baseline)").split() == ["old", "(baseline)", "new"]
        await until_drawn(pilot, 20, 120)
        await press(pilot, "h")
        assert line(app, "image/samples") == "image/samples · step 10, 2 of 4 (h, l)"
        await until_drawn(pilot, 10)
        assert line(app, "16 × 8 pixels").endswith("nothing at step 10")
        await press(pilot, "left", "left")
        await until_drawn(pilot, 0, 100)
        await press(pilot, "G")
        await until_drawn(pilot, 130)
        assert line(app, "nothing at step 30").endswith("16 × 8 pixels")
        await press(pilot, "g", "right", "l")
        await until_drawn(pilot, 20, 120)


@SIZES
async def test_tables_of_both_stand_at_the_same_step_and_scroll_together(two: Any, size: tuple[int, int]) -> None:
    root, run_id = two
    async with comparing(root, [run_id], size) as (app, pilot):
        await to_tab(pilot, "Examples")
        await to_name(app, pilot, "table/words")
        assert "step 20, 3 of 4" in line(app, "table/words")
        assert {"old 20 0", "new 20 0"} <= cells(app)
        await press(pilot, *"jjjj")
        assert not {"old 20 0", "new 20 0"} & cells(app)
        assert all(text in shown(app) for text in ("old 20 4", "new 20 4"))
        await press(pilot, "h", "h")
        assert all(text in shown(app) for text in ("old 0 4", "new 0 4"))


def cells(app: OneScreen) -> set[str]:
    """What stands on the screen between wide gaps."""
    return {cell.strip() for text in shown(app).splitlines() for cell in text.split("  ") if cell.strip()}


async def test_the_step_stays_when_another_name_is_shown(two: Any) -> None:
    root, run_id = two
    async with comparing(root, [run_id]) as (app, pilot):
        await to_tab(pilot, "Examples")
        await to_name(app, pilot, "image/samples")
        await press(pilot, "h", "h")
        await to_name(app, pilot, "table/words")
        assert "step 0, 1 of 4" in line(app, "table/words")


async def test_what_one_side_alone_logged_is_not_compared(two: Any) -> None:
    root, run_id = two
    async with comparing(root, [run_id]) as (app, pilot):
        await to_tab(pilot, "Examples")
        seen = set()
        for _ in range(8):
            seen.add(shown(app).splitlines()[3].split(" · ")[0].strip())
            await press(pilot, "m")
        assert seen == {"image/bomb", "image/samples", "image/torn", "table/words"}


@SIZES
async def test_a_damaged_image_and_a_bomb_are_a_line_beside_what_is_whole(two: Any, size: tuple[int, int]) -> None:
    root, run_id = two
    async with comparing(root, [run_id], size) as (app, pilot):
        await to_tab(pilot, "Examples")
        await to_name(app, pilot, "image/torn")
        await until_drawn(pilot, 200)
        assert "8 bytes that are no PNG, JPEG" in shown(app)
        await to_name(app, pilot, "image/bomb")
        await until(pilot, lambda: shown(app).count("and far too") == 2)
        assert drawn(app) == []


async def test_why_files_cannot_be_shown_is_told_in_words_that_steer_no_terminal(
    two: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, run_id = two
    monkeypatch.setattr(artifact_view, "view", refused)
    async with comparing(root, [run_id]) as (app, pilot):
        await to_tab(pilot, "Examples")
        told = "These files cannot be shown: no such file: ␛[2J"
        await until(pilot, lambda: told in [toast.message for toast in app._notifications])


def refused(*_: object) -> None:
    raise OSError("no such file: \x1b[2J")


async def test_several_images_of_a_step_are_gone_through(tmp_path: Path) -> None:
    root, ids = tmp_path / "store", []
    for name, levels in (("old", (10, 20)), ("new", (110, 120, 130))):
        folder = tmp_path / name
        folder.mkdir()
        for level in levels:
            Image.fromarray(shade(level)).save(folder / f"{level}.png")
        with begin(root, name) as run:
            run.log_artifact(folder, name="many", kind="image", step=5)
        ids.append(run.id)
    choose_baseline(root, ids[0])
    async with comparing(root, [ids[1]]) as (app, pilot):
        await to_tab(pilot, "Examples")
        assert line(app, "image/many") == "image/many · step 5 · file 1 of 3 (j, k)"
        await until_drawn(pilot, 10, 110)
        await press(pilot, "j")
        await until_drawn(pilot, 20, 120)
        await press(pilot, "down", "down")
        assert line(app, "image/many").endswith("file 3 of 3 (j, k)")
        await until_drawn(pilot, 130)
        await press(pilot, "k")
        await until_drawn(pilot, 20, 120)


async def test_the_last_step_of_both_is_followed_until_keys_choose_one(tmp_path: Path) -> None:
    root = tmp_path / "store"
    with begin(root, "old") as old, begin(root, "new") as new:

        def log(step: int) -> None:
            old.log_image("samples", shade(step), step=step)
            new.log_image("samples", shade(100 + step), step=step)

        def follow(app: OneScreen) -> None:
            app.context.store.refresh_runs([old.id, new.id])
            app.screen.post_message(StoreChanged(frozenset({old.id, new.id}), frozenset()))

        log(1)
        choose_baseline(root, old.id)
        async with comparing(root, [new.id]) as (app, pilot):
            await to_tab(pilot, "Examples")
            assert line(app, "image/samples") == "image/samples · step 1"
            log(2)
            follow(app)
            await until_drawn(pilot, 2, 102)
            await press(pilot, "h")
            log(3)
            follow(app)
            await until(pilot, lambda: "step 1, 1 of 3" in shown(app))
            await until_drawn(pilot, 1, 101)


@SIZES
async def test_enter_opens_one_side_alone_then_the_other_and_escape_shows_both(two: Any, size: tuple[int, int]) -> None:
    root, run_id = two
    async with comparing(root, [run_id], size) as (app, pilot):
        await to_tab(pilot, "Examples")
        await to_name(app, pilot, "image/samples")
        await until_drawn(pilot, 20, 120)
        await press(pilot, "enter")
        await until_drawn(pilot, 20)
        assert "old (baseline)" in shown(app)
        await press(pilot, "enter", "h")
        await until(pilot, lambda: "nothing at step 10" in shown(app))
        assert "old (baseline)" not in shown(app)
        await press(pilot, "l", "escape")
        await until_drawn(pilot, 20, 120)


async def test_keys_of_examples_mean_nothing_while_images_are_shown(two: Any) -> None:
    root, run_id = two
    async with comparing(root, [run_id]) as (app, pilot):
        await to_tab(pilot, "Examples")
        before = shown(app)
        assert "Filter" not in before
        await press(pilot, "slash", "D")
        assert shown(app) == before
        await press(pilot, "z")
        assert "there is no metric under the cursor" in shown(app)
