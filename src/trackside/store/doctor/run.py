"""Is a run whole? Its files, and whether what they refer to is there."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from trackside.model import ids, imported
from trackside.model.errors import DamagedError
from trackside.model.run import Code
from trackside.store import aside, console, files, journal, manifest, run_files, said, segments, wholeness
from trackside.store.doctor import content, logs, sealed
from trackside.store.doctor.finding import MERGE, Finding
from trackside.store.doctor.logs import Log
from trackside.store.doctor.sealed import Sealed
from trackside.store.journal import Frame, Kind
from trackside.store.layout import RunPaths, StorePaths
from trackside.store.liveness import lock
from trackside.store.segments import Segment
from trackside.store.wholeness import Verdict

_ATTEMPTS = 5


def examine(run: RunPaths, store: StorePaths, unplaced: Mapping[str, Path]) -> list[Finding]:
    """What is wrong with a run. One whose logs are sealed meanwhile is looked at again.

    `unplaced` are copies of content, by their hashes, that were not put into their places.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return list(_examine(run, store, unplaced))
        except FileNotFoundError:
            continue
    return list(_examine(run, store, unplaced))


def _examine(run: RunPaths, store: StorePaths, unplaced: Mapping[str, Path]) -> Iterator[Finding]:
    root = store.root
    hot = run_files.hot_logs(run)
    placed = segments.sealed(run.segments)
    twice = {stem: wholeness.judge(placed[stem], files.read_plain(hot[stem])) for stem in hot if stem in placed}
    replaceable = {stem for stem, verdict in twice.items() if verdict is Verdict.REPLACEABLE}
    of_segments = {stem: Sealed(segment) for stem, segment in placed.items() if stem not in replaceable}
    of_logs = {stem: Log(path) for stem, path in hot.items() if stem not in of_segments}
    of_edits = [Log(path) for path in files.plain(run.edits)]
    yield from _manifest(run, of_logs, of_segments, root)
    for log in (*of_logs.values(), *of_edits):
        yield from logs.examine(log, run.id, run.aside, root)
    for stem, segment in of_segments.items():
        yield from sealed.examine(segment, run, root)
        if stem in twice:
            yield _sealed_log(hot[stem], segment.segment, twice[stem])
    yield from (sealed.beside_log(placed[stem], hot[stem], run) for stem in sorted(replaceable))
    yield from _missing_logs(run, {*of_logs, *of_segments})
    yield from _half_sealed(run, {*of_logs, *of_segments})
    yield from _console(run)
    frames = [frame for log in of_logs.values() for frame in log.frames]
    frames += [frame for segment in of_segments.values() for frame in segment.frames]
    yield from _content(run, store, frames, unplaced)
    yield from _captured(run, frames)


def _manifest(run: RunPaths, of_logs: dict[str, Log], of_segments: dict[str, Sealed], store: Path) -> Iterator[Finding]:
    alive = any(log.is_written for log in of_logs.values())
    if not run.manifest.exists():
        if alive:
            return
        kept = bool(of_segments) or any(log.chunk.blocks for log in of_logs.values())
        advice = "merge again if that was interrupted, else what a run.json says can be taken from its logs"
        if kept:
            yield Finding(run.manifest, "is missing", advice, repair=partial(_write_manifest, run, store))
        else:
            yield Finding(run.root, "was begun and never became a run", "it holds no value", damage=False)
        return
    try:
        written = said.manifest(files.read_plain(run.manifest))
    except said.NONSENSE:
        advice = f"{MERGE}; else what it said can be taken from the logs"
        yield Finding(run.manifest, "cannot be read", advice, repair=partial(_write_manifest, run, store))
        return
    if written.get("id") != run.id:
        yield Finding(run.manifest, f"is that of run {written.get('id')!r}", MERGE)
    elif written.get("format", 1) > journal.FORMAT:
        yield Finding(run.manifest, "was written by a newer trackside", "update this one to verify it", damage=False)


def _write_manifest(run: RunPaths, store: Path) -> str:
    """A `run.json` that says what the first frames of the logs tell; nothing else is known then."""
    if run.manifest.exists():
        aside.keep(files.read_plain(run.manifest), run.manifest, run.aside, store)
    opened = [log.opened for log in map(Log, files.plain(run.logs)) if log.opened]
    first = min(opened, key=lambda log: log.get("time", 0.0), default={})
    known: dict[str, Any] = {"format": journal.FORMAT, "id": run.id, "created": ids.created(run.id)}
    known |= {key: first[key] for key in ("user", "host", "boot") if key in first}
    files.place(run.manifest, [msgspec.json.encode(known)], manifest.file_mode(store))
    return "made again without name, project, command and first tags"


