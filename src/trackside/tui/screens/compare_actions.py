"""What the keys of the Compare screen ask a person and decide: which point counts, what bars no claim, the baseline."""

from abc import abstractmethod
from glob import escape

from msgspec.structs import replace

from trackside.compare.guard import acceptable
from trackside.compare.points import At, parse_at
from trackside.model.errors import UsageError
from trackside.services.comparison.acknowledging import accept
from trackside.services.comparison.comparing import Asked
from trackside.services.comparison.detecting import wanted_difference
from trackside.services.comparison.point_words import POINT_WORDS
from trackside.services.comparison.view import ComparisonView
from trackside.services.comparison.words import reason_sentence
from trackside.services.metrics.curves import told_apart
from trackside.services.project import decisions
from trackside.tui.compare_tabs.summary import SummaryTab
from trackside.tui.edits import Edits
from trackside.tui.keys.changing import changing
from trackside.tui.screens.picker import Choice, Picker
from trackside.tui.widgets.prompt import Prompt

_TYPED = {"mean-last": ("K", "10"), "step": ("N", "5000"), "time": ("T", "1h")}
"""Of the points that are chosen by a number: what stands for it, and an example."""


def _is_numbered(typed: str) -> bool:
    """Whether it is a point by its number, whole as `step=5000`."""
    try:
        return parse_at(typed).kind in _TYPED
    except UsageError:
        return False


class CompareActions(Edits):
    """Actions on what is asked and on the cell under the cursor. The screen compares, and tells."""

    asked: Asked
    difference = ""
    """One that seeds are to find, as it was typed."""

    view: ComparisonView | None

    @property
    @abstractmethod
    def summary(self) -> SummaryTab:
        """The tab whose cursor is meant."""

    @abstractmethod
    def say(self, text: str) -> None:
        """Tell a line."""

    @abstractmethod
    def compare(self, asked: Asked) -> None:
        """Compare this from now on."""

    def edited_runs(self) -> list[str]:
        """The run that the side under the cursor is called after."""
        side = self.summary.side
        return [] if side is None else [side.lead.id]

    def action_choose_point(self) -> None:
        """Which point of a curve counts: one of a list, or one by a number that is typed."""

        def chosen(kind: str | None) -> None:
            if kind in _TYPED:
                self._ask_for_point(kind)
            elif kind is not None:
                self.compare(replace(self.asked, at=parse_at(kind)))

        letters = {kind: letter for kind, (letter, _) in _TYPED.items()}
        now = self.asked.at
        choices = [
            Choice(
                kind,
                str(now) if kind == now.kind else f"{kind}={letters[kind]}" if kind in letters else kind,
                said.format(letters.get(kind)),
            )
            for kind, said in POINT_WORDS.items()
        ]
        self.app.push_screen(Picker("which point counts", choices, now.kind, accepts=_is_numbered), chosen)

    def _ask_for_point(self, kind: str) -> None:
        def at(said: str) -> At:
            return parse_at(f"{kind}={said.strip().removeprefix(f'{kind}=')}")

        def answered(said: str | None) -> None:
            if said is not None and said.strip():
                self.compare(replace(self.asked, at=at(said)))

        prompt = Prompt(f"which point counts: {kind}=", says=f"a number, such as {_TYPED[kind][1]}", check=at)
        self.app.push_screen(prompt, answered)

    def action_detect(self) -> None:
        """How many seeds would find a difference that is typed."""
        says = "such as 0.002, or 0.5% of the baseline: the lines below the table tell, metric by metric"

        def answered(said: str | None) -> None:
            if said is not None:
                self.difference = said.strip()
                self.compare(self.asked)

        prompt = Prompt("how many seeds would find a difference of", self.difference, says, check=wanted_difference)
        self.app.push_screen(prompt, answered)

    @changing
    def action_acknowledge(self) -> None:
        """Accept, once for the project and with a note, what bars a claim in the cell under the cursor."""
        cell, view = self.summary.cell, self.view
        reason = next(filter(acceptable, cell.reasons), None) if cell is not None else None
        if reason is None or view is None or view.comparison is None:
            self.say("nothing bars a claim here")
            return
        project = view.comparison.baseline.lead.project
        self._ask(
            Prompt(
                "why is this no obstacle?",
                says=f"{reason_sentence(reason)}\nenter accepts it in all of {project}",
                needs="a note is needed: it is shown wherever this was accepted; escape accepts nothing",
            ),
            lambda note: accept(self.context.store, project, reason, note),
        )

    @changing
    def action_ignore_param(self) -> None:
        """Let the param under the cursor not matter to what replicates are, else one that keeps near ones apart."""
        place, view = self.summary.place, self.view
        if view is None or view.comparison is None:
            return
        project = view.comparison.baseline.lead.project
        near = list(dict.fromkeys(near.param for side in view.sides for near in side.near))

        def ignore(param: str | None) -> None:
            if param is not None:
                self.edit(lambda: decisions.ignore(self.context.store, project, [escape(param)]))

        if place is not None and place.kind == "param":
            ignore(place.name)
        elif len(near) > 1:
            self.app.push_screen(Picker("which param does not matter?", near), ignore)
        elif near:
            ignore(near[0])
        else:
            self.say("ignoring is for a param: put the cursor on one")

    @changing
    def action_set_baseline(self) -> None:
        """Make the side under the cursor the baseline; where nothing is compared yet, one of the runs."""
        view = self.view
        if view is None or view.project is None:
            return
        side = self.summary.side
        if side is None:
            names = told_apart(view.runs)
            choices = [Choice(run.id, names[run.id]) for run in view.runs]
            self.app.push_screen(Picker("baseline", choices), lambda picked: self._make_baseline(view, picked))
        elif side is view.sides[0]:
            self.say(f"{side.lead.name} is what all are compared with")
        else:
            self._make_baseline(view, side.lead.id)

    def _make_baseline(self, view: ComparisonView, run_id: str | None) -> None:
        """The former baseline stays in sight, as a candidate."""
        if run_id is None or view.project is None:
            return
        project = view.project
        self.asked = replace(self.asked, runs=tuple(dict.fromkeys(run.id for run in view.runs)))
        self.edit(lambda: decisions.set_baseline(self.context.store, project, run_id))

    def action_go_to_baseline(self) -> None:
        """The cursor, to the baseline's column."""
        self.summary.go_to_baseline()
