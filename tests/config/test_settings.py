"""What a person sets up: every mistake is told by its line, and what is right holds all the same."""

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import get_args, get_origin

import msgspec
import pytest

from trackside.charts.axis import position
from trackside.config.reading import Read, checked, read
from trackside.config.settings import NumberSettings, Settings, StoreSettings, WatchRule
from trackside.model.counting import counted
from trackside.model.toml_text import line_of
from trackside.query.moments import moment
from trackside.services import cells
from trackside.services.conventions import adopt
from trackside.tui.keys.actions import ACTIONS

FILE = Path("/home/ana/.config/trackside/config.toml")
DEFAULT = files("trackside.config").joinpath("default.toml").read_text(encoding="utf-8")
NEW_YEAR = 1_767_225_600.0
"""2026-01-01T00:00Z."""


def of(text: str) -> Read:
    return checked(text, ACTIONS, FILE)


@pytest.fixture(autouse=True)
def usual_conventions() -> Iterator[None]:
    yield
    adopt(Settings())


def test_without_a_file_everything_has_a_default(tmp_path: Path) -> None:
    assert read(ACTIONS, tmp_path / "config.toml") == Read(Settings())


MISTAKES = {
    'theme = "light"\ntheem = "light"': (2, "theem is no setting; did you mean theme?"),
    "\n\ntheme = 3": (3, "theme is to be a text in quotes, got a whole number"),
    'theme = "drak"': (1, "theme 'drak' is no theme; did you mean dark?"),
    'time_zone = "Europe/Berlin"\n[numbers]\ndigits = 40': (3, "numbers.digits is to be a whole number <= 12"),
    '[numbers]\nthousands = ";"': (2, "numbers.thousands is one of ',', ' ', '_', \"'\", '', not ';'"),
    'time_zone = "Berlin"': (1, "time_zone 'Berlin' is local, utc or a name such as Europe/Berlin"),
    "smoothing = 1": (1, "smoothing is to be a number < 1.0"),
    "numbers = 3": (1, "numbers is to be a table, got a whole number"),
    '[keys]\nfind = "/"\nsotr = "s"': (3, "keys.sotr is no action; did you mean sort?"),
    '[keys]\nfitler = "f9"': (2, "keys.fitler is no action; did you mean find?"),
    '[keys]\nfind = "strg+f"': (2, "keys.find has 'strg+f', which is no key"),
    '[keys]\nfind = "f9"\nsort = "ctrl+s"': (3, "keys.sort has ctrl+s, which means something else at every terminal"),
    '[keys]\nsort = "t"': (2, "keys.sort has t, which is the key of pick_tags in the same place"),
    '[keys]\nsort = "?"': (2, "keys.sort has ?, which is the key of help_keys in the same place"),
    '[keys]\ntab = "f1"': (2, "keys.tab cannot be changed"),
    '[columns]\n"*" = [\n  "name",\n  3,\n]': (2, "columns.* is to be a text in quotes, got a whole number"),
    '[[watch]]\nname = "a"\n[[watch]]\nname = "b"\nfilter = "tag:"': (5, "watch.2.filter: filter, column 5"),
    '[[watch]]\nname = "a"\non = [\n  "end",\n  "ned(",\n]': (
        5,
        "watch.1.on: 'ned(' is no filter: ",
    ),
    '[[watch]]\nname = "a"\non = ["end", "fial"]': (3, "'fial' that can be watched for, did you mean fail?"),
    '[[watch]]\nfilter = "tag:a"': (1, "watch.1 lacks name"),
    '[store]\npath = "/a"\n[capture\ncode = true': (3, "Expected ']'"),
}


@pytest.mark.parametrize(("text", "told"), MISTAKES.items(), ids=[why for _, why in MISTAKES.values()])
def test_a_mistake_is_told_with_its_line_and_what_was_likely_meant(text: str, told: tuple[int, str]) -> None:
    (mistake,) = of(text).mistakes
    assert mistake.line == told[0]
    assert told[1] in mistake.says
    assert str(mistake).startswith(f"{FILE}:{told[0]}: ")


def test_what_is_right_holds_beside_what_is_mistaken() -> None:
    found = of(
        'theme = "drak"\nsmoothing = 0.5\n[numbers]\ndigits = "six"\nthousands = " "\n'
        '[keys]\nfind = "ctrl+f"\nsort = "ctrl+s"\n[[watch]]\nname = "a"\non = ["end", "ned("]\n'
    )
    assert found.settings == Settings(
        smoothing=0.5,
        numbers=NumberSettings(thousands=" "),
        keys={"find": "ctrl+f"},
        watch=(WatchRule("a", on=("end",)),),
    )
    assert [mistake.line for mistake in found.mistakes] == [1, 4, 8, 11]
    assert found.in_short().endswith("(and 3 more: `trackside config` lists them)")


def test_two_actions_may_change_their_keys_with_each_other() -> None:
    assert of('[keys]\nsort = "t"\npick_tags = "s"').mistakes == ()


def test_of_a_file_that_is_no_toml_holds_what_stands_before_the_mistake() -> None:
    found = of('theme = "light"\n[numbers]\ndigits = \n')
    assert found.settings.theme == "light"
    assert [mistake.line for mistake in found.mistakes] == [3]


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(b'theme = "\xff"')
    (mistake,) = read(ACTIONS, file).mistakes
    assert "cannot be read" in str(mistake)


def test_the_first_file_sets_nothing_and_explains_every_setting() -> None:
    assert of(DEFAULT) == Read(Settings())
    everything = re.sub(r"^#(?! )", "", DEFAULT, flags=re.MULTILINE)
    found = of(everything)
    assert found.mistakes == ()
    assert [path for path in settings_of(Settings) if line_of(everything, path) is None] == []
    without_examples = msgspec.structs.replace(found.settings, columns={}, keys={}, store=StoreSettings(), watch=())
    assert without_examples == Settings()


def settings_of(kind: type[msgspec.Struct], at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    for field in msgspec.structs.fields(kind):
        path = (*at, field.name)
        inner, path = (get_args(field.type)[0], (*path, 0)) if get_origin(field.type) is tuple else (field.type, path)
        if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            yield from settings_of(inner, path)
        else:
            yield path


def test_times_are_told_by_the_zone_that_was_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    adopt(Settings(time_zone="Asia/Tokyo"))
    assert cells.date(NEW_YEAR) == "2026-01-01 09:00"
    assert position(NEW_YEAR, "time") == "2026-01-01 09:00:00"
    assert moment("2026-01-01", now=NEW_YEAR) == (NEW_YEAR - 9 * 3_600, NEW_YEAR + 15 * 3_600)
    assert moment("today", now=NEW_YEAR - 1) == (NEW_YEAR - 9 * 3_600, NEW_YEAR + 15 * 3_600)
    adopt(Settings(time_zone="utc"))
    assert cells.date(NEW_YEAR) == "2026-01-01 00:00"


def test_numbers_have_as_many_digits_and_the_separator_that_were_chosen() -> None:
    adopt(Settings(numbers=NumberSettings(digits=6, thousands=" ")))
    assert cells.number(0.123456789) == "0.123457"
    assert cells.number(12_000) == "12 000"
    assert cells.progress(1_999, 9_000, None, running=True) == "2 000/9 000"
    assert counted(2_000, "run") == "2 000 runs"
    assert position(12_000, "number") == "12 000"
