"""Sacred's `FileStorageObserver`: a folder a run, with `run.json`, `config.json`, `metrics.json` and `cout.txt`.

`metrics.json` is written anew at each heartbeat, of which there is one each ten seconds. What the client pickled into
its JSON is read as the JSON that it is, and nothing is built of it. Times are UTC and do not say so.
"""

import math
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

from trackside.model.foreign import Content, Cursor, Facts, File, Found, Item, Remark, Restart
from trackside.model.run import Code, DataRef, Environment
from trackside.model.status import CRASHED, FAILED, FINISHED, KILLED, Status
from trackside.sources import numbers
from trackside.sources.base import SourceOfFiles
from trackside.sources.inside import lies_in
from trackside.sources.json_file import beginning, load_object
from trackside.sources.nested import leaves
from trackside.sources.printed import printed_since
from trackside.sources.protocol import Folder, ReplacedError, SourceError
from trackside.sources.recent import is_recent
from trackside.sources.rows import Row, items_of

_RUN = "run.json"
_CONFIG = "config.json"
_METRICS = "metrics.json"
_PRINTED = "cout.txt"
_FILES = (_RUN, _CONFIG, _METRICS, _PRINTED)
_BEGINNING = 1 << 20
_BEGINNING_STATE: dict[str, Any] = {"metrics": {}, "result": None, "printed": 0, "files": []}
_ENDS: dict[str, Status] = {"COMPLETED": FINISHED, "FAILED": FAILED, "INTERRUPTED": KILLED, "TIMEOUT": KILLED}
_NOT_BEGUN = "QUEUED"
_GOING_ON = "RUNNING"


class Sacred(SourceOfFiles):
    """The source of the folders of Sacred's observer of files."""

    name = "sacred"

    def sniff(self, folder: Folder) -> bool:
        """By the names of its files; where one is missing, by what all of its runs say of their experiment."""
        beside = folder.files & {_CONFIG, _PRINTED}
        if _RUN not in folder.files or not beside:
            return False
        return len(beside) == 2 or '"experiment"' in beginning(folder.path / _RUN, _BEGINNING, folder.tree)

    def discover(self, folder: Folder) -> Iterator[Found]:
        """The run of the folder, once it was started. All else in it are its artifacts."""
        folder.deep = True
        said = load_object(folder.path / _RUN, folder.tree)
        folder.files.clear()
        folder.folders.clear()
        identity = _identity(folder.path, said)
        if identity is not None:
            paths = tuple(folder.path / name for name in _FILES)
            yield Found(self.name, identity, str(folder.path), paths, root=folder.tree)

    def follow(self, run: Found, since: Any) -> Iterator[Item]:
        """What was measured, metric by metric, what was printed, and the artifacts."""
        folder = run.paths[0].parent
        said = load_object(folder / _RUN, run.tree)
        if _identity(folder, said) != run.identity:
            raise ReplacedError(f"{folder}: holds another run by now")
        remarks: list[Remark] = []
        facts = _facts(folder, said, _config(folder / _CONFIG, run.tree, remarks))
        yield facts
        yield from remarks
        state: dict[str, Any] = _BEGINNING_STATE | (since or {})
        try:
            measured = _measured(folder / _METRICS, run.tree)
        except SourceError as error:
            if facts.running:
                raise
            yield Remark(f"Metrics are not read: {error}")
        else:
            if not _goes_on(measured, state["metrics"]):
                yield Restart(None, math.nan)
                state = dict(_BEGINNING_STATE)
            yield from _points(measured, state["metrics"])
            state["result"] = yield from _result(said, measured, state["result"])
            state["metrics"] = {name: [len(points), _mark(points[-1])] for name, points in measured.items() if points}
        state["printed"] = yield from printed_since(folder / _PRINTED, state["printed"], run.tree)
        files = list(_artifacts(run, said, facts))
        if [file.name for file in files] != state["files"]:
            yield from files
            state["files"] = [file.name for file in files]
        yield Cursor(state)


def _dict(said: Any, key: str) -> dict[str, Any]:
    """What stands under a key, where it is a dict."""
    value = said.get(key) if isinstance(said, dict) else None
    return value if isinstance(value, dict) else {}


def _list(said: Mapping[str, Any], key: str) -> list[Any]:
    value = said.get(key)
    return value if isinstance(value, list) else []


def _text(said: Mapping[str, Any], key: str) -> str | None:
    value = said.get(key)
    return value if isinstance(value, str) and value else None


def _identity(folder: Path, said: Mapping[str, Any]) -> str | None:
    """The experiment, the number of the run in its folder, and when it began, since folders have the same numbers."""
    start = _text(said, "start_time")
    if start is None or said.get("status") == _NOT_BEGUN:
        return None
    return f"{_text(_dict(said, 'experiment'), 'name') or folder.parent.name}/{folder.name}/{start}"


def _facts(folder: Path, said: Mapping[str, Any], config: Mapping[str, Any]) -> Facts:
    experiment, host, meta = _dict(said, "experiment"), _dict(said, "host"), _dict(said, "meta")
    name = _text(experiment, "name") or folder.parent.name or folder.name
    created = numbers.moment_of(said.get("start_time")) or 0.0
    newest = numbers.moment_of(said.get("stop_time")) or numbers.moment_of(said.get("heartbeat")) or created
    going_on = said.get("status") == _GOING_ON
    running = going_on and is_recent(newest)
    trace = "".join(line for line in _list(said, "fail_trace") if isinstance(line, str))
    command = [word for word in (_text(experiment, "mainfile"), _text(said, "command")) if word]
    seed = config.get("seed")
    return Facts(
        name=f"{name}-{folder.name}",
        project=name,
        created=created,
        ended=None if running else newest,
        status=CRASHED if going_on else _ENDS.get(str(said.get("status")), FAILED),
        running=running,
        traceback=trace or None,
        notes=_text(meta, "comment") or _text(_dict(meta, "options"), "--comment") or "",
        host=_text(host, "hostname"),
        command=command,
        cwd=_text(experiment, "base_dir"),
        seed=seed if isinstance(seed, int) and not isinstance(seed, bool) else None,
        params=dict(leaves(config, ".")),
        data=_data(said),
        code=_code(experiment),
        environment=_environment(experiment, host),
        lock="\n".join(_dependencies(experiment)) or None,
    )


