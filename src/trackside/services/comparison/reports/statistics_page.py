"""What the statistics page says of the signs: the same words in a report as in the documents."""

import re
from importlib.resources import files

import msgspec

_SIGNS = re.compile(r"^\| ([▲▼=~◇?△▽* ]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


class Meaning(msgspec.Struct, frozen=True):
    """Signs that share a meaning, what that is called, and what they do and do not mean."""

    signs: str
    called: str
    means: str
    does_not_mean: str

    @property
    def proviso(self) -> str:
        """What it does not mean, as a sentence: `Not: that the idea is bad.`."""
        return f"Not: {self.does_not_mean[0].lower()}{self.does_not_mean[1:]}"


def legend() -> str:
    """All signs with what they are called: `▲ better · ▼ worse`."""
    return " · ".join(f"{meaning.signs} {meaning.called}" for meaning in meanings())


def meanings() -> list[Meaning]:
    """Of all signs, in the page's order."""
    page = files("trackside.compare").joinpath("STATISTICS.md").read_text(encoding="utf-8")
    return [Meaning(*found) for found in _SIGNS.findall(page)]
