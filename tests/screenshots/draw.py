"""Draws the pictures in screenshots/: the app's main screens over the demo's real runs, some of which still train.

    just screenshots

It trains the demo's runs, the last two of them slowly, opens the app without a terminal at 160×45 and at 80×24 while
they train, presses the keys that lead to each screen, and keeps each picture as SVG and PNG.
"""

import asyncio
import os
import shutil
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cairosvg
import changed_tree
from picture import svg
from textual.pilot import Pilot

from trackside.config.settings import Settings
from trackside.services import demo
from trackside.services.places.opening import open_places
from trackside.store.store import Store
from trackside.tui.app import TracksideApp
from trackside.tui.context import Context

FOLDER = Path(__file__).parents[2] / "screenshots"
SAMPLES = Path(__file__).parents[1] / "sources" / "samples"
DEMO, CHANGED, SYSTEMS = "demo", "changed", "experiments"
"""What is opened: the demo's runs, one run from a work tree that differs from its commit, runs of other systems."""

SIZES = ((160, 45), (80, 24))
_QUICK_SECONDS = 1.5
_SLOW_SECONDS = 240.0
_SHOWN_STEP = 90
_PATIENCE = 120.0
_LOOK_EVERY = 0.1
_STILL, _STILL_AFTER_KEY = 8, 2
"""Looks in a row that find the same picture before it is taken to stand still."""
_MOST_LOOKS, _MOST_LOOKS_AFTER_KEY = 30, 6
_SCALE = 1.0


@dataclass(frozen=True)
class Scene:
    """A picture: its file's name, the keys that lead to it from the Runs screen, each waited for, and the store."""

    name: str
    keys: tuple[str, ...]
    store: str = DEMO


_FOURTH = ("j", "j", "j")
_MARKED = (*_FOURTH, "space", "j", "j", "space", *_FOURTH, "j", "space", "j", "j", "space")
_ALL_SEEDS = ("/", *"lr:0.3 or prefetch:8", "enter", "space", "G", "v")
SCENES = (
    Scene("runs", _FOURTH),
    Scene("filter", ("/", *"val/accuracy>=0.95 -tag:base")),
    Scene("groups", ("o", *"replicates", "enter", "j", "j", "enter", "j")),
    Scene("run", (*_FOURTH, "enter")),
    Scene("charts", (*_FOURTH, "enter", "2")),
    Scene("chart", (*_FOURTH, "enter", "2", "l", "z", "s", "s")),
    Scene("compare", (*_ALL_SEEDS, "c", "l", "l")),
    Scene("overlay", (*_MARKED, "c", "3")),
    Scene("parallel", ("space", "G", "v", "c", "6")),
    Scene("console", (*_FOURTH, "enter", "3", "k", "k")),
    Scene("environment", (*_FOURTH, "enter", "4")),
    Scene("system", ("enter", "8")),
    Scene("code", ("enter", "5"), CHANGED),
    Scene("data", ("enter", "6"), CHANGED),
    Scene("systems", ("home", "down"), SYSTEMS),
)


def main(names: list[str]) -> int:
    """Draw all scenes, or those named."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="trackside-") as folder:
        root = Path(folder) / DEMO
        with _home():
            changed_tree.record(Path(folder) / CHANGED)
        _lay_out(Path(folder) / SYSTEMS)
        *done, _, _ = demo.planned()
        with _home(), demo.start(root, seconds=_QUICK_SECONDS, runs=done) as training:
            training.wait()
        with _home(), demo.start(root, seconds=_SLOW_SECONDS, runs=demo.planned()[len(done) :]):
            _wait_for_step(root, _SHOWN_STEP)
            for columns, rows in SIZES:
                for scene in SCENES:
                    if not names or scene.name in names:
                        with _home():
                            asyncio.run(_draw(Path(folder) / scene.store, scene, columns, rows))
    return 0


def _lay_out(root: Path) -> None:
    """A folder with runs of five systems, as their own clients wrote them (Neptune's to the schema of its exporter)."""
    for inside, name in (
        ("tensorboard/keras", "tensorboard"),
        ("comet/3.58.8", "comet"),
        ("neptune", "neptune"),
    ):
        shutil.copytree(SAMPLES / inside, root / name)
    shutil.copytree(SAMPLES / "wandb" / "0.31.0", root / "wandb", symlinks=True)
    with tarfile.open(SAMPLES / "mlflow" / "mlflow-3.17.2.tar.xz") as archive:
        archive.extractall(root / "mlflow", filter="data")


@contextmanager
def _home() -> Iterator[None]:
    """A new person's home: settings, and what was open last time, are not for pictures."""
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(HOME=home, LOGNAME="ana", COLORTERM="truecolor", TERM="xterm-256color")
        for variable in [name for name in os.environ if name.startswith(("XDG_", "TRACKSIDE_"))]:
            del os.environ[variable]
        yield


def _wait_for_step(root: Path, step: int) -> None:
    """Until all runs of the demo are there, and those that train have come to `step`."""
    deadline = time.monotonic() + _PATIENCE
    planned = len(demo.planned())
    store = Store.open(root)
    while time.monotonic() < deadline:
        store.refresh()
        if store.count() == planned and all((run.progress.step or 0) >= step for run in store.first_page(planned)):
            store.close()
            return
        time.sleep(0.2)
    raise TimeoutError(f"the demo's {planned} runs did not come to step {step} within {_PATIENCE:.0f} s")


async def _draw(root: Path, scene: Scene, columns: int, rows: int) -> None:
    opened = open_places([str(root)])
    opened.catch_up()
    context = Context(opened.live(), Settings())
    app = TracksideApp(context)
    async with app.run_test(size=(columns, rows)) as pilot:
        await _settled(app, pilot)
        for key in scene.keys:
            await pilot.press(key)
            await _settled(app, pilot, _STILL_AFTER_KEY, _MOST_LOOKS_AFTER_KEY)
        drawn = await _settled(app, pilot)
    context.store.close()
    path = FOLDER / f"{scene.name}-{columns}x{rows}.svg"
    path.write_text(drawn)
    cairosvg.svg2png(bytestring=drawn.encode(), write_to=str(path.with_suffix(".png")), scale=_SCALE)
    print(path)


async def _settled(app: TracksideApp, pilot: Pilot[object], still: int = _STILL, most: int = _MOST_LOOKS) -> str:
    """The picture once it has stopped changing; of one that is live, after a while."""
    before, same = "", 0
    for _ in range(most):
        await pilot.pause(_LOOK_EVERY)
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
