"""Code: the commit, which files were imported, and what the work tree had that the commit did not."""

from itertools import islice

from trackside.model.counting import counted
from trackside.model.imported import Imported
from trackside.model.run import Code
from trackside.services.overview import RunOverview
from trackside.services.systems import unknown
from trackside.tui.tabs.with_file import WithFileTab
from trackside.tui.widgets.lines import Line, pairs

_MOST = 50
_HASH = 8
_CHANGED = "changed"
"""Stands for what a file held when it was imported, where that is not known."""

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
    """Git's words about the code, the files that were imported, then the patch, coloured by how its lines begin."""

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

    def named(self, view: RunOverview) -> object:
        """The list of what was imported, and the patch."""
        code = view.run.code
        return (code.imported_file, code.imported, code.patch_file, code.patch_bytes)

    def read(self) -> list[Line]:
        """The list, then the patch in colours."""
        imported, patch = self.context.store.imported(self.run_id), self.context.store.patch(self.run_id)
        shown = _imported(imported) if imported else []
        return [*shown, Line.of("Patch", "head"), *map(patch_line, patch.splitlines())] if patch else shown


def patch_line(line: str) -> Line:
    """A line of a patch in the style of its prefix."""
    style = next((style for prefix, style in _PREFIXES if line.startswith(prefix)), "")
    return Line.of(line.expandtabs(4), style, hang=None)


def _imported(files: Imported) -> list[Line]:
    """How many files were imported, and the first of them, each with the beginning of what git calls its content."""
    shown = [Line.of(f"{(name or _CHANGED)[:_HASH]:{_HASH}}  {path}") for path, name in islice(files.items(), _MOST)]
    more = [Line.of(f"… and {len(files) - _MOST:,} more", "dim")] if len(files) > _MOST else []
    return [Line.of(f"Imported, {counted(len(files), 'file')}", "head"), *shown, *more, Line.of("")]


def _work_tree(code: Code) -> str:
    if code.dirty is None:
        return ""
    if code.dirty:
        return "differs from the commit" if code.patch_bytes else "differs from the commit; how was not kept"
    return "as committed, and untracked files" if code.patch_bytes else "clean: as committed"
