"""How the Runs screen was left, and comes back at the next start: what was asked for, marked and folded, its cursor."""

from typing import TYPE_CHECKING

import msgspec
from textual import on

from trackside.config import paths, state
from trackside.config.state import SavedView
from trackside.services.table.asked import Asked, asked_by, view_of
from trackside.tui.context import Context
from trackside.tui.keeper import Keeper
from trackside.tui.screens.runs_early import RunsEarly
from trackside.tui.widgets.facets import Facets
from trackside.tui.widgets.runs_table import RunsTable

if TYPE_CHECKING:
    from collections.abc import Sequence


class RunsKept(RunsEarly):
    """It keeps whatever changes; when rows are shown, and so the cursor can return, is the screen's."""

    def __init__(self, context: Context, asked: Asked | None = None) -> None:
        """It comes as it was left, but where something else is `asked` for."""
        super().__init__()
        self.context = context
        file = paths.state_file(context.store.uuid)
        saved = state.load(file)
        self.asked = asked or asked_by(saved)
        self.unfolded = frozenset(saved.unfolded)
        self.left_over = () if asked else tuple(saved.over)
        self._over = list(saved.over)
        self.restored = bool(saved.filter) and asked is None
        self.metric = saved.metric
        self.preview_on = saved.preview
        self.marks = frozenset(saved.marks)
        self.marks_restored = bool(saved.marks)
        self._left_at = saved.cursor
        self.returns_to = None if asked else saved.cursor
        self.folded = frozenset(saved.folded)
        self._keeper = Keeper(self, file, self._view)

    def keep(self) -> None:
        """Keep what is asked for and marked for the next start."""
        self._keeper.keep()

    def keep_over(self, links: "Sequence[str]") -> None:
        """Keep which screens lie over this one."""
        if list(links) != self._over:
            self._over = list(links)
            self.keep()

    def on_unmount(self) -> None:
        """What was changed in the last moment is kept too."""
        try:
            self._keeper.close()
        except OSError as error:
            self.log.warning(f"how this screen was left is not kept: {error}")

    @on(RunsTable.Moved)
    def _cursor_moved(self) -> None:
        if (self.returns_to is None or self.key_at) and self.table.left_at != self._left_at:
            self._left_at = self.table.left_at
            self._keeper.keep_later()

    @on(Facets.Folded)
    def _facets_folded(self) -> None:
        self.folded = self.facets.folded
        self.keep()

    def _view(self) -> SavedView:
        return SavedView(
            **msgspec.structs.asdict(view_of(self.asked, self.metric)),
            preview=self.preview_on,
            marks=sorted(self.marks),
            unfolded=sorted(self.unfolded),
            over=self._over,
            cursor=self._left_at,
            folded=sorted(self.folded),
        )
