"""The artifacts of runs, found again beside the store, wherever that was moved to.

MLflow keeps an absolute address, often of another machine. Only what lies in the store's folder, or in the one that
holds it, is read.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zlib import crc32

from trackside.model.foreign import Content, File
from trackside.sources.mlflow.folders import content_of, files_in

ARTIFACTS = "artifacts"
MOST = 100_000
"""Files that are listed of one run."""

_SERVED = ("mlartifacts", "mlruns")
_LOCAL = {"", "file", "mlflow-artifacts"}
_MODEL = "MLmodel"
_REQUIREMENTS = "requirements.txt"
_PYTHON = "python_env.yaml"


@dataclass(slots=True)
class Kept:
    """The artifacts of a run by name, and what they say of the environment: the requirements and the Python of a model.

    `left_out` counts files beyond those that are listed.
    """

    files: dict[str, File] = field(default_factory=dict)
    requirements: str | None = None
    python: str | None = None
    left_out: int = 0

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


def places(location: str, within: Path) -> list[Path]:
    """Folders in which an experiment's runs may have their artifacts, as `<place>/<run>/artifacts`.

    `location` is where the experiment says that they are; `within` the folder that the store is in. What is kept is
    its end, below `within` or what a tracking server calls its folder there.
    """
    tail = _tail(location)
    found = []
    for start in range(len(tail)):
        for served in ("", *_SERVED):
            place = within.joinpath(served, *tail[start:])
            if place.is_dir() and place.resolve().is_relative_to(within.resolve()):
                found.append(place)
    return list(dict.fromkeys(found))


def of_run(places: Iterable[Path], run_id: str) -> Path | None:
    """The folder of a run's artifacts: the first that has something in it."""
    return next((path for place in places if _filled(path := place / run_id / ARTIFACTS)), None)


def of_model(places: Iterable[Path], model_id: str) -> Path | None:
    """The folder of a model's files."""
    return next((path for place in places if _filled(path := place / "models" / model_id / ARTIFACTS)), None)


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


def _filled(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return not folder.is_symlink() and next(iter(entries), None) is not None
    except (OSError, ValueError):
        return False


def digest(file: File) -> int:
    """What is other once an artifact changed: a checksum of names, sizes, and the newest time."""
    said = [(path, content.size) for path, content in file.files.items()]
    return crc32(repr((file.time, said)).encode(errors="replace"))
