"""Which store is meant when none was named. Whether there is a store at that place, it does not say.

Part of every training process: standard library only.
"""

import os
import re
import stat
from pathlib import Path
from typing import Any

from trackside.model.errors import UsageError

FOLDER = ".trackside"
VARIABLE = "TRACKSIDE_STORE"
NETWORK_VARIABLE = "TRACKSIDE_NETWORK"
_ROOT_USER = 0
_PATH_ADDRESS = re.compile(
    r"\s*(?:sqlite(?:\+\w+)?:///([^?]+)|file:(?://(?:localhost)?)?(/.*))", re.IGNORECASE | re.DOTALL
)
_ADDRESS = re.compile(
    r"\s*(?:[a-z][a-z0-9+.-]*:[/\\]|(?:https?|postgres(?:ql)?)(?::|//)|//[^/@]*:[^/@]*@|[^/.~@][^@]*:[^@]*@)",
    re.IGNORECASE,
)


def find_store(explicit: str | Path | None = None) -> Path:
    """The folder of the store that is meant.

    `explicit`, else `$TRACKSIDE_STORE`, else the nearest `.trackside/` upwards that the user or root owns, else the
    configured one, else `default_store()`. UsageError where the configuration file makes no sense, or an address is
    named.
    """
    if explicit:
        return folder(explicit, "the store").resolve()
    if named := os.environ.get(VARIABLE):
        return folder(named, f"${VARIABLE}").resolve()
    return _nearest(_here()) or _configured() or default_store()


def is_address(named: str) -> bool:
    """Whether a place is a server or a database, perhaps mistyped, and no path: what may be a password is in it.

    `sqlite:///…` and `file:///…` are paths.
    """
    return _ADDRESS.match(named) is not None and _PATH_ADDRESS.match(named) is None


def folder(named: str | Path, by: str) -> Path:
    """The folder of a store that was named. UsageError, which does not repeat it, where an address was."""
    if isinstance(named, str) and is_address(named):
        raise UsageError(f"{by} is an address, and a store is a folder; write a path, such as ./runs")
    return expanded(named)


def default_store() -> Path:
    """The store in the user's home: `~/.local/share/trackside`."""
    return _in_home("XDG_DATA_HOME", ".local/share")


def config_file() -> Path:
    """The user's configuration, whether it exists or not."""
    return _in_home("XDG_CONFIG_HOME", ".config") / "config.toml"


def own_edits(uuid: str) -> Path:
    """The folder of what this user could not write in the store `uuid`, edits above all, whether it exists or not."""
    return _in_home("XDG_STATE_HOME", ".local/state") / "edits" / uuid


def network_folders() -> list[Path]:
    """Folders on other machines of which the mounts do not tell: those in `$TRACKSIDE_NETWORK`, or configured ones."""
    named = os.environ.get(NETWORK_VARIABLE)
    if named is not None:
        return [expanded(folder) for folder in named.split(os.pathsep) if folder]
    folders = _section().get("network", [])
    return [expanded(folder) for folder in folders if isinstance(folder, str)] if isinstance(folders, list) else []


def configuration() -> dict[str, Any]:
    """What the configuration file says; nothing where there is none.

    UsageError where it is no TOML, or names stores in a way that makes no sense: who records must not record elsewhere
    than was meant. Who only reads goes on with what can be read.
    """
    said, mistaken = _readable()
    if mistaken is not None:
        raise UsageError(f"{config_file()} is not valid TOML: {mistaken}")
    section = said.get("store", {})
    if not isinstance(section, dict) or not isinstance(section.get("path", ""), str):
        raise UsageError(f'{config_file()}: [store] path must be a text such as "/data/runs"')
    folders = section.get("network", [])
    if not isinstance(folders, list) or not all(isinstance(folder, str) for folder in folders):
        raise UsageError(f'{config_file()}: [store] network must be a list such as ["/scratch"]')
    return said


def home() -> Path:
    """The user's home; of a user id that has none, as in a container, the root folder."""
    try:
        return Path.home()
    except RuntimeError:
        return Path("/")


def expanded(path: str | Path) -> Path:
    """A path that may begin with `~`, or be written as MLflow has it: `sqlite:///relative.db`, `file:///folder`.

    UsageError where there is nobody whose home it names.
    """
    if isinstance(path, str) and (address := _PATH_ADDRESS.match(path)):
        from urllib.parse import unquote

        path = address[1] or unquote(address[2])
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise UsageError(f"{path}: nobody's home is known by that name; write the path out") from None


def _here() -> Path:
    """The working directory; the home of one who works in a folder that was removed."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return home()


def _nearest(start: Path) -> Path | None:
    owners = (os.getuid(), _ROOT_USER)
    for folder in (start, *start.parents):
        store = folder / FOLDER
        try:
            found = store.stat()
        except OSError:
            continue
        if stat.S_ISDIR(found.st_mode) and found.st_uid in owners:
            return store
    return None


def _configured() -> Path | None:
    path = _section().get("path")
    return folder(path, f"[store] path in {config_file()}").resolve() if path and isinstance(path, str) else None


def _section() -> dict[str, Any]:
    """What the configuration file says of stores, as far as it can be read."""
    section = _readable()[0].get("store", {})
    return section if isinstance(section, dict) else {}


def _readable() -> tuple[dict[str, Any], str | None]:
    file = config_file()
    if not file.is_file():
        return {}, None
    from trackside.model.toml_text import readable

    try:
        return readable(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        return {}, str(error)


def _in_home(variable: str, default: str) -> Path:
    base = os.environ.get(variable)
    return Path(base or home() / default) / "trackside"
