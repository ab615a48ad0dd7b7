"""Which folders below a run's own are of the same run, and how the metrics in them are called."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from trackside.sources.protocol import Folder
from trackside.sources.tensorboard import places

TRAIN, VALIDATION = "train", "validation"
_DEEPEST = 3


class Part(msgspec.Struct, frozen=True):
    """A folder with event files, and what stands before and after a tag in the names of its metrics."""

    path: Path
    before: str = ""
    after: str = ""


def own(folder: Folder) -> list[Part]:
    """The folder itself, if it has event files that are not only there because `add_hparams` makes folders in it."""
    names = places.event_names(folder.files)
    alone = not names or (len(_of_params(folder)) > 1 and all(places.is_blank(folder.path / name) for name in names))
    return [] if alone else [Part(folder.path)]


def below(folder: Folder) -> list[Part]:
    """What Keras, `add_hparams` and `add_scalars` put into folders of their own."""
    if keras := _keras(folder):
        return keras
    if not places.event_names(folder.files):
        return []
    with_params = _of_params(folder)
    return [*with_params[: len(with_params) == 1], *_curves(folder)]


def _keras(folder: Folder) -> list[Part]:
    """The folders of one training of Keras, which makes the second one after the first epoch."""
    held = {
        name: [path.name for path in places.event_files(folder.path / name, folder.tree)]
        for name in (TRAIN, VALIDATION)
        if name in folder.folders
    }
    folder.deep |= TRAIN in held
    if held.get(TRAIN) and (held.get(VALIDATION) or places.by_tensorflow_2(held[TRAIN])):
        return [Part(folder.path / name, before=f"{name}/") for name, files in held.items() if files]
    return []


def _of_params(folder: Folder) -> list[Part]:
    """The folders that `add_hparams` made: one a call. The only one has the params of this run."""
    timed = [name for name in sorted(folder.folders) if places.is_time(name)]
    folder.deep |= bool(timed)
    return [Part(folder.path / name) for name in timed if places.holds_params(folder.path / name, folder.tree)]


def _curves(folder: Folder) -> Iterator[Part]:
    """The folders that `add_scalars` made: one a curve, named by the tag that is in it and what the curve is called.

    torch joins the two with `_`, and puts that for `/` in the tag too; tensorboardX makes folders in folders.
    """
    for name in sorted(folder.folders):
        for path in _with_events(folder.path / name, folder.tree, _DEEPEST):
            tag = places.first_tag(path, folder.tree)
            called = path.relative_to(folder.path).as_posix()
            folder.deep |= tag is None
            if tag and called.startswith((f"{tag}/", f"{tag.replace('/', '_')}_")):
                folder.deep |= path.parent != folder.path
                yield Part(path, after=f"/{called[len(tag) + 1 :]}")


def _with_events(folder: Path, root: Path, levels: int) -> Iterator[Path]:
    if next(places.event_files(folder, root), None):
        yield folder
    elif levels > 1:
        for inner in places.folders(folder):
            yield from _with_events(inner, root, levels - 1)
