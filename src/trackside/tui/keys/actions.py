"""Every key of the app. Bindings, footer, palette, help and the README's key table are made from this registry.

An action is one thing that a person can do, under one id wherever it can be done, so that remapping it in the
configuration file remaps it everywhere. The command line looks at it too, to check that file: Textual is loaded by
whoever asks for bindings.
"""

from typing import TYPE_CHECKING

import msgspec

from trackside.config.keymap import EVERYWHERE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.binding import Binding

RUNS, RUN, CHART, CHART_SCREEN, COMPARE, SKIPPED = "runs", "run", "chart", "chart_screen", "compare", "skipped"
PARALLEL, SCATTER, PIVOT, WALL, CONSOLE = "parallel", "scatter", "pivot", "wall", "console"
STORES, DOCTOR, VIEWS, FACETS = "stores", "doctor", "views", "facets"
_LISTS = (RUNS, RUN)
_TO_LEAVE = (RUN, CHART_SCREEN, COMPARE, SKIPPED, PIVOT, STORES, DOCTOR, VIEWS, FACETS)
_OPENED = (RUNS, RUN, COMPARE)
_TO_OPEN = (*_OPENED, PIVOT, STORES, VIEWS)
_TABS = (RUN, COMPARE)
_CHARTS_ALIKE = (CHART, WALL)
_LINES = (RUNS, RUN, COMPARE, SKIPPED, PIVOT, CHART_SCREEN, STORES, DOCTOR, VIEWS)
_SIDEWAYS = (RUNS, RUN, COMPARE, PIVOT, CHART_SCREEN, STORES)
_SCREENS = (*_OPENED, PIVOT, CHART_SCREEN)

PLACES = {
    RUNS: "on Runs",
    RUN: "on a run",
    CHART: "on a chart",
    CHART_SCREEN: "on a chart",
    WALL: "on the wall of charts",
    CONSOLE: "in the console",
    COMPARE: "on a comparison",
    PARALLEL: "on parallel coordinates",
    SCATTER: "on a scatter plot",
    PIVOT: "on a pivot",
    SKIPPED: "among skipped files",
    STORES: "on Stores",
    DOCTOR: "on Doctor",
    VIEWS: "among views",
    FACETS: "in the facets",
    EVERYWHERE: "everywhere",
}
"""Where a context is, in words."""


class Action(msgspec.Struct, frozen=True):
    """`action_<id>` of the screens (or widgets) that `contexts` names; `keys` by default, separated by commas."""

    id: str
    keys: str
    label: str
    help: str
    group: str
    contexts: tuple[str, ...]
    footer: bool = False
    numbered: bool = False
    """One action for several digits, each of which is its argument."""
    footer_in: tuple[str, ...] = ()
    """Contexts whose footer shows it, though the others' have more important keys."""
    at_once: bool = False
    """Done before the next key is looked at: what is typed on belongs into the box that it opens."""
    also: str = ""
    """More words by which help finds it."""


MOVE, _OPEN, _FIND, _MARK = "Move", "Open and close", "Find and arrange", "Mark and compare"
_EDIT, _CHARTS, _APP = "Edit", "On a chart", "The app"
_SHARE = "Hand on"
_PARALLEL, _SCATTER, _CONSOLE = "On parallel coordinates", "On a scatter plot", "In the console"

