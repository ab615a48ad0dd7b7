"""The page on statistics has the signs, the bars to a claim and the sources of the code, and no others."""

import re
import unicodedata
from importlib.resources import files
from pathlib import Path

import pytest

import trackside.compare
from trackside.cli.main import main
from trackside.compare import guard
from trackside.compare.comparison import ACCEPTED, HOLLOW, SIGNS
from trackside.services.comparison.reports.statistics_page import legend

PAGE = files("trackside.compare").joinpath("STATISTICS.md").read_text(encoding="utf-8")
TEXT, _, SOURCES = PAGE.partition("## Sources")
CODE = " ".join(path.read_text() for path in Path(trackside.compare.__path__[0]).rglob("*.py"))
CITED = re.compile(r"(?P<author>[A-Z]\w+) \(?(?P<year>(19|20)\d\d)\b")


def cited(text: str) -> set[tuple[str, str]]:
    """The last author and the year of whatever a text refers to."""
    return {(found["author"], found["year"]) for found in CITED.finditer(" ".join(text.split()))}


def sources() -> list[str]:
    return [" ".join(source.split()) for source in re.split(r"^- ", SOURCES, flags=re.MULTILINE)[1:]]


def names(source: str, author: str, year: str) -> bool:
    return author in source and f"({year})" in source


def test_every_source_that_is_cited_in_the_code_or_on_the_page_is_listed() -> None:
    assert ("Holm", "1979") in cited(CODE)
    for author, year in cited(CODE) | cited(TEXT):
        assert any(names(source, author, year) for source in sources()), f"{author} {year}"


def test_no_source_is_listed_that_the_code_does_not_use() -> None:
    for source in sources():
        assert any(names(source, author, year) for author, year in cited(CODE)), source


def test_every_sign_is_explained() -> None:
    explained = re.findall(r"^\| (\S(?: \S)?) \|", TEXT.partition("## The signs")[2], re.MULTILINE)
    assert set(" ".join(explained).split()) == {*SIGNS.values(), *HOLLOW.values(), ACCEPTED}


def test_only_signs_of_better_and_worse_point_in_a_direction() -> None:
    for word, sign in SIGNS.items():
        points = re.search("POINTING|ARROW", unicodedata.name(sign)) is not None
        assert points is (word in HOLLOW), word


def test_the_help_of_compare_calls_the_signs_what_the_page_calls_them(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["compare", "--help"])
    assert f"Signs: {legend()}." in " ".join(capsys.readouterr().out.split())


def test_every_reason_that_bars_a_claim_is_explained_and_no_other() -> None:
    named = re.findall(r"(?:Reason|_differing)\(\s*(\"?\w+\"?), True", CODE)
    barring = {name.strip('"') if name.startswith('"') else getattr(guard, name) for name in named}
    assert "eval_data" in barring
    listed = TEXT.partition("## What bars a claim")[2].partition("\n\nIf seeds")[0]
    assert set(re.findall(r"\(`(\w+)`\)", listed)) == barring