def _config(path: Path, root: Path, remarks: list[Remark]) -> dict[str, Any]:
    try:
        return {name: _plain(value) for name, value in load_object(path, root).items()} if path.exists() else {}
    except SourceError as error:
        remarks.append(Remark(f"No params: {error}"))
        return {}


def _plain(value: Any) -> Any:
    """A value without the marks that the client puts around tuples and sets."""
    if isinstance(value, dict):
        for mark in ("py/tuple", "py/set"):
            if list(value) == [mark] and isinstance(value[mark], list):
                return [_plain(each) for each in value[mark]]
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _dependencies(experiment: Mapping[str, Any]) -> list[str]:
    return [each for each in _list(experiment, "dependencies") if isinstance(each, str)]


def _environment(experiment: Mapping[str, Any], host: Mapping[str, Any]) -> Environment:
    platform = [each for each in _list(host, "os") if isinstance(each, str)]
    cards = [card for card in _list(_dict(host, "gpus"), "gpus") if isinstance(card, dict)]
    return Environment(
        python=_text(host, "python_version"),
        platform=platform[-1] if platform else None,
        cpu=_text(host, "cpu"),
        packages=len(_dependencies(experiment)) or None,
        gpu=[model for card in cards if (model := _text(card, "model"))],
        driver=_text(_dict(host, "gpus"), "driver_version"),
    )


def _code(experiment: Mapping[str, Any]) -> Code:
    repository = next((each for each in _list(experiment, "repositories") if isinstance(each, dict)), {})
    dirty = repository.get("dirty")
    return Code(
        commit=_text(repository, "commit"),
        remote=_text(repository, "url"),
        dirty=dirty if isinstance(dirty, bool) else None,
    )


def _data(said: Mapping[str, Any]) -> dict[str, DataRef]:
    """The resources that were opened; the name under which one was kept ends in the MD5 of its content."""
    found = {}
    for each in _list(said, "resources"):
        if isinstance(each, list) and len(each) == 2 and all(isinstance(path, str) for path in each):
            md5 = Path(each[1]).stem.rpartition("_")[2]
            found[each[0]] = DataRef(uri=each[0], fingerprint=f"md5:{md5}" if len(md5) == 32 else None)
    return found


def _measured(path: Path, root: Path) -> dict[str, list[tuple[int, float, float]]]:
    """Step, value and time of all points, by metric; those whose value is no number are left out."""
    if not path.exists():
        return {}
    found = {}
    for name, said in load_object(path, root).items():
        if isinstance(said, dict):
            lists = (_list(said, "steps"), _list(said, "values"), _list(said, "timestamps"))
            found[name] = list(_of_lists(*lists))
    return found


def _of_lists(steps: list[Any], values: list[Any], stamps: list[Any]) -> Iterator[tuple[int, float, float]]:
    """Points of lists of which one may be shorter than the others."""
    for place, (step, given) in enumerate(zip(steps, values, strict=False)):
        value = numbers.of_json(given.get("value") if isinstance(given, dict) else given)
        whole = numbers.step_of(step)
        at = numbers.moment_of(stamps[place]) if place < len(stamps) else None
        if value is not None:
            yield place if whole is None else whole, value, math.nan if at is None else at


def _mark(point: tuple[int, float, float]) -> list[Any]:
    return [point[0], repr(point[1])]


def _goes_on(measured: Mapping[str, list[tuple[int, float, float]]], told: Mapping[str, Any]) -> bool:
    """Whether all that was told is still there."""
    return all(
        len(measured.get(name, ())) >= count and _mark(measured[name][count - 1]) == mark
        for name, (count, mark) in told.items()
    )


def _points(measured: Mapping[str, list[tuple[int, float, float]]], told: Mapping[str, Any]) -> Iterator[Item]:
    rows = (
        Row(step, {name: value}, at)
        for name, points in measured.items()
        for step, value, at in points[told.get(name, (0,))[0] :]
    )
    return (item for item in items_of(rows, dict) if not isinstance(item, Cursor))


def _result(
    said: Mapping[str, Any], measured: Mapping[str, list[tuple[int, float, float]]], told: str | None
) -> Generator[Item, None, str | None]:
    """The number that the run returned, as the last point of a metric; returns what was told of it by now."""
    value = numbers.of_json(said.get("result"))
    if value is None or repr(value) == told or "result" in measured:
        return told
    step = max((points[-1][0] for points in measured.values() if points), default=0)
    at = numbers.moment_of(said.get("stop_time"))
    yield from items_of([Row(step, {"result": value}, math.nan if at is None else at)], dict)
    return repr(value)


def _artifacts(run: Found, said: Mapping[str, Any], facts: Facts) -> Iterator[File]:
    """The artifacts that lie in the folder."""
    folder = run.paths[0].parent
    for name in _list(said, "artifacts"):
        if isinstance(name, str) and name not in _FILES:
            path = folder / name
            try:
                if path.is_file() and lies_in(path, folder, run.tree):
                    yield File(
                        name, "artifact", {path.name: Content(path.resolve(), path.stat().st_size)}, facts.created
                    )
            except (OSError, ValueError):
                continue
