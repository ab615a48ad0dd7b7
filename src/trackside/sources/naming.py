"""What a run is called whose file says nothing but its metrics."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from trackside.model.foreign import Facts
from trackside.model.status import FINISHED
from trackside.sources.recent import span

_SAY_NOTHING = frozenset(
    {"metrics", "metric", "log", "logs", "train", "training", "train_log", "training_log", "history", "progress"}
    | {"results", "result", "scalars", "data", "losses", "loss", "output", "stats"}
)


def facts_of_file(path: Path, stated: Collection[float] = (), **more: Any) -> Facts:
    """The facts of a run that is one file: its name, or that of its folder where it says nothing, and its times.

    `stated` are times in it, of which the first and the last are its beginning and its end.
    """
    stem = path.name.split(".")[0] or path.name
    folder = path.absolute().parent
    name = folder if stem.lower() in _SAY_NOTHING and folder.name else folder / stem
    when = span([path], beside=[folder], stated=stated)
    said: dict[str, Any] = {
        "name": name.name,
        "project": name.parent.name or name.name,
        "created": when.created,
        "ended": when.ended,
        "status": FINISHED,
        "running": when.running,
        "end_known": False,
    }
    return Facts(**said | more)
