"""Artifacts that a run logged, and the files in its folder."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trackside.model.foreign import Content, File, Item, Remark
from trackside.model.visible import visible
from trackside.sources.inside import lies_in
from trackside.sources.protobuf import Message
from trackside.sources.wandb.state import State

OWN_FILES = frozenset(
    (
        "config.yaml",
        "wandb-metadata.json",
        "wandb-summary.json",
        "wandb-history.jsonl",
        "wandb-events.jsonl",
        "output.log",
        "requirements.txt",
        "diff.patch",
    )
)
"""What the client itself keeps in `files/`; the run's facts and its console have it."""

_OWN_TYPES = frozenset(("run_table", "job"))
_MOST_FILES = 100_000


def logged(state: State, message: Message) -> Iterator[Item]:
    """An artifact: a data set is what the run has to do with; of others, what lies elsewhere is told.

    Their content lies in a folder of the user's, not of the run's, and goes when it is uploaded.
    """
    kind, name = message.text(4), message.text(5)
    if kind in _OWN_TYPES:
        return
    contents = message.message(12).messages(4)
    size = sum(content.signed(4) for content in contents)
    if kind == "dataset":
        references = [content.text(3) for content in contents if 3 in content]
        uri = references[0] if len(references) == 1 == len(contents) else f"wandb-artifact:{name}"
        digest = message.text(6)
        told = {"uri": uri, "fingerprint": f"md5:{digest}" if digest else None, "files": len(contents), "bytes": size}
        state.data[name] = told
    else:
        what = f"artifact {visible(name)} ({visible(kind)}, {size:,} bytes)"
        yield Remark(f"{what} lies outside of the run's folder; it is not read")


def in_folder(state: State, folder: Path, run: Path) -> Iterator[Item]:
    """The files in a run's folder `folder` that were not told before, or are other than they were.

    Links are followed as far as they stay within `run`.
    """
    outside = 0
    if not lies_in(folder, run):
        yield Remark(f"{visible(run.name)}: the folder of its files is a link that leads out of it; it is not read")
        return
    for path, entry in _walked(folder):
        if path in OWN_FILES:
            continue
        try:
            if entry.is_symlink() and not Path(entry.path).resolve(strict=True).is_relative_to(run.resolve()):
                outside += 1
                continue
            if not entry.is_file():
                continue
            found = entry.stat()
        except (OSError, RuntimeError):
            continue
        key = f"{run.name}/{path}"
        seen = [found.st_size, found.st_mtime_ns]
        if state.listed.get(key) != seen:
            state.listed[key] = seen
            yield _file(path, entry, found, state.media.pop(path, None))
    if outside:
        yield Remark(f"{visible(run.name)}: {outside:,} of its files are links that lead out of it; they are not read")


def _file(path: str, entry: "os.DirEntry[str]", found: os.stat_result, media: list[Any] | None) -> File:
    kind, step, time = media or [_kind(path), None, None]
    content = {entry.name: Content(Path(entry.path).resolve(), found.st_size)}
    return File(path, kind, content, found.st_mtime if time is None else time, step)


def _kind(path: str) -> str:
    first = path.partition("/")[0]
    return first if first in ("media", "code") else "file"


def _walked(folder: Path) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
    """What lies in a folder and those below it, by its path in it; linked folders are not opened."""
    left = [(str(folder), "")]
    count = 0
    while left:
        path, inner = left.pop()
        try:
            with os.scandir(path) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in found:
            name = f"{inner}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                left.append((entry.path, f"{name}/"))
                continue
            count += 1
            if count > _MOST_FILES:
                return
            yield name, entry
