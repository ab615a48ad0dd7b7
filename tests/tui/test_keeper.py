"""How a screen was left is kept, whenever it goes."""

from pathlib import Path

from textual.app import App

from trackside.config import state
from trackside.config.state import SavedView
from trackside.tui.keeper import Keeper


class Leaving(App[None]):
    """An app that goes in the moment in which a keeper has begun to write, before that is done."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._keeper = Keeper(self, file, lambda: SavedView(filter="tag:baseline"))

    def on_mount(self) -> None:
        self._keeper.keep()
        self._keeper._write()
        self.workers.cancel_all()
        self.exit()

    def on_unmount(self) -> None:
        self._keeper.close()


async def test_what_was_being_written_when_the_screen_went_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    app = Leaving(file)
    async with app.run_test():
        pass
    assert state.load(file).filter == "tag:baseline"
