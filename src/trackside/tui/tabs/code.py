"""Code: the commit, and what the work tree had that the commit did not."""

from trackside.model.run import Code
from trackside.services.overview import RunOverview
from trackside.services.systems import unknown
from trackside.tui.tabs.with_file import WithFileTab
from trackside.tui.widgets.lines import Line, pairs

_NO_GIT = "This run was not started from a git repository."
_PREFIXES = (
    ("+++", "head"),
    ("---", "head"),
    ("diff ", "head"),
    ("index ", "dim"),
    ("# ", "warn"),
    ("@@", "hunk"),
    ("+", "add"),
    ("-", "remove"),
)


class CodeTab(WithFileTab):
    """Git's words about the code, then the patch, coloured by the first characters of its lines."""

    label = "Code"

    def lines(self, view: RunOverview) -> list[Line]:
        """The code's version."""
        code, source = view.run.code, view.run.source
        if code.commit is None and code.branch is None:
            said = unknown(source, "this run's code", _NO_GIT)
            return [*(Line.of(sentence, "dim") for sentence in said), Line.of("")]
        known = [
            ("commit", code.commit or "none yet"),
            ("branch", code.branch or ""),
            ("remote", code.remote or ""),
            ("work tree", _work_tree(code)),
            ("patch", "" if code.patch_bytes is None else f"{code.patch_bytes:,} bytes"),
        ]
        return [Line.of("Version", "head"), *pairs(known, width=10), Line.of("")]

    def read(self) -> str | None:
        """The patch."""
        return self.context.store.patch(self.run_id)

    def file_lines(self, text: str) -> list[Line]:
        """The patch in colours."""
        return [Line.of("Patch", "head"), *map(patch_line, text.splitlines())]


def patch_line(line: str) -> Line:
    """A line of a patch in the style of its prefix."""
    style = next((style for prefix, style in _PREFIXES if line.startswith(prefix)), "")
    return Line.of(line.expandtabs(4), style, hang=None)


def _work_tree(code: Code) -> str:
    if code.dirty is None:
        return ""
    if code.dirty:
        return "differs from the commit" if code.patch_bytes else "differs from the commit; how was not kept"
    return "as committed, and untracked files" if code.patch_bytes else "clean: as committed"
