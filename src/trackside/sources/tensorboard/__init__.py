"""TensorBoard's event files: a run is a folder that holds some, with what is below it of the same training.

Keras's `train` and `validation` are one run; so are a run and the folders that `add_scalars` makes in it, and the one
that `add_hparams` makes, unless it made several: these are runs of their own, as in a sweep.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from trackside.model.bounds import LATEST
from trackside.model.foreign import Found, Item
from trackside.sources import trainer_output
from trackside.sources.opening import stamp_of
from trackside.sources.protocol import Folder, SourceError
from trackside.sources.tensorboard import parts, places
from trackside.sources.tensorboard.places import PARAMS, Beginning, Kind


class TensorBoard:
    """The source of event files."""

    name = "tensorboard"

    def sniff(self, folder: Folder) -> bool:
        """By the names of files, and of the folder that Keras makes; `discover` reads how files begin."""
        return parts.TRAIN in folder.folders or bool(places.event_names(folder.files))

    def discover(self, folder: Folder) -> Iterator[Found]:
        """The run of this folder, once it has an event."""
        below = parts.below(folder)
        whole = [*parts.own(folder), *below]
        files = [path for part in whole for path in places.event_files(part.path, folder.tree)]
        first = _first(sorted(files, key=lambda path: path.name), folder.tree)
        if first is None:
            return
        path, begun = first
        folder.files.difference_update(places.event_names(folder.files))
        folder.folders.difference_update(part.path.relative_to(folder.path).parts[0] for part in below)
        created = begun.time if 0 < begun.time < LATEST else places.seconds_of(path.name)
        extra = {
            "names": [[part.before, part.after] for part in whole],
            "created": path.stat().st_mtime if created is None else created,
            "host": places.host_of(path.name),
        }
        identity = f"{path.name}|{begun.time!r}|{folder.path.name}"
        yield Found(self.name, identity, str(folder.path), tuple(part.path for part in whole), extra, folder.tree)

    def join(self, found: Sequence[Found]) -> Iterable[Found]:
        """As they are: what is one run is found as one."""
        return found

    def stamp(self, run: Found) -> Any:
        """Sizes, times and inodes of its event files, of its params, and of the trainer's files around it."""
        own = Path(run.address)
        files = [path for part in run.paths for path in places.event_files(part, run.tree)]
        output = trainer_output.around(own, run.tree)
        around = [] if output is None else trainer_output.files(output, run.tree)
        return stamp_of([*files, own / PARAMS, *around], own)

    def follow(self, run: Found, since: Any) -> Iterator[Item]:
        """File by file in the order in which they were begun, each to its end."""
        from trackside.sources.tensorboard.reading import follow

        return follow(run, since)


def _first(files: Iterable[Path], root: Path) -> tuple[Path, Beginning] | None:
    """The first file that has an event. SourceError where all there is was meant to be one."""
    others: dict[Kind, Path] = {}
    for path in files:
        begun = places.beginning(path, root)
        if begun.kind is Kind.EVENTS:
            return path, begun
        others.setdefault(begun.kind, path)
    for kind in (Kind.POINTER, Kind.ZEROS, Kind.DAMAGED, Kind.TORN, Kind.UNBORN):
        if kind in others:
            raise SourceError(f"{others[kind]}: {kind.value}")
    return None
