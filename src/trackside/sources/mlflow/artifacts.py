"""The artifacts of runs, found again beside the store, wherever that was moved to.

MLflow keeps an absolute address, often of another machine. Only what lies in the tree that was opened is read, and what
lies where MLflow's server puts artifacts by itself: in `mlartifacts` beside the store.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zlib import crc32

import msgspec

from trackside.model.foreign import Content, File
from trackside.sources.mlflow.folders import content_of, files_in

ARTIFACTS = "artifacts"
MOST = 100_000
"""Files that are listed of one run."""

_SERVERS_OWN = "mlartifacts"
_SERVED = (".", _SERVERS_OWN, "mlruns")
_LOCAL = {"", "file", "mlflow-artifacts"}
_MODEL = "MLmodel"
_REQUIREMENTS = "requirements.txt"
_PYTHON = "python_env.yaml"


class Kept(msgspec.Struct):
    """The artifacts of a run by name, and what they say of the environment: the requirements and the Python of a model.

    `left_out` counts files beyond those that are listed; `outside` is a place of some that are not to be read.
    """

    files: dict[str, File] = msgspec.field(default_factory=dict)
    requirements: str | None = None
    python: str | None = None
    left_out: int = 0
    outside: Path | None = None

    def add(self, folder: Path) -> None:
        """What a folder of artifacts holds: each file and each folder directly in it is one."""
        parts: dict[str, list[tuple[str, os.DirEntry[str]]]] = {}
        for count, (path, entry) in enumerate(files_in(str(folder))):
            if count >= MOST:
                self.left_out += 1
                continue
            name, _, inner = path.partition("/")
            parts.setdefault(name, []).append((inner or name, entry))
        for name, inside in parts.items():
            self._put(name, "model" if any(path == _MODEL for path, _ in inside) else "file", inside)

    def add_model(self, name: str, model: str, folder: Path) -> None:
        """A model of 3.x, whose files lie in a folder of its own. Of several of one name, the others have the id."""
        unique = name if name not in self.files else f"{name} {model}"
        self._put(unique, "model", list(files_in(str(folder))))

    def _put(self, name: str, kind: str, inside: list[tuple[str, "os.DirEntry[str]"]]) -> None:
        files = {}
        time = 0.0
        for path, entry in inside:
            try:
                state = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            files[path] = Content(Path(entry.path), state.st_size)
            time = max(time, state.st_mtime)
        if files:
            self.files[name] = File(name, kind, files, time)
        if kind == "model" and self.requirements is None:
            self._environment(dict(inside))

    def _environment(self, files: dict[str, "os.DirEntry[str]"]) -> None:
        if _REQUIREMENTS in files:
            self.requirements = content_of(files[_REQUIREMENTS].path) or None
        if _PYTHON in files:
            said = content_of(files[_PYTHON].path)
            line = next((line for line in said.splitlines() if line.startswith("python:")), "")
            self.python = line.partition(":")[2].strip(" '\"") or None


class Places(msgspec.Struct, frozen=True):
    """Where the artifacts of an experiment's runs may be, as `<place>/<run>/artifacts`.

    `location` is where the experiment says that they are: its end counts, below `within`, the folder that the store is
    in, or below what a tracking server calls its folder there. `tree` is what was opened. `own` is the experiment's
    folder, where it has one.
    """

    location: str
    within: Path
    tree: Path
    own: Path | None = None

    def kept(self, run_id: str, models: Mapping[str, str]) -> Kept:
        """The artifacts of a run, and those models of 3.x (name by id) that came out of it."""
        found = Kept()
        folder, found.outside = self._place(run_id)
        if folder is not None:
            found.add(folder)
        for model, name in models.items():
            folder, outside = self._place(f"models/{model}")
            if folder is not None:
                found.add_model(name, model, folder)
            found.outside = found.outside or outside
        return found

    def checksum(self, run_id: str) -> int:
        """What is other once an artifact of a run came, changed or went."""
        folder, _ = self._place(run_id)
        return sum_of(str(folder)) if folder is not None else 0

    def _place(self, name: str) -> tuple[Path | None, Path | None]:
        """The first place that has something under a name and may be read; else the first that may not."""
        folders = (f"{place}/{name}/{ARTIFACTS}" for place in self._candidates())
        holding = list(map(Path, filter(_filled, folders)))
        if not holding:
            return None, None
        readable = (self.tree.resolve(), self.within.resolve() / _SERVERS_OWN)
        folder = next((path for path in holding if any(map(path.resolve().is_relative_to, readable))), None)
        return folder, holding[0] if folder is None else None

    def _candidates(self) -> Iterator[str]:
        if self.own is not None:
            yield str(self.own)
        tail = _tail(self.location)
        for start in range(len(tail)):
            for served in _SERVED:
                yield "/".join((str(self.within), served, *tail[start:]))


def sum_of(folder: str) -> int:
    """A checksum of the files below a folder: their names, sizes, times and inodes."""
    found = 0
    for name, entry in files_in(folder):
        try:
            state = entry.stat(follow_symlinks=False)
        except OSError:
            continue
        said = f"{name} {state.st_size} {state.st_mtime_ns} {state.st_ino}"
        found = crc32(said.encode(errors="replace"), found)
    return found


def elsewhere(uri: str) -> str | None:
    """Where artifacts are that are not read, as one may show it; None where that is no place of its own."""
    parts = urlsplit(uri)
    if parts.scheme in _LOCAL:
        return None
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _tail(location: str) -> list[str]:
    try:
        parts = urlsplit(location)
    except ValueError:
        return []
    if parts.scheme not in _LOCAL and len(parts.scheme) > 1:
        return []
    names = [name for name in unquote(parts.path).replace("\\", "/").split("/") if name not in {"", "."}]
    return [] if ".." in names or "\0" in parts.path else names[-3:]


def _filled(folder: str) -> bool:
    try:
        with os.scandir(folder) as entries:
            return next(iter(entries), None) is not None
    except (OSError, ValueError):
        return False


def digest(file: File) -> int:
    """What is other once an artifact changed: a checksum of names, sizes, and the newest time."""
    said = [(path, content.size) for path, content in file.files.items()]
    return crc32(repr((file.time, said)).encode(errors="replace"))
