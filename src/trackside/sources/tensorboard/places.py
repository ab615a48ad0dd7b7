"""Which files are event files, and which folders of them are one run. Reads names, and the beginnings of files."""

import os
import re
import struct
from collections.abc import Iterable, Iterator
from enum import Enum
from pathlib import Path

import msgspec

from trackside.sources.inside import lies_in
from trackside.sources.opening import opened
from trackside.sources.protobuf import Message, ProtobufError
from trackside.sources.protocol import SourceError

PARAMS = "hparams.yaml"

_IN_NAME = "tfevents"
_NO_EVENTS = ".profile-empty"
_TENSORFLOW_2 = ".v2"
_NAME = re.compile(r"tfevents\.(?P<seconds>\d{9,11})\.(?P<host>.+)")
_COUNTED = re.compile(r"(?P<host>.+)\.\d+\.\d+(\.\D.*)?")
_TIME_FOR_NAME = re.compile(r"\d{9,11}\.\d+")
_POINTER = b"version https://git-lfs"
_HPARAMS = b"_hparams_/"
_SUMMARY = 5
_READ = 64 << 10
_BEGINNING = 4 << 10
_VERSION_BYTES = 128

_LOG_FOLDERS = frozenset(
    {"runs", "logs", "log", "logdir", "log_dir", "lightning_logs", "tensorboard", "tensorboard_logs", "tb", "tb_logs"}
    | {"tensorboardx", "tensorboard_runs", "summaries", "events", "tfevents", "train_logs"}
)
_LEVELS = 4


class Kind(Enum):
    """What a file is that is named as event files are."""

    EVENTS = "event file"
    UNBORN = "no run in it yet: its writer has not written so far, or was killed before"
    TORN = "ends within its first record"
    POINTER = "a Git LFS pointer instead of an event file; `git lfs pull` fetches the file"
    ZEROS = "nothing but zeros, as a crash of the machine leaves it"
    DAMAGED = "begins with no record of an event"
    OTHER = "no event file, though its name has a sign of one"


class Beginning(msgspec.Struct, frozen=True):
    """What a file is by its first bytes, and the time of its first event."""

    kind: Kind
    time: float = 0.0


class Called(msgspec.Struct, frozen=True):
    """What a run is called by where it lies."""

    name: str
    project: str
    group: str | None = None


def event_names(names: Iterable[str]) -> list[str]:
    """Those names that event files have, which begin with the time at which each was begun, in that order."""
    return sorted(name for name in names if _IN_NAME in name and not name.endswith(_NO_EVENTS))


def by_tensorflow_2(names: Iterable[str]) -> bool:
    """Whether TensorFlow 2 wrote any of these event files, as it does for Keras."""
    return any(name.endswith(_TENSORFLOW_2) for name in names)


def is_time(name: str) -> bool:
    """Whether a folder is named as `add_hparams` names the one that it makes."""
    return _TIME_FOR_NAME.fullmatch(name) is not None


def host_of(name: str) -> str | None:
    """The host that the name of an event file states; before a process and a counter, where these follow."""
    found = _NAME.search(name)
    if found is None:
        return None
    rest = found["host"].removesuffix(_TENSORFLOW_2)
    counted = _COUNTED.fullmatch(rest)
    return counted["host"] if counted else rest


def seconds_of(name: str) -> float | None:
    """When an event file was begun, by its name."""
    found = _NAME.search(name)
    return None if found is None else float(found["seconds"])


def beginning(path: Path, root: Path) -> Beginning:
    """What a file is. SourceError where it cannot be opened."""
    from trackside.sources.tensorboard.framing import HEADER, length_of

    with opened(path, root) as file:
        data = file.read(_BEGINNING)
    if data.startswith(_POINTER):
        return Beginning(Kind.POINTER)
    if data and not data.strip(b"\0"):
        return Beginning(Kind.ZEROS)
    if len(data) < HEADER:
        return Beginning(Kind.TORN if data else Kind.UNBORN)
    length = length_of(data[:HEADER])
    if length is None:
        return Beginning(Kind.DAMAGED if _NAME.search(path.name) else Kind.OTHER)
    event = data[HEADER : HEADER + length]
    if len(event) < min(length, _BEGINNING - HEADER):
        return Beginning(Kind.TORN)
    timed = event.startswith(b"\x09") and len(event) >= 9
    return Beginning(Kind.EVENTS, struct.unpack_from("<d", event, 1)[0] if timed else 0.0)


def holds_params(folder: Path, root: Path) -> bool:
    """Whether the first event file of a folder begins with params."""
    return _HPARAMS in next(_contents(folder, root), b"")


def first_tag(folder: Path, root: Path) -> str | None:
    """The first tag in the first event file of a folder; None as long as it has none."""
    from trackside.sources.tensorboard.framing import FOOTER, HEADER, length_of

    data, at = next(_contents(folder, root), b""), 0
    try:
        while len(data) - at >= HEADER and (length := length_of(data[at : at + HEADER])) is not None:
            event = Message(data[at + HEADER : at + HEADER + length])
            if value := event.message(_SUMMARY).each(1):
                return Message(value[0]).text(1)
            at += HEADER + length + FOOTER
    except ProtobufError:
        pass
    return None


def _contents(folder: Path, root: Path) -> Iterator[bytes]:
    """The beginnings of the event files of a folder."""
    for path in event_files(folder, root):
        try:
            with opened(path, root) as file:
                yield file.read(_READ)
        except SourceError:
            continue


def event_files(folder: Path, root: Path) -> Iterator[Path]:
    """The event files of a folder that can be listed, in their order; of links those that stay below `root`."""
    try:
        with os.scandir(folder) as listed:
            entries = {entry.name: entry for entry in listed}
    except OSError:
        return
    for name in event_names(entries):
        entry = entries[name]
        if entry.is_symlink():
            path = folder / name
            if lies_in(path, root) and path.is_file():
                yield path
        elif entry.is_file(follow_symlinks=False):
            yield folder / name


def folders(folder: Path) -> list[Path]:
    """The folders in a folder, in order, links left out; none where it cannot be listed."""
    try:
        return sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.is_symlink())
    except OSError:
        return []


def is_blank(path: Path) -> bool:
    """Whether an event file has at most the record that says which version it is of."""
    return path.stat().st_size <= _VERSION_BYTES


def called(folder: Path) -> Called:
    """By its path from the folder of all logs, which is known by its name, and else is the one above."""
    parents = [parent for parent in folder.parents if parent.name][:_LEVELS]
    for levels, parent in enumerate(parents):
        if parent.name.lower() in _LOG_FOLDERS:
            between = folder.parent.relative_to(parent).as_posix() if levels else None
            return Called(folder.name, parent.name, between)
    project = parents[0].name if parents else folder.name
    return Called(folder.name or "run", project or "runs", None)
