"""The configuration file: read, checked, and every mistake in it told by its line. What is right holds all the same."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path as FilePath
from typing import Any

import msgspec

from trackside.config import keymap, paths, themes
from trackside.config.keymap import Action
from trackside.config.mistakes import Mistake, mistakes_of
from trackside.config.settings import Settings
from trackside.config.typed import Faults, Path, nearest, typed
from trackside.model import clock
from trackside.model.errors import UsageError
from trackside.model.toml_text import line_of, readable


class Read(msgspec.Struct, frozen=True):
    """The settings that hold, and what is mistaken in the file, from its top to its end."""

    settings: Settings = msgspec.field(default_factory=Settings)
    mistakes: tuple[Mistake, ...] = ()

    def in_short(self) -> str:
        """One line for the first mistake, and how many more there are; empty without any."""
        if not self.mistakes:
            return ""
        more = len(self.mistakes) - 1
        return f"{self.mistakes[0]}" + (f" (and {more} more: `trackside config` lists them)" if more else "")


def read(actions: Sequence[Action], file: FilePath | None = None) -> Read:
    """The settings of this person, whatever is mistaken in the file; the defaults where there is none.

    `actions` are those whose keys can be chosen.
    """
    file = paths.config_file() if file is None else file
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Read()
    except (OSError, UnicodeDecodeError) as error:
        return Read(mistakes=(Mistake(file, None, f"cannot be read: {error}"),))
    return checked(text, actions, file)


def checked(text: str, actions: Sequence[Action], file: FilePath) -> Read:
    """The same of a text that stands in `file`."""
    document, broken = readable(text)
    settings, faults = _settings(document)
    unfit = _unfit(settings, actions)
    if unfit:
        settings, _ = _settings(_without(document, unfit))
    return Read(settings, mistakes_of(file, text, document, faults | unfit, broken))


def mistake_at(place: Path, why: str) -> Mistake:
    """Of what only turns out where it is used: that what stands at this place of this person's file is mistaken."""
    file = paths.config_file()
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    line = line_of(text, place)
    return (
        mistakes_of(file, text, readable(text)[0], {place: why}, None)[0]
        if line
        else Mistake(file, None, why.removeprefix(": "))
    )


def _settings(document: Mapping[str, Any]) -> tuple[Settings, Faults]:
    settings, faults = typed(document, Settings)
    assert settings is not None, "every setting has a default"
    return settings, faults


def _unfit(settings: Settings, actions: Sequence[Action]) -> Faults:
    """What has the right type and makes no sense all the same."""
    found = keymap.faults(settings.keys, actions)
    if settings.theme not in (known := themes.names()):
        found["theme",] = f"{settings.theme!r} is no theme{nearest(settings.theme, known)}"
    try:
        clock.zone_named(settings.time_zone)
    except KeyError:
        found["time_zone",] = f"{settings.time_zone!r} is local, utc or a name such as Europe/Berlin"
    for number, rule in enumerate(settings.watch):
        found.update((("watch", number, "filter"), why) for _, why in _faulty([rule.filter], _filter))
        found.update((("watch", number, "on", place), why) for place, why in _faulty(rule.on, _event))
    return found


def _faulty(words: Sequence[str], check: Callable[[str], None]) -> list[tuple[int, str]]:
    found = []
    for place, word in enumerate(words):
        try:
            check(word)
        except UsageError as error:
            found.append((place, f": {error}"))
    return found


def _filter(text: str) -> None:
    if text:
        from trackside.query.parse import parse

        parse(text)


def _event(text: str) -> None:
    from trackside.config.conditions import conditions

    conditions([text])


def _without(document: Mapping[str, Any], faults: Faults) -> dict[str, Any]:
    """The document without what stands at these places."""
    return {
        key: kept
        for key, value in document.items()
        if (kept := _pruned(value, {at[1:]: why for at, why in faults.items() if at[0] == key})) is not None
    }


def _pruned(value: Any, faults: Faults) -> Any:
    """None where the value itself is mistaken."""
    if () in faults:
        return None
    if isinstance(value, dict):
        return _without(value, faults) if faults else value
    if isinstance(value, list):
        below = [{at[1:]: why for at, why in faults.items() if at[0] == place} for place in range(len(value))]
        return [kept for item, one in zip(value, below, strict=True) if (kept := _pruned(item, one)) is not None]
    return value
