"""Guild's run directories: `.guild/attrs` says what a run is, event files below the directory what it measured.

An event file in `.guild` has the scalars that guild read from what was printed; metrics of others have the folder that
they are in before their names. The environment that guild kept, with all that is secret in it, is not read.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from trackside.model.foreign import Content, Cursor, Facts, File, Found, Item, Remark, Restart
from trackside.model.run import Code, Environment
from trackside.model.status import CRASHED, FAILED, FINISHED, KILLED, Status
from trackside.sources import numbers
from trackside.sources.base import SourceOfFiles
from trackside.sources.below import files_below
from trackside.sources.inside import lies_in
from trackside.sources.json_file import beginning
from trackside.sources.nested import leaves
from trackside.sources.opening import GoneError, stamp_of
from trackside.sources.printed import printed_since
from trackside.sources.protocol import Folder, SourceError
from trackside.sources.recent import span
from trackside.sources.tensorboard import TensorBoard
from trackside.sources.tensorboard.places import event_names
from trackside.sources.yaml_text import load_file

_OWN = ".guild"
_LOCK = "LOCK"
_OUTPUT = "output"
_TRASH = "trash"
_BEGINNING: dict[str, Any] = {"events": None, "printed": 0, "kept": False}


class Guild(SourceOfFiles):
    """The source of guild's run directories."""

    name = "guild"

    def sniff(self, folder: Folder) -> bool:
        """By what guild keeps in a run's directory of its own."""
        own = folder.path / _OWN
        return _OWN in folder.folders and (own / "opref").is_file() and (own / "attrs").is_dir()

    def discover(self, folder: Folder) -> Iterator[Found]:
        """The run of the directory, once it was started. All else in it belongs to it."""
        folder.deep = True
        folder.files.clear()
        folder.folders.clear()
        own = folder.path / _OWN
        unread: list[SourceError] = []
        run_id, started = (_attribute(own, name, folder.tree, unread) for name in ("id", "started"))
        folder.unread += unread[:1]
        if started is not None:
            identity = str(run_id or folder.path.name)
            yield Found(self.name, identity, str(folder.path), (folder.path,), root=folder.tree)

    def stamp(self, run: Found) -> Any:
        """Sizes, times and inodes of what guild writes while a run goes on, and of its event files."""
        own = run.paths[0] / _OWN
        attributes = [own / "attrs" / name for name in ("exit_status", "stopped", "label", "tags", "comments")]
        return stamp_of([*attributes, own / _LOCK, own / _OUTPUT, *_event_files(run)], run.paths[0])

    def follow(self, run: Found, since: Any) -> Iterator[Item]:
        """What its event files have, what it printed, and its files once it has ended."""
        folder = run.paths[0]
        if not (folder / _OWN / "opref").is_file() or not lies_in(folder, run.tree):
            raise SourceError(f"{folder}: is no run of guild any more")
        unread: list[SourceError] = []
        facts = _facts(run, unread)
        yield facts
        yield from (Remark(f"Not read: {error}") for error in unread)
        state: dict[str, Any] = _BEGINNING | (since or {})
        events = _events(run, facts)
        if events is not None:
            for item in TensorBoard().follow(events, state["events"]):
                if isinstance(item, Restart) and item.step is None:
                    yield item
                    state = dict(_BEGINNING)
                elif isinstance(item, Cursor):
                    state["events"] = item.state
                elif not isinstance(item, Facts):
                    yield item
        state["printed"] = yield from printed_since(folder / _OWN / _OUTPUT, state["printed"], run.tree)
        if not facts.running and not state["kept"]:
            state["kept"] = True
            yield from _kept(run, facts)
        yield Cursor(state)


def _attribute(own: Path, name: str, root: Path, unread: list[SourceError]) -> Any:
    """What guild says of a run under a name; None where it says nothing, or where it is `unread`."""
    try:
        return load_file(own / "attrs" / name, root)
    except GoneError:
        return None
    except SourceError as error:
        unread.append(error)
        return None


def _left(run: Found) -> list[Path]:
    """The files in its directory that guild did not write; links are followed within it.

    What an operation depends on is a link that guild makes to the directory of another run.
    """
    folder = run.paths[0]
    return [path for path in files_below(folder, folder) if not path.is_relative_to(folder / _OWN)]


def _event_files(run: Found) -> list[Path]:
    own = run.paths[0] / _OWN
    inside = _left(run)
    beside = [path for path in own.iterdir() if path.is_file() and not path.is_symlink()] if own.is_dir() else []
    names = set(event_names(path.name for path in (*inside, *beside)))
    return [path for path in (*beside, *inside) if path.name in names]


