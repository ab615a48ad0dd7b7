"""What a person can set up, as one type: what each setting takes, and what holds where nothing is set.

`default.toml` beside it says the same for people, and a test holds both together.
"""

from typing import Annotated, Literal, TypeAlias, get_args

import msgspec
from msgspec import Meta

from trackside.model.numerals import Separator

WatchEvent: TypeAlias = Literal["end", "fail", "nan", "stall", "health"]
Notifier: TypeAlias = Literal["bell", "osc9", "tmux"]

ANY_PROJECT = "*"


class NumberSettings(msgspec.Struct, frozen=True):
    """How numbers are written in tables, charts and sentences."""

    digits: Annotated[int, Meta(ge=2, le=12)] = 4
    thousands: Separator = ","


class WatchRule(msgspec.Struct, frozen=True):
    """Of which runs a person is told, and when: `on` has words of `WatchEvent`, and filters that come to hold."""

    name: str
    filter: str = ""
    on: tuple[str, ...] = ("end", "fail", "nan", "stall")
    notify: tuple[Notifier, ...] = get_args(Notifier)


class StoreSettings(msgspec.Struct, frozen=True):
    """Which store is meant when none is named, and what lies on other machines though the mounts do not say so."""

    path: str | None = None
    network: tuple[str, ...] = ()


class CaptureSettings(msgspec.Struct, frozen=True):
    """Which parts are captured around a run. Recording processes read them with the standard library alone."""

    code: bool = True
    patch: bool = True
    imports: bool = True
    environment: bool = True
    data: bool = True
    console: bool = True
    system: bool = True
    comparison: bool = True


class Settings(msgspec.Struct, frozen=True):
    """How a person set trackside up. Everything has a default."""

    theme: str = "dark"
    time_zone: str = "local"
    smoothing: Annotated[float, Meta(ge=0, lt=1)] = 0.0
    reduced_motion: bool = False
    numbers: NumberSettings = NumberSettings()
    columns: dict[str, tuple[str, ...]] = {}
    """By project; those of `ANY_PROJECT` where a project has none of its own."""
    keys: dict[str, str] = {}
    """By an action's id, separated by commas."""
    store: StoreSettings = StoreSettings()
    capture: CaptureSettings = CaptureSettings()
    watch: tuple[WatchRule, ...] = ()
