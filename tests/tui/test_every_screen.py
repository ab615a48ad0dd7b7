"""Every screen at both sizes and in three themes, as it was when somebody last looked at it and found it good.

Where a screen is meant to look otherwise, `pytest --snapshot-update tests/tui/test_every_screen.py` writes it anew.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import fixed_runs
import pytest
from fixed_app import app_at, at_rest
from screen_text import Screens, picture, text_of
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot

from trackside.tui.app import TracksideApp

SIZES = pytest.mark.parametrize("size", [(160, 45), (80, 24)], ids=["160x45", "80x24"])
THEMES = ["dark", "light", "16-colour"]


@pytest.fixture
def runs(fixed: tuple[Path, dict[str, str]], still: None, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Ids by name of the runs of a store in the folder that one is in."""
    monkeypatch.chdir(fixed[0])
    return fixed[1]


async def seen(pilot: Pilot[Any]) -> str:
    """The screen in all themes; the first is that which is shown anyway, the last one stays."""
    app, pictures = pilot.app, {}
    assert isinstance(app, TracksideApp)
    for theme in sorted(THEMES, key=lambda theme: theme != app.theme):
        if theme != app.theme:
            app.show_theme(theme)
            await at_rest(pilot)
        pictures[theme] = picture(app.screen._compositor.render_strips(), app.theme_variables)
    return text_of([pictures[theme] for theme in THEMES])


WAYS: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "nothing": (fixed_runs.EMPTY, (("", "first-run"),)),
    "unreadable": (fixed_runs.UNREADABLE, (("exclamation_mark", "skipped"),)),
    "runs": (
        fixed_runs.NAME,
        (
            ("j j j j", "runs"),
            ("question_mark", "help"),
            ("escape colon", "palette"),
            ("escape f2", "theme"),
            ("escape w", "watch-rules"),
            ("escape t", "tags"),
            ("escape C", "columns"),
            ("escape S", "sort-keys"),
            ("escape apostrophe", "views"),
            ("escape m", "metric"),
            ("escape o", "group-by"),
            ("escape r", "prompt"),
            ("escape delete", "trash"),
            ("escape O", "stores"),
            ("D", "doctor"),
            ("escape escape tab", "facets"),
            ("tab j space j space d", "marked"),
            ("U slash v a l", "completing"),
            ("escape slash l r colon 7 enter", "no-match"),
        ),
    ),
    "groups": (fixed_runs.NAME, (("o g r o u p enter enter", "groups"),)),
    "run": (
        fixed_runs.NAME,
        (
            ("G k k k k enter", "overview"),
            ("2", "wall"),
            ("3", "console"),
            ("4", "environment"),
            ("5", "code"),
            ("6", "data"),
            ("7", "artifacts"),
            ("8", "system"),
            ("slash g p u", "searching"),
            ("escape 2 z", "chart"),
            ("l l s D K", "crosshair"),
        ),
    ),
    "comparison": (
        fixed_runs.NAME,
        (
            ("slash l r colon 0 . 3 enter space j space j space c", "summary"),
            ("l enter", "compared-chart"),
            ("escape 2", "why"),
            ("3", "curves"),
            ("4", "examples"),
            ("enter", "example"),
            ("escape m", "logged-files"),
            ("enter", "logged-file"),
            ("escape 5", "differs"),
            ("j enter", "differs-lines"),
            ("escape 6", "parallel"),
            ("7", "scatter"),
            ("V", "pivot"),
            ("j enter", "pivot-lines"),
        ),
    ),
}
"""Ways through the app: the store, and keys with the name of the screen that they lead to."""


@pytest.fixture
def found_good(snapshot: SnapshotAssertion, size: tuple[int, int]) -> Callable[[dict[str, str]], None]:
    """Compares screens with those that were found good, and tells of all that differ."""

    kept_screens = snapshot.use_extension(Screens)

    def compare(found: dict[str, str]) -> None:
        differing = []
        for name, text in found.items():
            kept = kept_screens(name=name)
            if kept != text:
                differing += [f"{name}:", *kept.get_assert_diff()]
        if differing:
            pytest.fail("\n".join(differing), pytrace=False)

    return compare


@pytest.mark.parametrize("way", WAYS)
@SIZES
async def test_screens_are_as_they_were(
    way: str, size: tuple[int, int], runs: dict[str, str], found_good: Callable[[dict[str, str]], None]
) -> None:
    store, steps = WAYS[way]
    found = {}
    async with app_at(size, store) as pilot:
        for keys, name in steps:
            for key in keys.split():
                await pilot.press(key)
                await at_rest(pilot)
            found[name] = await seen(pilot)
    found_good(found)
