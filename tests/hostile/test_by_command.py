"""What runs hold steers no terminal, breaks no table and is no formula, whatever command prints it."""

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import hostile_store
import pytest
from hostile_store import ACTED_ON, FORMULA, PAGE, ids_of
from markdown_it import MarkdownIt

from trackside.cli.main import main

_LONGEST_LINE, _LONGEST_PAGE = 30_000, 400_000
_OF_PAGES = frozenset(
    {"html", "head", "meta", "title", "style", "body", "header", "main", "section", "figure", "figcaption"}
)
_OF_TEXT = frozenset({"h1", "h2", "p", "div", "span", "b", "em", "small", "ul", "li", "dl", "dt", "dd"})
_OF_TABLES = frozenset({"table", "thead", "tbody", "tr", "th", "td"})
_OF_PICTURES = frozenset({"svg", "line", "polyline", "polygon", "path", "g", "text", "rect"})
_OF_MARKDOWN = _OF_TABLES | {"p", "strong", "ul", "li", "blockquote", "sup", "br"}
_TAGS = 10_000


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile_store.make(tmp_path_factory.mktemp("hostile"), _TAGS)


@pytest.fixture
def say(store: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> Callable[..., str]:
    """What a command prints, on both streams, as long as it ends as commands do."""

    def said(*arguments: str) -> str:
        with pytest.raises(SystemExit) as left:
            main(["--store", str(store), *arguments])
        assert left.value.code in (0, 1, 2, 5)
        return "".join(stream.decode() for stream in capsysbinary.readouterr())

    return said


@pytest.fixture(scope="module")
def ids(store: Path) -> dict[str, str]:
    """The runs, by what is hostile about them."""
    return ids_of(store)


COMMANDS = (
    "ls --limit 0",
    "ls --limit 0 --columns name,tags,notes,loss,param.lr",
    "ls --group-by group",
    "ls --limit 0 --md",
    "ls --limit 0 --json",
    "show {steering}",
    "show {long}",
    "show {steering} --json",
    "show {steering} --console",
    "compare {steering} {long} {page} --baseline {markup}",
    "compare {steering} {long} {page} --baseline {markup} --md",
    "compare {steering} --baseline {markup} --json",
    "why {long} --baseline {steering}",
    "why {long} --baseline {steering} --json",
    "check {long} --baseline {markup}",
    "table --rows group --cols name --value loss",
    "table --rows group --cols name --value loss --md",
    "table --rows group --cols name --value loss --latex",
    "table --rows group --cols name --value loss --csv",
    "curve loss {steering} {long} {two ways}",
    "curve nope {long}",
    "curve loss {long} --csv",
    "export {long} {steering} {formula} --csv --out -",
    "doctor",
    "store info",
    "project",
    "goal",
    "show nobody",
)


def test_whatever_prints_them_nothing_steers_a_terminal_and_lines_end(
    say: Callable[..., str], ids: dict[str, str]
) -> None:
    for command in COMMANDS:
        words = command.split(" ") if "{two" not in command else ["curve", "loss", "{two ways}"]
        printed = say(*(word.format(**ids) for word in words))
        assert ACTED_ON.search(printed.replace("\n", "")) is None, command
        assert printed, command
        if "--json" not in words:
            assert max(map(len, printed.split("\n"))) <= _LONGEST_LINE, command
            assert len(printed) <= _LONGEST_PAGE, command


def test_json_holds_names_and_tags_as_they_are_and_is_harmless_on_a_terminal(
    say: Callable[..., str], ids: dict[str, str]
) -> None:
    found = json.loads(say("show", ids["steering"], "--json"))
    assert found["name"] == hostile_store.STEERING
    assert len(found["tags"]) == _TAGS


def test_a_name_longer_than_any_recorder_keeps_is_known_by_its_beginning(
    say: Callable[..., str], ids: dict[str, str]
) -> None:
    found = json.loads(say("show", ids["long"], "--json"))["name"]
    assert (len(found), found[:900]) == (1_000, "H" * 900)
    assert "renamed" not in say("show", found)


@pytest.mark.parametrize("command", ["ls --csv --limit 0 --columns name,group", "export --csv --out -", "table --csv"])
def test_no_cell_of_a_csv_is_a_formula(say: Callable[..., str], ids: dict[str, str], command: str) -> None:
    words = {"export": ids.values(), "table": ["--rows", "name", "--value", "loss"]}.get(command.split()[0], ())
    cells = [cell for row in csv.reader(io.StringIO(say(*command.split(), *words))) for cell in row]
    assert f"'{FORMULA}" in cells
    assert not [cell for cell in cells if re.match(r"\s*[=+@]", cell)]


class _Page(HTMLParser):
    """The tags of a page, and the attributes that would run or load something."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.acting: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.acting += [one for one in attributes if one[0].startswith("on") or one[0] in ("href", "src")]


def test_a_page_of_a_comparison_runs_nothing_and_loads_nothing(
    say: Callable[..., str], ids: dict[str, str], tmp_path: Path
) -> None:
    out = tmp_path / "page.html"
    say("compare", ids["page"], ids["long"], "--baseline", ids["markup"], "--html", str(out))
    text = out.read_text()
    page = _Page(text)
    assert page.tags <= _OF_PAGES | _OF_TEXT | _OF_TABLES | _OF_PICTURES
    assert page.acting == []
    assert "&lt;script&gt;alert(1)" in text
    assert ACTED_ON.search(text.replace("\n", "")) is None


@pytest.mark.parametrize("command", ["compare", "table", "ls"])
def test_markdown_shows_names_as_they_are_in_a_table_of_equal_rows(
    say: Callable[..., str], ids: dict[str, str], command: str
) -> None:
    words = {
        "compare": [ids["page"], "--baseline", ids["formula"], "--md"],
        "table": ["--rows", "group", "--value", "loss", "--md"],
        "ls": ["--md", "--columns", "name,tags", "id:" + ",".join([ids["page"], ids["formula"]])],
    }
    shown = MarkdownIt("commonmark").enable("table").render(say(command, *words[command]))
    assert set(re.findall(r"<(\w+)", shown)) <= _OF_MARKDOWN
    rows = [row.count("<td") + row.count("<th") for row in re.split(r"<tr", shown.partition("</table>")[0])[1:]]
    assert len(set(rows)) == 1
    said = re.sub(r"<[^>]+>", "", shown).replace("&lt;", "<").replace("&gt;", ">").replace("\u200b", "")
    assert PAGE.replace("&", "&amp;") in said


def test_the_shell_is_offered_no_name_that_it_would_run(store: Path) -> None:
    """On pressing tab, what is offered is put on the command line as it stands."""
    for words in ("show ", "curve loss ", "tag x +", "ls tag:", "ls ", "table --rows "):
        asked = {
            "TRACKSIDE_STORE": str(store),
            "_TRACKSIDE_COMPLETE": "zsh_complete",
            "COMP_WORDS": f"trackside {words}",
            "COMP_CWORD": str(words.count(" ")),
        }
        done = subprocess.run(
            [sys.executable, "-m", "trackside"], env=asked, capture_output=True, text=True, check=True
        )
        assert not re.search(r"[$`;&|#]|--version|[\x00-\x09\x0b-\x1f]", done.stdout), words