def _sealed_log(log: Path, segment: Segment, verdict: Verdict) -> Finding:
    """A sealer that was killed at its last step left it, or it came from somewhere else."""
    if verdict is Verdict.CONTRADICTED:
        return Finding(log, "says something else than the segment of its name", "look at both, and move one away")
    if verdict is not Verdict.WHOLE:
        return Finding(log, "says less than the segment of its name, which is damaged", MERGE)

    def remove() -> str:
        with log.open("rb+") as stream:
            if not lock(stream.fileno()) or wholeness.judge(segment, stream.read()) is not Verdict.WHOLE:
                raise DamagedError(f"{log} or the segment of its name was changed meanwhile; look again")
            log.unlink()
        return "removed, for all of it is sealed"

    return Finding(log, "has been sealed and is still there", "readers pass over it", damage=False, repair=remove)


def _missing_logs(run: RunPaths, stems: set[str]) -> Iterator[Finding]:
    """A writer's logs are numbered from 0 on."""
    numbers: dict[str, set[int]] = {}
    for stem in stems:
        writer, _, number = stem.rpartition(".")
        if number.isdecimal():
            numbers.setdefault(writer, set()).add(int(number))
    for writer, found in sorted(numbers.items()):
        for missing in sorted(set(range(max(found))) - found):
            log = run.logs / f"{writer}.{missing}.log"
            yield Finding(log, "is missing, though later ones of its writer are there", MERGE)


def _half_sealed(run: RunPaths, stems: set[str]) -> Iterator[Finding]:
    """Files of a segment that has no pyramid: of no account beside its log, and all there is without it."""
    for path in files.plain(run.segments):
        stem = ".".join(path.name.split(".")[:2])
        if stem not in stems:
            yield Finding(path, "belongs to a segment without its pyramid, and its log is gone", MERGE)


def _console(run: RunPaths) -> Iterator[Finding]:
    """Beside each piece of what was printed lie the moments, and from where on in the whole stream each is."""
    for piece in console.pieces(run.console):
        moments = piece.path.with_suffix(".idx")
        places = [stamp.start for stamp in piece.stamps()]
        if not moments.exists():
            yield Finding(moments, "is missing: lines have no times", MERGE)
        elif places != sorted(places) or any(not 0 <= place - piece.start <= _size(piece.path) for place in places):
            yield Finding(moments, "does not fit what was printed: lines have wrong times", MERGE)


def _size(path: Path) -> int:
    """The size as it is after the moments were read: what they are of may have been printed since it was listed."""
    return path.lstat().st_size


def _content(run: RunPaths, store: StorePaths, frames: list[Frame], unplaced: Mapping[str, Path]) -> Iterator[Finding]:
    for digest, name in sorted(dict(_referred(frames)).items()):
        place = store.blob(digest)
        if place.exists() or store.trashed_blob(digest).exists():
            continue
        problem = f"is missing: {name} of run {run.id}"
        if digest in unplaced:
            repair = partial(content.place, store, unplaced[digest], digest)
            yield Finding(place, problem, "a copy was made and not put into its place; it can be now", repair=repair)
        else:
            yield Finding(place, problem, f"the run was killed while it was kept, or it was removed; {MERGE}")


def _referred(frames: list[Frame]) -> Iterator[tuple[str, str]]:
    """The hashes of the content that frames refer to, without the algorithm's name, and what it is."""
    for frame in frames:
        if frame.kind not in (Kind.STATE, Kind.MIXED):
            continue
        try:
            referring = journal.unpacked(frame.payload)
            for name, artifact in referring.get("artifacts", {}).items():
                yield from ((_hexadecimal(digest), f"artifact {name}") for digest, _ in artifact["files"].values())
            for name, value in referring.get("values", {}).items():
                if isinstance(value, dict):
                    yield _hexadecimal(value["blob"]), f"text {name}"
        except said.NONSENSE:
            continue  # what makes no sense is passed over by every reader


def _hexadecimal(digest: str) -> str:
    return digest.partition(":")[2]


def _captured(run: RunPaths, frames: list[Frame]) -> Iterator[Finding]:
    """The patches and lists, whose names and sizes the run told: one of each time that it was begun or resumed."""
    codes = [code for frame in frames if frame.kind == Kind.STATE and (code := _code(frame)) is not None]
    for name, size in ((code.patch_file, code.patch_bytes) for code in codes):
        patch = files.named(run.root, name)
        if name and (patch is None or patch.lstat().st_size != size):
            yield Finding(run.root / name, "is not as long as what was kept", MERGE)
    told = [(code.imported_file, code.imported or 0) for code in codes if code.imported_file]
    for name, count in dict(sorted(told)).items():  # a list that grew was told of more than once
        kept = files.named(run.root, name)
        if kept is None or len(imported.read(files.read_plain(kept).decode(errors="replace"))) < count:
            yield Finding(run.root / name, "lists fewer files than were imported", MERGE)


def _code(frame: Frame) -> Code | None:
    try:
        return msgspec.convert(said.sections(frame.payload).get("code"), Code | None)
    except said.NONSENSE:
        return None  # what makes no sense is passed over by every reader
