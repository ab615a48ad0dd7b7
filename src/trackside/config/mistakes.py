"""A mistake in a file that a person wrote, with its line."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from trackside.config.typed import Faults
from trackside.config.typed import Path as Place
from trackside.model.toml_text import line_of


class Mistake(msgspec.Struct, frozen=True):
    """What is mistaken in a file, and on which line; without one, in the file as a whole."""

    file: Path
    line: int | None
    says: str

    def __str__(self) -> str:
        """As compilers write it, so that editors find the place."""
        return f"{self.file}: {self.says}" if self.line is None else f"{self.file}:{self.line}: {self.says}"


def mistakes_of(
    file: Path, text: str, document: Mapping[str, Any], faults: Faults, broken: str | None
) -> tuple[Mistake, ...]:
    """Those of a file with this text, from its top to its end. `broken` is what the parser says if it is no TOML."""
    found = [_mistake(file, text, document, at, why) for at, why in faults.items()]
    if broken is not None:
        found.append(_broken(file, broken))
    return tuple(sorted(found, key=lambda mistake: mistake.line or 0))


def _mistake(file: Path, text: str, document: Mapping[str, Any], at: Place, why: str) -> Mistake:
    value: Any = document
    for part in at:
        value = value[part]
    named = at[:-1] if at and isinstance(at[-1], int) and not isinstance(value, dict) else at
    line = line_of(text, at, f'"{value}"' if isinstance(value, str) else None) if at else None
    said = why if why.startswith(":") else f" {why}"
    return Mistake(file, line, f"{_dotted(named) or 'it'}{said}")


def _dotted(at: Place) -> str:
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in at)


def _broken(file: Path, said: str) -> Mistake:
    """Of text that is no TOML, from what the parser says: `… (at line 3, column 5)`."""
    what, _, where = said.rpartition(" (at ")
    number = "".join(letter for letter in where.partition(",")[0] if letter.isdigit())
    return Mistake(file, int(number) if number else None, f"{what or said}; what stands after it does not hold")