def _events(run: Found, facts: Facts) -> Found | None:
    """All event files of a run as one run of these: guild's own metrics by their names, others by their folder too."""
    folder = run.paths[0]
    folders = list(dict.fromkeys(path.parent for path in _event_files(run)))
    if not folders:
        return None
    before = ["" if each in (folder, folder / _OWN) else f"{each.relative_to(folder).as_posix()}/" for each in folders]
    extra = {"names": [[name, ""] for name in before], "created": facts.created, "host": facts.host}
    return Found("tensorboard", run.identity, str(folder), tuple(folders), extra, folder)


def _facts(run: Found, unread: list[SourceError]) -> Facts:
    folder = run.paths[0]
    own = folder / _OWN

    def said(name: str) -> Any:
        return _attribute(own, name, run.tree, unread)

    project, operation = _operation(own / "opref", run)
    label, flags, seed = said("label"), said("flags"), said("random_seed")
    created = numbers.moment_of(said("started")) or own.stat().st_mtime
    ended = numbers.moment_of(said("stopped"))
    code = said("exit_status")
    running = code is None and _is_running(run, said("host"))
    newest = span([*_event_files(run), own / _OUTPUT]).newest
    freeze = [each for each in _list(said("pip_freeze")) if isinstance(each, str)]
    machine = said("platform")
    return Facts(
        name=str(label) if label else f"{operation}-{folder.name[:8]}",
        project=project,
        group=operation,
        created=created,
        ended=None if running else ended or max(newest, created),
        status=_status(code),
        running=running,
        exit_code=code if isinstance(code, int) else None,
        tags=[str(tag) for tag in _list(said("tags"))],
        notes="\n\n".join(str(each["body"]) for each in _list(said("comments")) if _has_body(each)),
        archived=folder.parent.parent.name == _TRASH,
        user=str(said("user") or "") or None,
        host=str(said("host") or "") or None,
        command=[str(word) for word in _list(said("cmd"))],
        cwd=str(folder),
        seed=seed if isinstance(seed, int) and not isinstance(seed, bool) else None,
        params=dict(leaves(flags, ".")) if isinstance(flags, dict) else {},
        code=_code(said("vcs_commit")),
        environment=_environment(machine if isinstance(machine, dict) else {}, len(freeze)),
        lock="\n".join(freeze) or None,
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _has_body(comment: Any) -> bool:
    return isinstance(comment, dict) and bool(comment.get("body"))


def _operation(opref: Path, run: Found) -> tuple[str, str]:
    """The name of the project's folder or package, and that of the operation."""
    folder = run.paths[0]
    words = beginning(opref, 64 << 10, run.tree).split()
    where = words[0].partition(":")[2] if words else ""
    place = Path(where)
    project = place.parent.name if place.suffix in (".yml", ".yaml") else place.name
    return project or folder.parent.parent.name or folder.name, words[-1].strip("'") if len(words) > 1 else folder.name


def _status(code: Any) -> Status:
    if not isinstance(code, int):
        return CRASHED
    return FINISHED if code == 0 else FAILED if code > 0 else KILLED


def _is_running(run: Found, host: Any) -> bool:
    """Whether the process that holds the lock is there, on this machine; on others, whether files still change."""
    own = run.paths[0] / _OWN
    lock = own / _LOCK
    if not lock.is_file():
        return False
    if host != os.uname().nodename:
        return span([*_event_files(run), own / _OUTPUT]).running
    process = numbers.step_of(beginning(lock, 20, run.tree).strip())
    if process is None or not 0 < process < 1 << 31:
        return False
    with suppress(PermissionError):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
    return True


def _code(commit: Any) -> Code:
    """`git:<commit>`, with a star where the work tree differed from it."""
    if not isinstance(commit, str) or not commit.startswith("git:"):
        return Code()
    return Code(commit=commit.removeprefix("git:").removesuffix("*"), dirty=commit.endswith("*"))


def _environment(machine: dict[str, Any], packages: int) -> Environment:
    words = str(machine.get("python_version") or "").split()
    uname = machine.get("uname")
    return Environment(
        python=words[0] if words else None,
        platform=uname if isinstance(uname, str) else None,
        packages=packages or None,
    )


def _kept(run: Found, facts: Facts) -> Iterator[File]:
    """The files that the run left in its directory."""
    folder = run.paths[0]
    events = set(_event_files(run))
    paths = [path for path in _left(run) if path not in events]
    files = {str(path.relative_to(folder)): Content(path.resolve(), path.stat().st_size) for path in paths}
    if files:
        yield File("files", "artifact", files, facts.ended or facts.created)
