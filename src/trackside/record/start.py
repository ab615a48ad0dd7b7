"""How a run begins: `init()` checks what it was given, finds the store and puts the run's folder into it."""

import os
import sys
import time as clock
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from trackside.model.errors import StoreError, UsageError
from trackside.model.ids import new_id
from trackside.record import ends, names
from trackside.record import params as parameters
from trackside.record.artifacts import Shelf
from trackside.record.background import Jobs
from trackside.record.capture import environment, seeds
from trackside.record.capture.data import read_roles
from trackside.record.capture.jobs import jobs
from trackside.record.capture.parts import wanted_parts
from trackside.record.off import OffRun
from trackside.record.run import Run
from trackside.record.secrets import masked, masked_arguments, masked_params, masked_url
from trackside.record.values import encodable, key_text
from trackside.record.voice import Voice
from trackside.record.writer import Writer
from trackside.store import identity, journal, locate, manifest
from trackside.store.filesystem import on_network
from trackside.store.journal import Kind
from trackside.store.layout import StorePaths
from trackside.store.liveness import boot_id

_SHOWN = 1000


def init(
    project: str = "default",
    *,
    name: str | None = None,
    group: str | None = None,
    tags: Iterable[str] = (),
    notes: str = "",
    params: Any = None,
    data: Mapping[str, str | os.PathLike[str]] | None = None,
    total_steps: int | None = None,
    seed: int | None = None,
    store: str | os.PathLike[str] | None = None,
    quiet: bool = False,
) -> Run:
    """Begin a run, and give the object to log to.

    `params` is a dict, Namespace, dataclass, OmegaConf or pydantic object; `data` maps roles (`train`, `eval`, …) to
    a path, glob, `.dvc` file or address; `total_steps` tells how far the run is; `seed` seeds `random`, and numpy,
    torch and tensorflow where they are imported. `store` is a folder, made if need be; left out, it is
    `$TRACKSIDE_STORE`, the nearest `.trackside/`, the configured one or `~/.local/share/trackside`.

    UsageError where an argument makes no sense. A store that cannot be written is no reason to stop training: the run
    goes to the user's own store then, and is not recorded where that cannot be written either, each with a word.
    With `TRACKSIDE_MODE=off`, and in processes of a distributed job other than the first, every call does nothing.
    """
    voice = Voice()
    known = _Known(project, name, group, tags, notes, total_steps, seed, voice)
    flat = masked_params(parameters.flat(params, voice.once))
    places = read_roles(data)
    if seed is not None:
        seeds.seed_everything(seed)
    if is_off() or not is_first_of_job():
        return OffRun(name)
    if "ipykernel" in sys.modules:
        for run in ends.open_runs():
            run.end(ends.Ending("finished", 0))
    for root in _stores(store):
        try:
            return _begin(manifest.create(root), known, flat, places, voice, quiet=quiet)
        except (StoreError, OSError) as error:
            said = error.strerror if isinstance(error, OSError) else error
            voice.once(f"store {root}", f"cannot record into {root}: {said}")
    voice.once("store", "this run is not recorded; training goes on")
    return OffRun(name)


def is_off() -> bool:
    """Whether `TRACKSIDE_MODE=off`. UsageError where it is set to something else."""
    mode = os.environ.get("TRACKSIDE_MODE", "")
    if mode not in ("", "on", "off"):
        raise UsageError(f"TRACKSIDE_MODE={mode}: it is `off`, or `on` as when it is not set")
    return mode == "off"


def is_first_of_job() -> bool:
    """Whether this is the process of a distributed job that records. Slurm's numbers count only beside MASTER_ADDR."""
    ranks = [("RANK", "WORLD_SIZE")]
    if "MASTER_ADDR" in os.environ:
        ranks.append(("SLURM_PROCID", "SLURM_NTASKS"))
    for rank, size in ranks:
        if rank in os.environ:
            return _number(rank) == 0 or _number(size) <= 1
    return True


class _Known:
    """What `init()` was told, checked."""

    def __init__(
        self,
        project: str,
        name: str | None,
        group: str | None,
        tags: Iterable[str],
        notes: str,
        total_steps: int | None,
        seed: int | None,
        voice: Voice,
    ) -> None:
        self.project = _text("project", project)
        self.name = names.generate() if name is None else _text("name", name)
        self.group = None if group is None else _text("group", group)
        self.notes = encodable(_is_text("notes", notes))
        given: object = (tags,) if isinstance(tags, str) else tags
        if not isinstance(given, Iterable):
            raise UsageError(f"tags={tags!r:.80}: it takes a list of texts")
        self.tags = list(dict.fromkeys(key_text(tag, voice.once) for tag in given))
        if not _is_count(total_steps):
            raise UsageError(f"total_steps={total_steps!r:.80}: it is the number of steps planned")
        self.total_steps = total_steps
        self.seed = None if seed is None else seeds.read_seed(seed)
        self.parts = wanted_parts()


