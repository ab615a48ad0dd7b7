"""The places of the app, each with the keys that lead there, and what gives the keys of an action something to do."""

from pressing import Place

from trackside.tui.app import TracksideApp
from trackside.tui.compare_tabs.curves import CurvesTab
from trackside.tui.compare_tabs.differs import DiffersTab
from trackside.tui.compare_tabs.examples import ExamplesTab
from trackside.tui.compare_tabs.flips_pane import FlipsPane
from trackside.tui.compare_tabs.parallel import ParallelTab
from trackside.tui.compare_tabs.scatter import ScatterTab
from trackside.tui.compare_tabs.summary import SummaryTab
from trackside.tui.compare_tabs.why import WhyTab
from trackside.tui.keys.actions import ACTIONS
from trackside.tui.palette import Palette
from trackside.tui.screens.chart import ChartScreen
from trackside.tui.screens.columns_picker import ColumnsPicker
from trackside.tui.screens.compare import CompareScreen
from trackside.tui.screens.doctor import DoctorScreen
from trackside.tui.screens.help import HelpScreen
from trackside.tui.screens.picker import Picker
from trackside.tui.screens.pivot import PivotScreen
from trackside.tui.screens.run import RunScreen
from trackside.tui.screens.runs import RunsScreen
from trackside.tui.screens.skipped import SkippedScreen
from trackside.tui.screens.sort_picker import SortPicker
from trackside.tui.screens.stores import StoresScreen
from trackside.tui.screens.tags import TagPicker
from trackside.tui.screens.views import ViewsScreen
from trackside.tui.screens.watch import WatchScreen
from trackside.tui.tabs.artifacts import ArtifactsTab
from trackside.tui.tabs.charts import ChartsTab
from trackside.tui.tabs.code import CodeTab
from trackside.tui.tabs.console import ConsoleTab
from trackside.tui.tabs.data import DataTab
from trackside.tui.tabs.environment import EnvironmentTab
from trackside.tui.tabs.overview import OverviewTab
from trackside.tui.tabs.system import SystemTab
from trackside.tui.widgets.chart import Chart
from trackside.tui.widgets.console_view import ConsoleView
from trackside.tui.widgets.facets import Facets
from trackside.tui.widgets.find_line import FindLine
from trackside.tui.widgets.notes_prompt import NotesBox, NotesPrompt
from trackside.tui.widgets.parallel import Parallel
from trackside.tui.widgets.place_prompt import PlacePrompt
from trackside.tui.widgets.prompt import Confirm, Prompt
from trackside.tui.widgets.scatter import Scatter

_ON_RUNS = frozenset(
    {"open", "full_screen", "mark", "mark_range", "compare", "why", "set_baseline", "go_to_baseline"}
    | {"edit_tags", "annotate", "rename", "archive", "trash"}
)
_READ = frozenset({"cursor_down", "page_up", "bottom", "left", "right", "open", "find", "next_match", "full_screen"})
_IN_FACETS = _READ | {"cursor_up", "exclude", "previous_match", "clear"}
_COMPARED = (_READ - {"page_up"}) | {
    "next_metric",
    "previous_metric",
    "show_all",
    "show_change",
    "why",
    "x_axis",
    "log_y",
}
_ON_A_RUN = frozenset({"split", "link_console", "next_mark", "previous_mark", "console", "annotate", "next_pane"})
_RUN = "G k k k k enter"
_COMPARISON = "G k k k k c"


def _of(context: str) -> frozenset[str]:
    return frozenset(action.id for action in ACTIONS if context in action.contexts)


