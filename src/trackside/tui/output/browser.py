"""The app in a browser, behind `trackside serve`: it ends when nobody listens any more."""

from textual import messages
from textual.drivers.web_driver import WebDriver

from trackside.tui.output.counting import Counting


class BrowserDriver(Counting, WebDriver):
    """Textual's driver of a browser, which counts, and which leaves no app behind when its server is gone."""

    def run_input_thread(self) -> None:
        """Hand on what the browser sends; where no more can come, the app ends."""
        super().run_input_thread()
        self._app.post_message(messages.ExitApp())
