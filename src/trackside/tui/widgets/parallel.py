"""Parallel coordinates on the screen: while they have the focus, keys choose an axis, move it, and brush it.

It knows no store: whoever owns it brings the axes, and is told when other runs are asked for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import ClassVar

from msgspec.structs import replace
from textual.binding import BindingType
from textual.message import Message

from trackside.charts.parallel.spec import (
    Axis,
    Brush,
    ParallelSpec,
    Picked,
    moved_to,
    reordered,
    unbrushed,
    with_brush,
)
from trackside.charts.spec import Picture
from trackside.tui.keys.actions import PARALLEL, bindings
from trackside.tui.messages import Told
from trackside.tui.widgets.drawn import CHARSET, Drawn


class Parallel(Drawn[ParallelSpec], can_focus=True):
    """An axis for each key and a line for each run. Keys of the context `parallel` work while it has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PARALLEL)]

    @dataclass
    class Brushed(Message):
        """Other runs are asked for: `axes` have the brushes."""

        parallel: "Parallel"
        axes: tuple[Axis, ...]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._looked_at = ParallelSpec((), 0, 0)

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes in their order, with their brushes."""
        return self._looked_at.axes

    @property
    def chosen(self) -> str | None:
        """The axis that keys act on."""
        return self._looked_at.chosen

    def show(self, axes: Sequence[Axis], by: str | None = None, *, title: str = "") -> None:
        """Show these axes, coloured by one of them. Those that were there keep their places and brushes."""
        before = {axis.key: (place, axis.brush) for place, axis in enumerate(self.axes)}
        ordered = sorted(axes, key=lambda axis: before.get(axis.key, (len(before), None))[0])
        brushed = tuple(_with_fitting(axis, before.get(axis.key, (0, None))[1]) for axis in ordered)
        keys = [axis.key for axis in brushed]
        chosen = self.chosen if self.chosen in keys else next(iter(keys), None)
        self._looked_at = replace(self._looked_at, axes=brushed, by=by, chosen=chosen, title=title)
        self.redraw(anew=True)

    def spec(self) -> ParallelSpec:
        """The axes, as they are looked at now."""
        return replace(
            self._looked_at,
            width=self.size.width,
            height=self.size.height,
            palette=self.palette,
            ground=self.ground,
            charset=CHARSET,
        )

    def paint(self, spec: ParallelSpec) -> Picture:
        """Draw them; numpy is loaded with the first picture."""
        from trackside.charts.parallel.draw import draw

        return draw(spec)

    def action_previous_axis(self) -> None:
        """Choose the axis to the left."""
        self._look(moved_to(self._looked_at, -1), "no axis lies further left")

    def action_next_axis(self) -> None:
        """Choose the axis to the right."""
        self._look(moved_to(self._looked_at, 1), "no axis lies further right")

    def action_axis_left(self) -> None:
        """Move the chosen axis to the left."""
        self._look(reordered(self._looked_at, self.chosen, -1), "this axis is the first")

    def action_axis_right(self) -> None:
        """Move the chosen axis to the right."""
        self._look(reordered(self._looked_at, self.chosen, 1), "this axis is the last")

    def action_brush(self) -> None:
        """Ask for a part of the chosen axis, or for all of it again."""
        self._brush(lambda brush, axis: brush.begun(axis) if axis.brush is None else None)

    def action_brush_up(self) -> None:
        """Move the brush up, or begin one."""
        self._brush(lambda brush, axis: brush.slid(axis, 1) or brush.begun(axis), "the brush is at the upper end")

    def action_brush_down(self) -> None:
        """Move the brush down, or begin one."""
        self._brush(lambda brush, axis: brush.slid(axis, -1) or brush.begun(axis), "the brush is at the lower end")

    def action_brush_more(self) -> None:
        """Let the brush ask for more, or begin one."""
        self._brush(lambda brush, axis: brush.grown(axis, 1) or brush.begun(axis), "all of this axis is asked for")

    def action_brush_less(self) -> None:
        """Let the brush ask for less, or begin one."""
        self._brush(lambda brush, axis: brush.grown(axis, -1) or brush.begun(axis), "the brush gets no smaller")

    def action_unbrush(self) -> None:
        """Ask for all runs again."""
        self._look(unbrushed(self._looked_at), "all runs are asked for already; space brushes an axis")

    def _brush(self, change: Callable[[ModuleType, Axis], Brush | None], otherwise: str = "") -> None:
        """Brush the chosen axis as `change` says, which is given `charts.parallel.brush` and the axis.

        Where it is brushed no otherwise than before, why is said.
        """
        from trackside.charts.parallel import brush

        axis = self._looked_at.axis(self.chosen)
        if axis is None:
            self.post_message(Told("there is no axis here"))
            return
        brushed = change(brush, axis)
        alike = f"{axis.key} is the same in all runs: there is no part of them to ask for"
        self._look(with_brush(self._looked_at, axis.key, brushed), otherwise if brushed is not None else alike)

    def _look(self, spec: ParallelSpec, otherwise: str) -> None:
        """Look at the axes in another way; `otherwise` is said where it is none."""
        before, brushed = _way(self._looked_at), _way(spec)
        self._looked_at = spec
        self.redraw()
        if (before, self.chosen) == (brushed, spec.chosen):
            self.post_message(Told(otherwise))
        elif dict(before) != dict(brushed):
            self.post_message(self.Brushed(self, spec.axes))


def _way(spec: ParallelSpec) -> list[tuple[str, Brush | None]]:
    """The keys in their order, with their brushes."""
    return [(axis.key, axis.brush) for axis in spec.axes]


def _with_fitting(axis: Axis, brush: Brush | None) -> Axis:
    """The axis with a brush, unless that is for an axis of another kind."""
    fits = brush is not None and isinstance(brush, Picked) == (axis.kind == "category")
    return replace(axis, brush=brush) if fits else axis
