"""Draws the pictures in screenshots/: the app's main screens over the demo's real runs, some of which still train.

    just screenshots

It starts the demo, waits until its last runs train, opens the app without a terminal at 160×45 and at 80×24, presses
the keys that lead to each screen, and keeps each picture as SVG and PNG.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cairosvg
from picture import svg
from textual.pilot import Pilot

from trackside.config import settings
from trackside.services import demo
from trackside.services.live import LiveStore
from trackside.store.store import Store
from trackside.tui.app import TracksideApp
from trackside.tui.context import Context

FOLDER = Path(__file__).parents[2] / "screenshots"
SIZES = ((160, 45), (80, 24))
_RUN_SECONDS = 8.0
_PATIENCE = 180.0
_STILL = 8
"""Looks in a row, a tenth of a second apart, that find the same picture before it is kept."""
_MOST_LOOKS = 60
_SCALE = 1.5


@dataclass(frozen=True)
class Scene:
    """A picture: its file's name, and the keys that lead to it from the Runs screen; each is waited for."""

    name: str
    keys: tuple[str, ...]


SCENES = (
    Scene("runs", ("j", "j", "j")),
    Scene("filter", ("/", *"tag:")),
    Scene("run", ("j", "j", "j", "enter")),
    Scene("charts", ("j", "j", "j", "enter", "2")),
    Scene("chart", ("j", "j", "j", "enter", "2", "z")),
)


def main(names: list[str]) -> int:
    """Draw all scenes, or those named."""
    FOLDER.mkdir(exist_ok=True)
    with _home(), tempfile.TemporaryDirectory(prefix="trackside-") as folder:
        root = Path(folder) / "store"
        with demo.start(root, seconds=_RUN_SECONDS):
            _wait_for_last_runs(root)
            for columns, rows in SIZES:
                for scene in SCENES:
                    if not names or scene.name in names:
                        asyncio.run(_draw(root, scene, columns, rows))
    return 0


@contextmanager
def _home() -> Iterator[None]:
    """A person's own settings and history are not for pictures."""
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(HOME=home, LOGNAME="ana", COLORTERM="truecolor", TERM="xterm-256color")
        for variable in [name for name in os.environ if name.startswith(("XDG_", "TRACKSIDE_"))]:
            del os.environ[variable]
        yield


def _wait_for_last_runs(root: Path) -> None:
    """Until the last run but one has ended, so that the pictures show runs of every status."""
    deadline = time.monotonic() + _PATIENCE
    planned = len(demo.planned())
    store = Store.open(root)
    while time.monotonic() < deadline:
        store.refresh()
        if store.count() == planned and len(store.running()) <= demo.AT_ONCE:
            store.close()
            return
        time.sleep(0.2)
    raise TimeoutError(f"the demo's {planned} runs did not start within {_PATIENCE:.0f} s")


async def _draw(root: Path, scene: Scene, columns: int, rows: int) -> None:
    context = Context(LiveStore(Store.open(root)), settings.load())
    app = TracksideApp(context)
    async with app.run_test(size=(columns, rows)) as pilot:
        await _settled(app, pilot)
        for key in scene.keys:
            await pilot.press(key)
            await _settled(app, pilot, still=2)
        drawn = await _settled(app, pilot)
    context.store.close()
    path = FOLDER / f"{scene.name}-{columns}x{rows}.svg"
    path.write_text(drawn)
    cairosvg.svg2png(bytestring=drawn.encode(), write_to=str(path.with_suffix(".png")), scale=_SCALE)
    print(path)


async def _settled(app: TracksideApp, pilot: Pilot[object], still: int = _STILL) -> str:
    """The picture once it has stopped changing; of one that is live, after a few seconds."""
    before, same = "", 0
    for _ in range(_MOST_LOOKS):
        await pilot.pause(0.1)
        now = _picture(app)
        same = same + 1 if now == before else 0
        if same >= still:
            break
        before = now
    return before


def _picture(app: TracksideApp) -> str:
    background = app.screen.background_colors[1].hex6
    return svg(app.screen._compositor.render_strips(), f"trackside, {app.size.width}×{app.size.height}", background)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
