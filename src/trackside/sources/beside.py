"""Whether TensorBoard's event files beside another format's tell the same: then they, which have times, are the run."""

from collections.abc import Iterable
from pathlib import Path

from trackside.sources.opening import opened
from trackside.sources.protocol import Folder, SourceError

_EVENTS = "tfevents"
_READ = 1 << 20


def events_name(folder: Folder, metrics: Iterable[str]) -> bool:
    """Whether an event file of the folder has one of these metrics in its first MiB."""
    names = [name.encode() for name in metrics]
    return any(_has(folder.path / name, names) for name in folder.files if _EVENTS in name)


def _has(path: Path, names: list[bytes]) -> bool:
    try:
        with opened(path) as file:
            content = file.read(_READ)
    except SourceError:
        return False
    return any(name in content for name in names)
