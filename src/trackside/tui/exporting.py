"""Writing what is on screen to a file: where to is asked, and over one that is there only where that is told.

In a browser the file goes to the browser: whoever looks there has no business among this machine's files.
"""

from abc import abstractmethod
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.screen import Screen

from trackside.model.errors import TracksideError
from trackside.tui.terminal import inert
from trackside.tui.toasts import LASTING_SECONDS

if TYPE_CHECKING:
    from textual.app import App

    from trackside.services.sharing.export import Export


class Exporting(Screen[None]):
    """A screen that can be written to a file."""

    NOTHING_TO_EXPORT: ClassVar[str] = "there is nothing to export yet"

    @abstractmethod
    def export(self) -> "Export | None":
        """What can be written; None where there is nothing yet."""

    def action_export(self) -> None:
        """To a file, whose name says the format."""
        from trackside.tui.widgets.place_prompt import PlacePrompt

        found = self.export()
        if found is None:
            self.notify(self.NOTHING_TO_EXPORT, markup=False)
            return
        asks = PlacePrompt(found)

        def named(text: str | None) -> None:
            if text is not None and text.strip():
                place = found.place(text)
                self._begin(found, place, over=place == asks.over)

        self.app.push_screen(asks, named)

    def _begin(self, found: "Export", place: Path, *, over: bool) -> None:
        """Have the app write it: a screen that is left calls off what it began."""
        work = partial(self._write, self.app, found, place, over=over)
        self.app.run_worker(work, thread=True, group="export", exit_on_error=False)

    def _write(self, app: "App[object]", found: "Export", place: Path, *, over: bool) -> None:
        try:
            if app.is_web:
                content = BytesIO(found.content(place))
                app.call_from_thread(app.deliver_binary, content, save_filename=place.name)
                told = f"{found.what} went to your browser as {place.name}"
            else:
                found.write(place, over=over)
                told = f"{found.what} is in {place.absolute()}"
        except (TracksideError, OSError) as error:
            app.call_from_thread(self.notify, inert(str(error)), severity="error", markup=False)
        else:
            app.call_from_thread(self.notify, inert(told), markup=False, timeout=LASTING_SECONDS)
