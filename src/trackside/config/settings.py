"""The configuration file: TOML, checked against one type. A mistake in it is told in one line, with its place.

theme = "light"

[keys]                 # an action's id, as `?` shows it, and its keys
find = "/,ctrl+f"

[store]
path = "/data/runs"
network = ["/scratch"]  # on another machine, though the mounts do not say so

[capture]              # what is recorded around a run; $TRACKSIDE_CAPTURE comes before it
console = false
"""

import tomllib
from pathlib import Path

import msgspec

from trackside.config.paths import config_file
from trackside.model.errors import UsageError


class StoreSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which store is meant when none is named, and what lies on other machines though the mounts do not say so."""

    path: str | None = None
    network: list[str] = []


class CaptureSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which parts are captured around a run. Recording processes read them with the standard library alone."""

    code: bool = True
    patch: bool = True
    imports: bool = True
    environment: bool = True
    data: bool = True
    console: bool = True
    system: bool = True
    comparison: bool = True


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a person set trackside up. Everything has a default."""

    theme: str = "dark"
    keys: dict[str, str] = {}
    store: StoreSettings = StoreSettings()
    capture: CaptureSettings = CaptureSettings()


def load(file: Path | None = None) -> Settings:
    """The settings of this person; the defaults where there is no file. UsageError where it makes no sense."""
    file = config_file() if file is None else file
    if not file.is_file():
        return Settings()
    try:
        return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), Settings)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise UsageError(f"{file}: {error}") from None
