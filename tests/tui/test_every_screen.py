"""Every screen at both sizes and in three themes, as it was when somebody last looked at it and found it good.

Where a screen is meant to look otherwise, `pytest --snapshot-update tests/tui/test_every_screen.py` writes it anew.
"""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import fixed_runs
import pytest
from screen_text import Screens, picture, text_of
from small_store import until
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot

from trackside.config.settings import Settings
from trackside.model import clock
from trackside.services.places.live import Listener, LiveStore
from trackside.store import liveness, manifest
from trackside.store.catch_up import Changes
from trackside.store.store import Store
from trackside.tui.app import TracksideApp
from trackside.tui.context import Context
from trackside.tui.keeper import Keeper
from trackside.tui.screens.run import RunScreen
from trackside.tui.screens.runs import RunsScreen
from trackside.tui.small_curves import SmallCurves
from trackside.tui.widgets.preview import Preview

SIZES = pytest.mark.parametrize("size", [(160, 45), (80, 24)], ids=["160x45", "80x24"])
THEMES = ["dark", "light", "16-colour"]
EVER = ("follow", "settings")
"""Groups of workers that go on as long as the app."""


class Unchanging(LiveStore):
    """A store to which nothing happens."""

    def follow(self, stop: Any, listener: Listener) -> None:
        listener.changes(Changes())


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    folder = tmp_path_factory.mktemp("fixed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", lambda: fixed_runs.NOW)
        patch.chdir(folder)
        manifest.create(Path("nothing-yet"), known_as="00000000-0000-4000-8000-000000000001")
        return folder, fixed_runs.write(Path(fixed_runs.NAME))


@pytest.fixture
def runs(recorded: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Ids by name; it is always the same moment, in UTC, and nothing waits longer than it must."""
    monkeypatch.chdir(recorded[0])
    monkeypatch.setattr(time, "time", lambda: fixed_runs.NOW)
    monkeypatch.setattr(liveness, "SILENCE_SECONDS", float("inf"))
    for kind, pause in (
        (Preview, "REST"),
        (Preview, "LIVE"),
        (RunsScreen, "LIVE"),
        (RunScreen, "LIVE"),
        (Keeper, "REST"),
        (SmallCurves, "REST"),
    ):
        monkeypatch.setattr(kind, pause, 0.001)
    yield recorded[1]
    clock.tell_by("local")


@asynccontextmanager
async def app_at(size: tuple[int, int], store: str) -> AsyncIterator[Pilot[Any]]:
    opened = Store.open(Path(store))
    app = TracksideApp(Context(Unchanging(opened), Settings(time_zone="utc")))
    async with app.run_test(size=size) as pilot:
        await at_rest(pilot)
        yield pilot
    opened.close()


async def at_rest(pilot: Pilot[Any]) -> None:
    """Wait until nothing is read or drawn any more, and nothing will be before a key is pressed."""
    for _ in range(3):
        await until(pilot, lambda: not any(_going_on(pilot)))
        await pilot.pause()


def _going_on(pilot: Pilot[Any]) -> Iterator[bool]:
    app = pilot.app
    yield from (worker.group not in EVER for worker in app.workers)
    for node in (app, *(node for screen in app.screen_stack for node in screen.walk_children(with_self=True))):
        for timer in node._timers:
            yield timer._repeat == 0 and timer._interval < 1 and timer._task is not None and not timer._task.done()


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
    "nothing": ("nothing-yet", (("", "first-run"),)),
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
            ("2", "why"),
            ("3", "curves"),
            ("4", "examples"),
            ("5", "differs"),
            ("6", "parallel"),
            ("7", "scatter"),
            ("V", "pivot"),
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
