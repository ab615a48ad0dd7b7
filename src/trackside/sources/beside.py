"""Whether TensorBoard's event files beside those of another format tell the same, so that both are one run."""

import os
from collections.abc import Iterable
from pathlib import Path

from trackside.sources.opening import opened
from trackside.sources.protocol import Folder, SourceError
from trackside.sources.tensorboard.places import event_names

_READ = 1 << 20


def events_tell(folder: Folder, metrics: Iterable[str]) -> bool:
    """Whether an event file of the folder has one of these metrics in its first MiB."""
    return _any_has((folder.path / name for name in folder.files), metrics, folder.tree)


def events_below_tell(folder: Path, metrics: Iterable[str], root: Path) -> bool:
    """The same of the folders in `folder`, which need not exist; links are not followed."""
    try:
        inner = [entry for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False)]
        files = [entry for each in inner for entry in os.scandir(each) if entry.is_file(follow_symlinks=False)]
    except OSError:
        return False
    return _any_has(map(Path, files), metrics, root)


def _any_has(paths: Iterable[Path], metrics: Iterable[str], root: Path) -> bool:
    names = [name.encode() for name in metrics]
    return any(_has(path, names, root) for path in paths if event_names([path.name]))


def _has(path: Path, names: list[bytes], root: Path) -> bool:
    try:
        with opened(path, root) as file:
            content = file.read(_READ)
    except SourceError:
        return False
    return any(name in content for name in names)
