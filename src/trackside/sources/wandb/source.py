"""Weights & Biases: where runs lie, and which folders are one run."""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from msgspec.structs import replace

from trackside.model.foreign import Found, Item
from trackside.sources import opening
from trackside.sources.protocol import Folder, SourceError

_LOG = re.compile(r"run-(.+)\.wandb")
_RUN_FOLDER = re.compile(r"(offline-)?run-\d{8}_\d{6}-.+")
_STAMPED = ("files", "files/wandb-metadata.json", "files/requirements.txt", "files/diff.patch")


class Wandb:
    """Folders `run-<time>-<id>` and `offline-run-<time>-<id>`, each with a log `run-<id>.wandb`."""

    name = "wandb"

    def sniff(self, folder: Folder) -> bool:
        """Whether a log lies here, or links to runs that lie here."""
        return bool(_logs(folder)) or any(map(_RUN_FOLDER.fullmatch, folder.folders))

    def discover(self, folder: Folder) -> Iterator[Found]:
        """The run whose log lies here. A run is told by what its log says: entity, project and id."""
        if any(map(_RUN_FOLDER.fullmatch, folder.folders)):
            folder.folders.discard("latest-run")
        logs = _logs(folder)
        if not logs:
            return
        found = []
        for name in logs:
            try:
                found.append(_found(folder, name))
            except SourceError as error:
                folder.unread.append(error)
        if found or _RUN_FOLDER.fullmatch(folder.path.name):
            folder.folders.clear()
            folder.files.clear()
        yield from found

    def join(self, found: Sequence[Found]) -> Iterable[Found]:
        """Runs that were resumed into several folders as one; a copy of a folder is no second one."""
        for _, parts in itertools.groupby(sorted(found, key=_in_order), lambda run: run.identity):
            once = list({_started(run): run for run in parts}.values())
            starts = [_started(run) for run in once]
            yield replace(once[0], paths=tuple(run.paths[0] for run in once), extra={"started": starts})

    def stamp(self, run: Found) -> Any:
        """Sizes, times and inodes of its logs and of what stands beside them."""
        root = run.paths[0].parent.parent
        return opening.stamp_of(
            [path for log in run.paths for path in (log, *(log.parent / name for name in _STAMPED))], root
        )

    def follow(self, run: Found, since: Any) -> Iterator[Item]:
        """What the run has since `since`; see `Source`."""
        from trackside.sources.wandb.follow import follow

        return follow(run, since)


def _logs(folder: Folder) -> list[str]:
    return sorted(filter(_LOG.fullmatch, folder.files))


def _found(folder: Folder, name: str) -> Found:
    """The run that a log is of. SourceError where it does not say yet which one it is."""
    from trackside.sources.wandb.beginning import beginning

    log = folder.path / name
    run = beginning(log, folder.tree)
    identity = "/".join(part for part in (run.entity, run.project, run.run_id) if part)
    return Found(Wandb.name, identity, str(log.parent), (log,), {"started": [run.started or 0.0]}, folder.tree)


def _started(run: Found) -> float:
    return float(run.extra["started"][0])


def _in_order(run: Found) -> tuple[str, float, int, bool]:
    """By run, then by start; of copies of one folder, the longest last, and `latest-run` never after its like."""
    size = 0
    with suppress(OSError):
        size = run.paths[0].stat().st_size
    return run.identity, _started(run), size, run.paths[0].parent.name != "latest-run"
