"""What every tab of the Compare screen is: it is shown one comparison after another."""

from trackside.services.comparison_view import ComparisonView
from trackside.tui.tabs.pane import Pane


class CompareTab(Pane):
    """A tab. `show` is called when it comes to the front, and again when a run changed while it is there."""

    def show(self, view: ComparisonView) -> None:
        """Show this state of the comparison."""
        raise NotImplementedError