def _begin(
    paths: StorePaths, known: _Known, flat: dict[str, Any], places: dict[str, str], voice: Voice, *, quiet: bool
) -> Run:
    """Make the run's folder. Its log is there before `run.json`, which makes it a run, so that it never seems dead."""
    created = clock.time()
    run_id = new_id(created)
    folder = paths.run(run_id)
    manifest.make_folder(folder.logs, paths.root)
    mode = manifest.file_mode(paths.root)
    recorder = {"user": identity.user(), "host": os.uname().nodename}
    writer = Writer(folder, mode, recorder, voice, buffered=on_network(paths.root))
    writer.start()
    _write_params(flat, writer, Shelf(paths, writer, voice), voice)
    if places:
        writer.say(Kind.STATE, {"data": {role: {"uri": masked_url(place)} for role, place in places.items()}})
    said = {
        "format": journal.FORMAT,
        "id": run_id,
        "project": known.project,
        "name": known.name,
        "created": created,
        **recorder,
        "boot": boot_id(),
        "command": masked_arguments([encodable(part) for part in _command()]),
        "cwd": encodable(_cwd()),
        "python": sys.version.partition(" ")[0],
        "group": known.group,
        "notes": known.notes,
        "tags": known.tags,
        "seed": known.seed,
        "total_steps": known.total_steps,
        "source": "trackside",
        "job": {name: masked(encodable(value)) for name, value in environment.job().items()},
    }
    manifest.write_whole(folder.manifest, msgspec.json.encode(said), mode)
    captures = Jobs(jobs(known.parts, writer, places, voice), partial(_capture_failed, voice))
    run = Run(paths, run_id, known.name, writer, voice, captures, quiet=quiet)
    run.start()
    return run


def _stores(store: str | os.PathLike[str] | None) -> list[Path]:
    """Where to record: the store that is meant, and the user's own where that one cannot be written."""
    if store is not None and not isinstance(store, str | os.PathLike):
        raise UsageError(f"store={store!r:.80}: it takes the path of a folder")
    meant = locate.find_store(None if store is None else os.fspath(store))
    if meant.exists() and not meant.is_dir():
        raise UsageError(f"store={str(meant)!r} is a file; it takes the path of a folder")
    return list(dict.fromkeys((meant, locate.default_store())))


def _write_params(flat: dict[str, Any], writer: Writer, shelf: Shelf, voice: Voice) -> None:
    """Write params; of one that is too long for a frame the beginning, and all of it as an artifact."""
    for key, content in parameters.too_long(flat).items():
        name = f"param/{key}"
        voice.once(f"param {key}", f"param {key!r} has {len(content)} bytes; it is kept as the artifact {name!r}")
        flat[key] = content[:_SHOWN].decode(errors="ignore") + "…"
        shelf.keep_bytes(content, "value.txt", name, "param", None)
    for part in parameters.in_frames(flat):
        writer.say(Kind.STATE, {"params": part})


def _capture_failed(voice: Voice, error: Exception) -> None:
    voice.once(f"capture {error!r}", f"something about the run could not be captured: {error!r}")


def _command() -> list[str]:
    """The command line as it can be typed again."""
    return [sys.executable, *sys.orig_argv[1:]]


def _cwd() -> str:
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return ""


def _number(variable: str) -> int:
    said = os.environ.get(variable, "0")
    return int(said) if said.isdecimal() else 0


def _is_count(value: object) -> bool:
    return value is None or (isinstance(value, int) and 0 <= value < 1 << 63)


def _text(what: str, value: object) -> str:
    text = encodable(_is_text(what, value))
    if not text.strip():
        raise UsageError(f"{what}={value!r}: it needs at least a letter")
    if len(text) > _SHOWN:
        raise UsageError(f"{what} has {len(text)} characters; it may have {_SHOWN}")
    return text


def _is_text(what: str, value: object) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{what}={value!r:.80}: it is a text, not of type {type(value).__name__}")
    return value