ACTIONS: tuple[Action, ...] = (
    Action("cursor_down", "j,down", "Down", "one row down", MOVE, _LINES),
    Action("cursor_up", "k,up", "Up", "one row up", MOVE, _LINES),
    Action("half_page_down", "ctrl+d", "Half a page down", "", MOVE, _LINES),
    Action("half_page_up", "ctrl+u", "Half a page up", "", MOVE, _LINES),
    Action("page_down", "pagedown", "Page down", "", MOVE, _LINES),
    Action("page_up", "pageup", "Page up", "", MOVE, _LINES),
    Action("top", "g,home", "Top", "the first row", MOVE, _LINES),
    Action("bottom", "G,end", "Bottom", "the last row", MOVE, _LINES),
    Action(
        "left",
        "h,left",
        "Left",
        "a column to the left; in the facets, fold; of images and histograms, an earlier step",
        MOVE,
        _SIDEWAYS,
    ),
    Action(
        "right",
        "l,right",
        "Right",
        "a column to the right; in the facets, unfold; of images and histograms, a later step",
        MOVE,
        _SIDEWAYS,
    ),
    Action("next_pane", "tab", "Next pane", "facets, table; charts and console", MOVE, (RUNS, CHART_SCREEN)),
    Action("previous_pane", "shift+tab", "Previous pane", "", MOVE, (RUNS, CHART_SCREEN)),
    Action("open", "enter", "Open", "the run, the line or the chart under the cursor", _OPEN, _TO_OPEN, footer=True),
    Action("back", "escape,q", "Back", "one layer back", _OPEN, _TO_LEAVE, True),
    Action("clear", "escape", "Clear", "the filter, then the marks", _OPEN, (RUNS,)),
    Action("quit_app", "q", "Quit", "", _OPEN, (RUNS,)),
    Action("previous_tab", "[", "Previous tab", "", _OPEN, _TABS),
    Action("next_tab", "]", "Next tab", "", _OPEN, _TABS, footer=True),
    Action("tab", "1,2,3,4,5,6,7,8,9", "Tab by number", "", _OPEN, _TABS, numbered=True),
    Action(
        "full_screen", "z", "Full screen", "the chart alone, and back", _OPEN, (RUNS, RUN, COMPARE, CHART_SCREEN), True
    ),
    Action("find", "/", "Filter", "runs or examples as you type; in a run, search", _FIND, _OPENED, True, at_once=True),
    Action("next_match", "n", "Next match", "in a run; in the facets, the next value found", _FIND, (FACETS, RUN)),
    Action("previous_match", "N", "Previous match", "", _FIND, (FACETS, RUN)),
    Action("pick_tags", "t", "Tags", "filter by tags: any, all or none of them", _FIND, (RUNS,), footer=True),
    Action("choose", "enter", "Choose", "in the facets, the runs of a value", _FIND, (FACETS,), footer=True),
    Action("exclude", "-", "Exclude", "in the facets, the runs of a value", _FIND, (FACETS,), footer=True),
    Action("sort", "s", "Sort", "by this column; again, the other way, then not", _FIND, (RUNS,), footer=True),
    Action("sort_keys", "S", "Sort keys", "by several columns", _FIND, (RUNS,)),
    Action("rows", "r", "Rows", "of a pivot: one key more, or less", _FIND, (PIVOT,), footer=True),
    Action("group_by", "o", "Group", "by keys, with means over seeds; again, another key", _FIND, (RUNS,)),
    Action("views", "'", "Views", "open a view that was kept, or keep what is shown", _FIND, (RUNS,)),
    Action("keep_view", "n", "Keep", "what is shown, as a view of a new name", _FIND, (VIEWS,), footer=True),
    Action("replace_view", "w", "Replace", "the view, by what is shown", _FIND, (VIEWS,), footer=True),
    Action("column_left", "H", "Column left", "this column, one place to the left", _FIND, (RUNS,)),
    Action("column_right", "L", "Column right", "", _FIND, (RUNS,)),
    Action("hide_column", "_", "Hide column", "this one", _FIND, (RUNS,)),
    Action("columns", "C", "Columns", "choose, order, pin, compute them", _FIND, (RUNS, PIVOT), footer_in=(PIVOT,)),
    Action(
        "metric",
        "m",
        "Metric",
        "the metric of the preview; on a chart or in a pivot, another one",
        _FIND,
        (RUNS, CHART_SCREEN, PIVOT),
        footer_in=(PIVOT,),
    ),
    Action("follow", "f", "Follow", "keep the cursor on the newest run, until it is moved", _FIND, (RUNS,)),
    Action("pause", "p", "Pause", "nothing moves until it is pressed again", _FIND, (RUNS,)),
    Action("preview", "P", "Preview", "on, off", _FIND, (RUNS,)),
    Action("stores", "O", "Stores", "those that are open, and how they stand", _FIND, (RUNS,)),
    Action("doctor", "D", "Doctor", "verify all that the store holds", _FIND, (STORES,)),
    Action("repair", "R", "Repair", "save what can be saved; asks first", _EDIT, (DOCTOR,)),
    Action("show_skipped", "!", "Skipped", "files that could not be read, and why", _FIND, (RUNS,)),
    Action("mark", "space", "Mark", "this run", _MARK, (RUNS,), footer=True),
    Action("mark_range", "v", "Mark range", "from the last marked run to this one", _MARK, (RUNS,)),
    Action("unmark_all", "U", "Unmark all", "", _MARK, (RUNS,)),
    Action("compare", "c", "Compare", "the marked runs, or this one, with the baseline", _MARK, _LISTS, True),
    Action("why", "W", "Why", "what could explain how it differs", _MARK, _OPENED, footer_in=(COMPARE,)),
    Action("pivot", "V", "Pivot", "means over seeds in rows and columns, for a paper", _MARK, (RUNS, COMPARE)),
    Action("mix_data", "!", "Mix data", "in a pivot, also values on unlike eval data", _MARK, (PIVOT,)),
    Action(
        "show_change",
        "d",
        "Change",
        "to the baseline: as it is, in percent, or not; ? is on other data",
        _MARK,
        (RUNS, COMPARE),
        True,
    ),
    Action("show_all", "D", "All", "also what is alike; again, only what differs", _MARK, (COMPARE,), True),
    Action("choose_point", "A", "At", "which point of a curve counts", _MARK, (COMPARE,), True),
    Action("detect", "N", "Seeds", "how many would find a difference that is typed", _MARK, (COMPARE,)),
    Action("acknowledge", "!", "Accept", "what bars a claim here, with a note", _MARK, (COMPARE,), True),
    Action("ignore_param", "I", "Ignore", "a param, where it is told which runs are replicates", _MARK, (COMPARE,)),
    Action("set_baseline", "b", "Set baseline", "make this run its project's baseline", _MARK, _OPENED),
    Action("go_to_baseline", "B", "Go to baseline", "", _MARK, _OPENED),
    Action("next_metric", "m", "Next metric", "or what else both sides logged", _MARK, (COMPARE,), footer=True),
    Action("previous_metric", "M", "Previous metric", "", _MARK, (COMPARE,)),
    Action("edit_tags", "T", "Edit tags", "of this run, or of the marked ones: +add -remove", _EDIT, _LISTS),
    Action("annotate", "a", "Annotate", "why it was run; on a chart, a step", _EDIT, (*_LISTS, CHART_SCREEN)),
    Action("rename", "r", "Rename", "", _EDIT, (*_LISTS, VIEWS), footer_in=(VIEWS,)),
    Action(
        "archive",
        "x",
        "Archive",
        "this run, or the marked ones: hidden unless a filter asks for them; again, they are back",
        _EDIT,
        _LISTS,
    ),
    Action(
        "trash",
        "delete",
        "Trash",
        "asks first; of runs the marked ones",
        _EDIT,
        (*_LISTS, VIEWS),
        footer_in=(VIEWS,),
    ),
    Action("undo", "u", "Undo", "the last edit", _EDIT, (*_OPENED, CHART_SCREEN)),
    Action(
        "copy",
        "y",
        "Copy",
        "then y value, values or line, r row, i id, l link, c command line of this view, x of the run; of a pivot "
        "m Markdown, t LaTeX, v CSV",
        _SHARE,
        _SCREENS,
        footer_in=(PIVOT,),
        also="yank clipboard yy yr yi yl yc yx ym yt yv",
    ),
    Action(
        "export",
        "e",
        "Export",
        "to a file: a table, a chart, a comparison; of a run the chart, the artifact, the console or the patch",
        _SHARE,
        _SCREENS,
        footer_in=(RUN, PIVOT),
    ),
    Action("crosshair_left", "h,left", "Crosshair left", "", _CHARTS, (CHART,)),
    Action("crosshair_right", "l,right", "Crosshair right", "reads every run's value", _CHARTS, (CHART,), footer=True),
    Action("pan_left", "H", "Pan left", "", _CHARTS, _CHARTS_ALIKE),
    Action("pan_right", "L", "Pan right", "", _CHARTS, _CHARTS_ALIKE),
    Action("zoom_in", "+", "Zoom in", "round the crosshair", _CHARTS, _CHARTS_ALIKE, footer_in=(CHART,)),
    Action("zoom_out", "-", "Zoom out", "", _CHARTS, _CHARTS_ALIKE),
    Action("reset_zoom", "0", "Reset zoom", "", _CHARTS, _CHARTS_ALIKE),
    Action("type_ranges", "=", "Type ranges", "x=0:5k y=2.5:13", _CHARTS, _CHARTS_ALIKE),
    Action(
        "x_axis",
        "i",
        "X axis",
        "step, time, relative time or another metric; of a scatter plot also a param",
        _CHARTS,
        (CHART, WALL, COMPARE),
        footer_in=(CHART, COMPARE),
    ),
    Action("log_x", "X", "Logarithmic x", "", _CHARTS, (CHART, WALL, SCATTER), footer_in=(SCATTER,)),
    Action(
        "log_y",
        "Y",
        "Logarithmic y",
        "",
        _CHARTS,
        (CHART, WALL, SCATTER, COMPARE),
        footer_in=(CHART, SCATTER, COMPARE),
    ),
    Action("smoothing", "s", "Smoothing", "more of it, then none", _CHARTS, _CHARTS_ALIKE, footer_in=(CHART,)),
    Action("one_zoom", "&", "One zoom", "for all charts of the wall, or each its own", _CHARTS, (WALL, CHART_SCREEN)),
    Action("over_baseline", "B", "Baseline", "its curves too, or not", _CHARTS, (WALL, CHART_SCREEN), footer=True),
    Action("layout", "#", "Layout", "of the wall: 1x1 to 4x4 charts on a page", _CHARTS, (WALL,), footer=True),
    Action("pin", "p", "Pin", "this chart before all others of the project, or not", _CHARTS, (WALL,), footer=True),
    Action("fold_section", "F", "Fold", "the section of this chart, or unfold it", _CHARTS, (WALL,)),
    Action("next_curve", "j,down", "Next curve", "", _CHARTS, (CHART,)),
    Action("previous_curve", "k,up", "Previous curve", "", _CHARTS, (CHART,)),
    Action("hide_curve", "space", "Hide", "the chosen curve", _CHARTS, (CHART,)),
    Action("solo_curve", "o", "Solo", "the chosen curve alone", _CHARTS, (CHART,)),
    Action("lift_curve", "O", "Lift", "the chosen curve to the front", _CHARTS, (CHART,)),
    Action("means", "D", "Means", "of seeds with a band, or each run", _CHARTS, (CHART_SCREEN,)),
    Action("split", "|", "Split", "training and validation, or join them", _CHARTS, (CHART_SCREEN,), True),
    Action(
        "link_console", "K", "Link console", "below the chart, each moves the other", _CHARTS, (CHART_SCREEN,), True
    ),
    Action("next_mark", "n", "Next mark", "a note, a resume, a gap, a value that is no number", _CHARTS, (CHART,)),
    Action("previous_mark", "N", "Previous mark", "", _CHARTS, (CHART,)),
    Action("console", "enter", "Console", "what the run printed at the crosshair's step", _CHARTS, (CHART_SCREEN,)),
    Action("next_error", "E", "Next error", "", _CONSOLE, (CONSOLE,), footer=True),
    Action("timestamps", "t", "Times", "clock and step beside the lines, on or off", _CONSOLE, (CONSOLE,), footer=True),
    Action("wrap", "w", "Wrap", "long lines, or cut them", _CONSOLE, (CONSOLE,), footer=True),
    Action("previous_axis", "h,left", "Previous axis", "", _PARALLEL, (PARALLEL,)),
    Action("next_axis", "l,right", "Next axis", "", _PARALLEL, (PARALLEL,), footer=True),
    Action("axis_left", "H", "Axis to the left", "", _PARALLEL, (PARALLEL,)),
    Action("axis_right", "L", "Axis to the right", "", _PARALLEL, (PARALLEL,), footer=True),
    Action(
        "brush", "space", "Brush", "only runs in a part of the axis; again, all of it", _PARALLEL, (PARALLEL,), True
    ),
    Action("brush_up", "k,up", "Brush up", "", _PARALLEL, (PARALLEL,)),
    Action("brush_down", "j,down", "Brush down", "", _PARALLEL, (PARALLEL,), footer=True),
    Action("brush_more", "+", "Brush more", "", _PARALLEL, (PARALLEL,), footer=True),
    Action("brush_less", "-", "Brush less", "", _PARALLEL, (PARALLEL,)),
    Action("unbrush", "0", "All runs", "without any brush", _PARALLEL, (PARALLEL,)),
    Action("previous_run", "h,left", "Run to the left", "", _SCATTER, (SCATTER,)),
    Action("next_run", "l,right", "Run to the right", "reads what it has", _SCATTER, (SCATTER,), footer=True),
    Action("run_below", "j,down", "Run below", "", _SCATTER, (SCATTER,)),
    Action("run_above", "k,up", "Run above", "", _SCATTER, (SCATTER,), footer=True),
    Action("watch_rules", "w", "Watch", "be told when runs end, fail, fall ill or match a filter", _APP, (EVERYWHERE,)),
    Action("go_to_told", ".", "Go to told", "the run that was told of last", _APP, (EVERYWHERE,)),
    Action("help_keys", "?", "Help", "every key", _APP, (EVERYWHERE,), footer=True),
    Action("command_palette", ":,ctrl+p", "Palette", "every command, and runs by name", _APP, (EVERYWHERE,)),
    Action("switch_theme", "f2", "Theme", "choose one, seen as you move over their names", _APP, (EVERYWHERE,)),
    Action("redraw", "ctrl+l", "Redraw", "all of the screen, where others wrote over it", _APP, (EVERYWHERE,)),
    Action("suspend_process", "ctrl+z", "Suspend", "back with fg", _APP, (EVERYWHERE,)),
    Action("quit_twice", "ctrl+c", "Quit", "press it twice", _APP, (EVERYWHERE,)),
)


def keys_of(action: Action, remapped: "Mapping[str, str]") -> tuple[str, ...]:
    """The keys that do it, where `remapped` has other ones by ids of actions."""
    return tuple(remapped.get(action.id, action.keys).split(","))


def bindings(context: str) -> "list[Binding]":
    """The bindings of a screen or widget."""
    return [binding for action in ACTIONS if context in action.contexts for binding in _bindings_of(action, context)]


def _bindings_of(action: Action, context: str) -> "list[Binding]":
    from textual.binding import Binding

    if action.numbered:
        return [Binding(key, f"{action.id}({key})", action.label, show=False) for key in action.keys.split(",")]
    described = f"{action.label}: {action.help}" if action.help else action.label
    shown, first = action.footer or context in action.footer_in, action.at_once
    return [Binding(action.keys, action.id, action.label, shown, priority=first, tooltip=described, id=action.id)]