PLACES_OF: dict[str, tuple[Place, ...]] = {
    "everywhere": (Place((TracksideApp,)),),
    "runs facets": (
        Place((RunsScreen,)),
        Place((RunsScreen,), "", "o g r o u p enter G k", "a group", _ON_RUNS),
        Place((RunsScreen,), "", "slash l r colon 7 enter", "no runs", _ON_RUNS),
        Place((Facets,), "", "tab", only=_IN_FACETS | _of("facets")),
        Place((FindLine,), "", "tab slash d", only=frozenset()),
    ),
    "run": (
        Place((RunScreen, OverviewTab), _RUN, "1"),
        Place((EnvironmentTab,), _RUN, "4", only=_READ),
        Place((CodeTab,), _RUN, "5", only=_READ),
        Place((DataTab,), _RUN, "6", only=_READ),
        Place((ArtifactsTab,), _RUN, "7", only=_READ),
        Place((ArtifactsTab,), _RUN, "7 enter", "an artifact", _READ),
        Place((SystemTab,), _RUN, "8", only=_READ),
    ),
    "wall": (Place((ChartsTab,), _RUN, "2", only=_READ | _of("wall")),),
    "console": (Place((ConsoleTab, ConsoleView), _RUN, "3", only=_READ | _of("console")),),
    "chart chart_screen": (
        Place((ChartScreen, Chart), "j j j j space space z"),
        Place((ChartScreen, Chart), "G k k k k z m t r a i n enter", "", "the chart of a run", _ON_A_RUN),
    ),
    "compare": (
        Place((CompareScreen, SummaryTab), _COMPARISON, "1"),
        Place((WhyTab,), _COMPARISON, "2", only=_COMPARED),
        Place((CurvesTab,), _COMPARISON, "3", only=_COMPARED),
        Place((ExamplesTab,), _COMPARISON, "4", only=_COMPARED),
        Place((ExamplesTab,), _COMPARISON, "4 m", "logged files", _READ),
        Place((FlipsPane,), _COMPARISON, "4 M enter", only=_READ),
        Place((DiffersTab,), _COMPARISON, "5", only=_COMPARED),
    ),
    "parallel scatter": (
        Place((ParallelTab, Parallel), _COMPARISON, "6", only=_COMPARED | _of("parallel")),
        Place((ScatterTab, Scatter), _COMPARISON, "7", only=_COMPARED | _of("scatter")),
    ),
    "pivot": (
        Place((PivotScreen,), "slash s e e d colon 2 enter V C g r o u p enter"),
        Place((PivotScreen,), "slash s e e d colon 2 enter V enter", "", "opened lines", frozenset({"open"})),
        Place(
            (PivotScreen,), "slash l r colon 0 . 3 enter V", "", "no pivot", frozenset({"open", "mix_data", "export"})
        ),
    ),
    "views": (Place((ViewsScreen,), "apostrophe"),),
    "": (
        Place((WatchScreen,), "w"),
        Place((WatchScreen,), "w a enter enter", "", "a watch rule"),
        Place((HelpScreen,), "question_mark"),
        Place((Picker,), "m"),
        Place((TagPicker,), "t"),
        Place((ColumnsPicker,), "C"),
        Place((SortPicker,), "S space"),
        Place((Prompt,), "r"),
        Place((NotesPrompt, NotesBox), "a"),
        Place((PlacePrompt,), "e"),
        Place((Confirm,), "delete"),
        Place((Palette,), "colon"),
    ),
}
"""Of one store, by the contexts of the registry that they are of; dialogs have keys of their own."""

PLACES_OF_SEVERAL = {
    "stores": (Place((StoresScreen,), "O"),),
    "doctor": (Place((DoctorScreen,), "O D"),),
    "skipped": (Place((SkippedScreen,), "exclamation_mark"),),
}
"""The same, in an app on several stores and files that cannot be read."""

FIRST: dict[str, str] = {
    "cursor_up": "G",
    "half_page_up": "G",
    "page_up": "G",
    "top": "G",
    "cursor_down": "g",
    "half_page_down": "g",
    "page_down": "g",
    "bottom": "g",
    "left": "l",
    "undo": "escape x",
    "OverviewTab.tab": "2",
    "SummaryTab.tab": "2",
    "RunsScreen.clear": "space",
    "previous_axis": "l",
    "brush_up": "j j",
    "the chart of a run.link_console": "l",
    "the chart of a run.console": "l",
    "the chart of a run.previous_mark": "G",
    "Chart.pan_left": "l plus",
    "Chart.pan_right": "l plus",
    "Chart.zoom_out": "plus",
    "Chart.reset_zoom": "plus",
    "export": "escape",
    "Facets.exclude": "l j",
    "Facets.previous_match": "slash e enter",
    "Facets.next_match": "slash e enter",
    "RunsScreen.column_left": "l",
}
"""Keys after which an action has something to do, by its name or by place and name."""

SEEN_BY: dict[str, str] = {
    "quit_app": "test_q_leaves_with_status_0_and_the_terminal_as_it_was",
    "quit_twice": "test_one_ctrl_c_is_not_enough",
    "redraw": "test_what_others_wrote_over_the_screen_goes_when_it_is_redrawn",
    "suspend_process": "test_ctrl_z_gives_the_terminal_back_and_fg_the_app",
    "go_to_told": "test_a_rule_is_made_by_keys_and_a_run_that_ends_then_is_told_of_and_gone_to",
    "copy": "test_values_rows_and_ids_are_copied_on_every_screen",
    "show_skipped": "test_what_was_skipped_is_told_briefly_and_listed_by_a_key",
    "fold_section": "test_a_section_folds_to_one_place_and_enter_unfolds_it",
    "next_error": "test_matches_are_counted_and_gone_through_and_errors_have_a_key",
    "wrap": "test_long_lines_are_wrapped_or_cut_and_a_very_long_one_says_how_long_it_is",
    "ignore_param": "test_a_param_that_does_not_matter_is_ignored_and_makes_replicates",
    "acknowledge": "test_what_bars_a_claim_is_accepted_with_a_note_and_minded_again_by_undo",
    "lift_curve": "test_a_curve_is_chosen_hidden_shown_alone_and_lifted",
}
"""Actions whose work is not to be seen in these places, and the tests that see it."""
