"""What another system's files say of a run, in trackside's words: the items that a source yields and a store takes in.

Times are seconds since the epoch (float, UTC). Nothing here knows a format, a file or a store.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from trackside.model.histogram import Histogram
from trackside.model.run import Code, DataRef, Environment, Mark, Param
from trackside.model.status import CRASHED, Status
from trackside.model.visible import is_encodable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All that a format says of a run that is no curve, no file and no console. What it does not say stays empty.

    Later facts replace earlier ones whole, so each holds all that is known by then.

    `status` is how the run ended; while `running`, how it will have ended if nothing more is ever heard of it.
    `end_known` is false where a format has no word for an end. `project` and `name` are never empty.
    `metrics` declares what is known of a metric: `{"loss": {"goal": "min", "primary": True}}`. `patch` is what the
    work tree had that the commit did not, `lock` the installed distributions, both as text.
    """

    name: str
    project: str
    created: float
    ended: float | None = None
    status: Status = CRASHED
    running: bool = False
    end_known: bool = True
    exit_code: int | None = None
    traceback: str | None = None
    group: str | None = None
    tags: list[str] = []
    notes: str = ""
    archived: bool = False
    user: str | None = None
    host: str | None = None
    command: list[str] = []
    cwd: str | None = None
    seed: int | None = None
    params: dict[str, Param] = {}
    metrics: dict[str, dict[str, Any]] = {}
    job: dict[str, Any] = {}
    data: dict[str, DataRef] = {}
    code: Code = Code()
    environment: Environment = Environment()
    patch: str | None = None
    lock: str | None = None


class Points(msgspec.Struct, frozen=True):
    """Rows of one set of metrics, in the order in which they were written.

    `step` int64, shape (n,); `time` float64, shape (n,), NaN where it is not known; `value` float64, shape (n, k), one
    column a key. A NaN in `value` was logged as NaN: rows that lack a metric are points of another set of keys.
    """

    keys: tuple[str, ...]
    step: "NDArray[np.int64]"
    time: "NDArray[np.float64]"
    value: "NDArray[np.float64]"


class Restart(msgspec.Struct, frozen=True):
    """The run went back: of all points that came before this, those with a step ≥ `step` are superseded.

    None where everything is: the file was written anew, and what comes now is all there is.
    """

    step: int | None
    time: float


class Texts(msgspec.Struct, frozen=True):
    """Texts that were logged at a step, by name."""

    step: int
    time: float
    values: dict[str, str]


class Histograms(msgspec.Struct, frozen=True):
    """Histograms that were logged at a step, by name."""

    step: int
    time: float
    values: dict[str, Histogram]


class Printed(msgspec.Struct, frozen=True):
    """A piece of what a run printed, as it came, carriage returns and colours in it. `time` is NaN if not known."""

    time: float
    data: bytes


class Content(msgspec.Struct, frozen=True):
    """Where the content of a file lies: all of `path`, or `size` bytes of it from `start` on.

    `member` names a file inside of `path`, where that is a ZIP archive whose member is compressed; else it is None.
    `url` is an address to fetch it from (with the credentials of the source), where there is no path.
    """

    path: Path | None
    size: int
    start: int = 0
    member: str | None = None
    url: str | None = None


class File(msgspec.Struct, frozen=True):
    """An artifact: files that a run made or used, by their path within it."""

    name: str
    kind: str
    files: dict[str, Content]
    time: float
    step: int | None = None


class Remark(msgspec.Struct, frozen=True):
    """One sentence on what was not read of a run, and why. It is shown with the run.

    `incomplete` where something is missing that a person would expect to be there; a kind of content that is never
    shown is no such thing. `current` where it tells how the files are now, such as that they end within a line: it
    holds until the run is read again, and is said again then if it still does.
    """

    sentence: str
    incomplete: bool = True
    current: bool = False


class Cursor(msgspec.Struct, frozen=True):
    """Everything up to here has been read: `follow` goes on from `state`, which is the source's own and is JSON."""

    state: Any


Item: TypeAlias = Facts | Points | Restart | Texts | Histograms | Printed | File | Mark | Remark | Cursor


class Found(msgspec.Struct, frozen=True):
    """A run that was found, and not yet read.

    `identity` tells the run from all others of this source, wherever its files are moved to and from whatever folder
    they were found; it is made of what the format states (an id, else first times and names), never of the order of
    discovery. `source` is the format's name, `address` where a person finds it: a path, or a URL without credentials.
    `paths` are what is read: files or folders that exist.
    """

    source: str
    identity: str
    address: str
    paths: tuple[Path, ...] = ()
    extra: dict[str, Any] = msgspec.field(default_factory=dict)
    """What the source needs to find it again; JSON."""
    root: Path | None = None
    """The tree that it was found in, out of which no link is followed; None where it lies in none."""

    @property
    def tree(self) -> Path:
        """The tree that it was found in. ValueError where it lies in none."""
        if self.root is None:
            raise ValueError(f"{self.address} lies in no tree")
        return self.root


def path_kept(path: object) -> object:
    """A path as it is written down: as text, and by its bytes where that is no UTF-8.

    This and `path_of` are what msgspec asks for types that it does not know.
    """
    text = str(path)
    return text if is_encodable(text) else {_BYTES: os.fsencode(text).hex()}


def path_of(kind: type, value: object) -> object:
    """A path that was written down."""
    if not issubclass(kind, Path):
        return value
    return Path(os.fsdecode(bytes.fromhex(value[_BYTES])) if isinstance(value, dict) else str(value))


_BYTES = "bytes"
