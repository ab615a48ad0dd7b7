"""Code: the commit, and what the work tree had that the commit did not."""

from textual import work

from trackside.model.run import Code
from trackside.services.overview import RunOverview
from trackside.tui.context import Context
from trackside.tui.tabs.tab import LinesTab
from trackside.tui.widgets.lines import Line, pairs

_PREFIXES = (("+++", "head"), ("---", "head"), ("diff ", "head"), ("@@", "hunk"), ("+", "add"), ("-", "remove"))


class CodeTab(LinesTab):
    """Git's words about the code, then the patch, coloured by the first characters of its lines."""

    label = "Code"

    def __init__(self, context: Context, run_id: str) -> None:
        super().__init__(context, run_id)
        self._patch: list[Line] | None = None

    def show(self, view: RunOverview) -> None:
        """Show the code's version; the patch, which never changes, is read once."""
        self.sheet.show(_head(view.run.code) + (self._patch or []))
        if self._patch is None:
            self._load(view.run.code)

    @work(thread=True, exclusive=True, group="patch", exit_on_error=False)
    def _load(self, code: Code) -> None:
        patch = self.context.store.patch(self.run_id)
        self.call_later(self._arrived, code, patch)

    def _arrived(self, code: Code, patch: str | None) -> None:
        if patch:
            self._patch = [Line.of("Patch", "head"), *map(patch_line, patch.splitlines())]
            self.sheet.show(_head(code) + self._patch)


def patch_line(line: str) -> Line:
    """A line of a patch in the style of its prefix."""
    style = next((style for prefix, style in _PREFIXES if line.startswith(prefix)), "")
    return Line.of(line.expandtabs(4), style, hang=None)


def _head(code: Code) -> list[Line]:
    if code.commit is None and code.branch is None:
        return [Line.of("This run was not started from a git repository.", "dim"), Line.of("")]
    tree = {None: "", True: _dirty(code), False: _clean(code)}[code.dirty]
    known = [
        ("commit", code.commit or "none yet"),
        ("branch", code.branch or ""),
        ("remote", code.remote or ""),
        ("work tree", tree),
        ("patch", "" if code.patch_bytes is None else f"{code.patch_bytes:,} bytes"),
    ]
    return [Line.of("Version", "head"), *pairs(known, width=10), Line.of("")]


def _dirty(code: Code) -> str:
    return "differs from the commit" if code.patch_bytes else "differs from the commit; how was not kept"


def _clean(code: Code) -> str:
    return "as committed, and untracked files" if code.patch_bytes else "clean: as committed"
