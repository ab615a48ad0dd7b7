"""Which runs had the same code: by the files that they imported, else by the commit and what was changed since.

What a run was started from tells of all files, most of which it never reads: a changed README makes no other method.
Two runs that each had the code of a third had one code, so that it does not matter from which one asks; unless the
files that they imported show that it was not the same. Then a commit does not tell the code, and the files alone do.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from trackside.model.imported import Imported

SameBy = Literal["imported files", "commit and patch"]


class KnownCode(msgspec.Struct, frozen=True):
    """What the code of a run is known by. What has to be read for it is asked for where it is needed.

    `fingerprint` is that of the list that `imported` gives, where this has all code that ran; `started_from` gives what
    stands for the commit and the patch, None where nothing is known of them. A run that has not `ended` well may have
    gone on to import more.
    """

    fingerprint: str | None
    ended: bool
    imported: Callable[[], Imported]
    started_from: Callable[[], str | None]


def by_code(known: Mapping[str, KnownCode]) -> list[list[str]]:
    """The runs that had one code, by their ids: each run that ended well is in one list.

    Any other may have been on the way to several. It is with those that were started from the same; where there are
    none, with those that imported what it had imported, and perhaps more.
    """
    ended = {run: code for run, code in known.items() if code.ended}
    groups = [part for group in _connected(ended) for part in _where_files_agree(group, known)]
    others = sorted(known.keys() - ended.keys(), key=lambda run: (_furthest_first(known[run]), run))
    if not others:
        return groups
    codes = _Codes()
    for group in groups:
        codes.add(group, [known[run] for run in group])
    for run in others:
        found = codes.of(known[run])
        for one in found:
            one.runs.append(run)
        if not found:
            codes.add([run], [known[run]])
    return [one.runs for one in codes.all]


class _OneCode(msgspec.Struct, frozen=True):
    """Runs of one code, by their ids, and all files that they are known to have imported."""

    runs: list[str]
    files: Imported


class _Codes:
    """Codes, as they are found again by what their runs were started from, and by each of their files."""

    def __init__(self) -> None:
        self.all: list[_OneCode] = []
        self._by_start: defaultdict[str | None, list[_OneCode]] = defaultdict(list)
        self._by_file: defaultdict[tuple[str, str | None], list[_OneCode]] = defaultdict(list)

    def add(self, runs: Sequence[str], known: Sequence[KnownCode]) -> None:
        """Add a code that these runs had."""
        one_of_each = {code.fingerprint: code for code in known}
        one = _OneCode(list(runs), {path: name for code in one_of_each.values() for path, name in _list(code).items()})
        self.all.append(one)
        for start in {code.started_from() for code in known}:
            self._by_start[start].append(one)
        for file in one.files.items():
            self._by_file[file].append(one)

    def of(self, code: KnownCode) -> list[_OneCode]:
        """Those to which a run was on the way that did not end well."""
        start, files = code.started_from(), _list(code)
        tells = start is not None or code.fingerprint is None
        started_alike = self._by_start.get(start, []) if tells else []
        found = [one for one in started_alike if all(one.files.get(path, files[path]) == files[path] for path in files)]
        rarest = min((self._by_file.get(file, []) for file in files.items()), key=len, default=[])
        return found or [one for one in rarest if _is_part(files, one.files)]


def told_by(codes: Iterable[KnownCode]) -> SameBy | None:
    """What tells that these runs of one code had it, the weaker where it differs among them; None of a single run."""
    ended_last = sorted(codes, key=lambda code: code.ended)
    if len(ended_last) < 2:
        return None
    apart = {code.fingerprint: code for code in ended_last}
    if None in apart:
        return "commit and patch"
    if len(apart) == 1:
        return "imported files"
    *others, longest = sorted(apart.values(), key=lambda code: len(code.imported()))
    were_on_the_way = all(not code.ended and _is_part(code.imported(), longest.imported()) for code in others)
    return "imported files" if were_on_the_way else "commit and patch"


def _connected(known: Mapping[str, KnownCode]) -> list[list[str]]:
    """The runs that share a list of files or a start with each other, or with others that do."""
    fingerprints = {code.fingerprint for code in known.values()}
    if len(fingerprints) == 1 and None not in fingerprints:
        return [list(known)]
    keys = {run: _keys(code) for run, code in known.items()}
    sharing: defaultdict[Hashable, list[str]] = defaultdict(list)
    for run, some in keys.items():
        for key in some:
            sharing[key].append(run)
    groups: list[list[str]] = []
    placed: set[str] = set()
    for run in known:
        group = [] if run in placed else [run]
        placed.add(run)
        for member in group:
            alike = {other for key in keys[member] for other in sharing.pop(key, ())} - placed
            placed |= alike
            group += alike
        groups += [group] if group else []
    return groups


def _keys(code: KnownCode) -> list[Hashable]:
    """What a run shares with others of its code, what tells it best first; an unknown start only where no list does."""
    start = code.started_from()
    if code.fingerprint is None:
        return [("start", start)]
    return [("files", code.fingerprint), *([("start", start)] if start is not None else [])]


def _where_files_agree(group: list[str], known: Mapping[str, KnownCode]) -> list[list[str]]:
    """The group, or where a file had several contents in it, its parts that one list or else one start tells."""
    one_of_each = {known[run].fingerprint: known[run] for run in group}
    if len(one_of_each) == 1:
        return [group]
    contents = {item for code in one_of_each.values() for item in _list(code).items()}
    if len(contents) == len({path for path, _ in contents}):
        return [group]
    parts: defaultdict[Hashable, list[str]] = defaultdict(list)
    for run in group:
        parts[_keys(known[run])[0]].append(run)
    return list(parts.values())


def _list(code: KnownCode) -> Imported:
    """The files that a run imported; none where their list does not have all code that ran."""
    return code.imported() if code.fingerprint is not None else {}


def _is_part(files: Imported, more: Imported) -> bool:
    return bool(files) and files.items() <= more.items()


def _furthest_first(code: KnownCode) -> tuple[int, str, str]:
    return -len(_list(code)), code.fingerprint or "", code.started_from() or ""
