"""Code: the commit, which files were imported, and what the work tree had that the commit did not, file by file."""

from collections.abc import Sequence
from itertools import islice

import msgspec

from trackside.model.counting import counted
from trackside.model.imported import Imported
from trackside.model.run import Code
from trackside.services.places.systems import unknown
from trackside.services.run import patch_view
from trackside.services.run.overview import RunOverview
from trackside.services.run.patch_view import PatchFile, PatchView
from trackside.services.sharing.export import ANY_END, Export, file_name
from trackside.tui.context import Context
from trackside.tui.messages import Told
from trackside.tui.tabs.with_file import WithFileTab
from trackside.tui.terminal import is_plain
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


_FOLDED_FROM = 1_000
"""A patch of more lines comes folded."""


class _Files(msgspec.Struct, frozen=True):
    """What is kept of the code. `below` are the lines below the head of each file of the patch."""

    imported: Imported
    patch: PatchView
    below: Sequence[Sequence[Line]]


class _File(msgspec.Struct, frozen=True):
    """A line that belongs to a file of the patch; its head is the one that folds."""

    path: str
    is_head: bool = False
    is_hunk: bool = False


class CodeTab(WithFileTab[_Files]):
    """Git's words about the code, the files that were imported, then the patch, coloured by how its lines begin.

    The files of the patch fold. Without a search `n` and `N` go from hunk to hunk.
    """

    label = "Code"

    def __init__(self, context: Context, run_id: str) -> None:
        super().__init__(context, run_id)
        self._folded: frozenset[str] = frozenset()

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

    def read(self) -> _Files:
        """The list of what was imported, and the patch."""
        store = self.context.store
        patch = patch_view.view(store.patch(self.run_id) or "")
        return _Files(store.imported(self.run_id), patch, [_below_head(part) for part in patch.files])

    def file_lines(self, file: _Files) -> list[Line]:
        """The list, then the patch in colours, of a folded file its head."""
        shown = _imported(file.imported) if file.imported else []
        if not file.patch.size:
            return shown
        shown += [Line.of("Patch", "head"), *map(patch_line, file.patch.head)]
        for part, below in zip(file.patch.files, file.below, strict=True):
            folded = part.path in self._folded
            shown.append(_head(part, folded=folded))
            shown += () if folded else below
        return shown

    def arrived(self, file: _Files) -> None:
        """A long patch comes folded."""
        if file.patch.size > _FOLDED_FROM:
            self._folded = frozenset(part.path for part in file.patch.files)
        super().arrived(file)

    def open(self) -> None:
        """Fold or unfold the file under the cursor."""
        if (at := self._at) is None:
            super().open()
        else:
            self._fold(self._folded ^ {at.path}, at.path)

    def sideways(self, steps: int) -> None:
        """Unfold the file under the cursor to the right, fold it to the left; what is unfolded already is scrolled."""
        at = self._at
        if at is not None and at.is_head and (at.path in self._folded) == (steps > 0):
            self.open()
        elif at is not None and steps < 0 and not self.sheet.scroll_offset.x:
            self._fold(self._folded | {at.path}, at.path)
        else:
            super().sideways(steps)

    def find(self, text: str) -> str:
        """Look for `text`, also in what is folded."""
        if text and self._folded:
            self._folded = frozenset()
            self.show_lines()
        return super().find(text)

    def to_match(self, direction: int) -> None:
        """Go to the next or previous line found; where nothing is searched for, hunk."""
        if self.looked_for:
            super().to_match(direction)
            return
        at = self.sheet.cursor
        places = [number for number, line in enumerate(self.sheet.lines) if _is_stop(line.target)]
        if not places:
            self.post_message(Told("there is no patch"))
        elif direction > 0:
            self.sheet.to_line(next((place for place in places if place > at), places[0]))
        else:
            self.sheet.to_line(next((place for place in reversed(places) if place < at), places[-1]))

    def to_save(self) -> Export | None:
        """The patch, as it is kept."""
        if self.view is None or self.file is None or not self.file.patch.size:
            return None
        store, run_id = self.context.store, self.run_id

        def content() -> bytes:
            return (store.patch(run_id) or "").encode(errors="surrogateescape")

        return Export("the patch", file_name(self.view.run.name, ".patch"), {ANY_END: content})

    @property
    def _at(self) -> _File | None:
        target = self.sheet.lines[self.sheet.cursor].target if self.sheet.lines else None
        return target if isinstance(target, _File) else None

    def _fold(self, folded: frozenset[str], path: str) -> None:
        self._folded = folded
        self.show_lines()
        head = _File(path, is_head=True)
        self.sheet.to_line(next(number for number, line in enumerate(self.sheet.lines) if line.target == head))


def _is_stop(target: object) -> bool:
    """Whether `n` stops there: at each hunk and at the head of each file."""
    return isinstance(target, _File) and (target.is_hunk or target.is_head)


def _head(file: PatchFile, *, folded: bool) -> Line:
    sign = ("v", ">")[folded] if is_plain() else ("▾", "▸")[folded]
    counts = ((f"  +{file.added:,}", "add"), (f"  -{file.removed:,}", "remove"))
    return Line(((f"{sign} {file.path}", "head"), *counts), _File(file.path, is_head=True), None)


def _below_head(file: PatchFile) -> list[Line]:
    hunk, other = _File(file.path, is_hunk=True), _File(file.path)
    return [Line(patch_line(text).parts, hunk if text.startswith("@@") else other, None) for text in file.lines]


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
