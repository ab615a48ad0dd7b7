"""Hostile runs in a browser: what they hold is drawn there, and is no word to the page, no file's name and no key."""

import base64
import csv
import io
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import unquote

import aiohttp
import hostile_store
import pytest
from chromium import CHROMIUM, chromium
from hostile_store import ACTED_ON, FORMULA
from hostile_walk import COPIED, OF_THE_APP
from served_app import Serving, Session, serving, session

_QUIET = 0.3
_ALL_READ = "NEEDS ATTENTION"
_WALK = {"tags": "t", "a tag": "tag99", "back": "\x1b", "palette": ":", "a run in it": "HHH", "back again": "\x1b"} | {
    "a run": "G\r",
    **{f"tab {number}": str(number) for number in range(2, 9)},
    "a link": "yl",
    "the runs": "q",
    "all marked": "gvGv",
    "a comparison": "c",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    hostile_store.make(folder, 1_000)
    return folder


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Serving]:
    """A server whose sessions leave nothing to the next."""
    with serving(folder / "store", "--read-only") as server:
        yield server


@pytest.fixture
async def app(served: Serving) -> AsyncIterator[Session]:
    """A session that shows the runs."""
    async with session(served) as app:
        await app.wait_for(lambda text: _ALL_READ in text)
        yield app


async def go(app: Session, keys: str, there: str) -> None:
    """Press keys until these words are there."""
    await app.press(keys)
    await app.wait_for(lambda text: there in text)


async def exported(app: Session, served: Serving) -> tuple[str, bytes]:
    """Name and content of the file that the browser is given for `e` and enter."""
    await go(app, "e", "enter writes")
    await go(app, "\r", "went to your browser")
    url = f"{served.origin}/download/{app.delivered[-1]}"
    async with aiohttp.ClientSession() as browser, browser.get(url) as answer:
        disposition = answer.headers["Content-Disposition"]
        assert re.fullmatch(r"attachment; filename\*=UTF-8''[A-Za-z0-9_.~%-]+", disposition), disposition
        return unquote(disposition.partition("''")[2]), await answer.read()


async def test_what_a_session_draws_and_says_steers_neither_terminal_nor_page(app: Session) -> None:
    for keys in _WALK.values():
        before = app.text
        await app.press(keys)
        await app.wait_for(lambda text, before=before: text != before)
        await app.wait_for_quiet(_QUIET)
    drawn = app.raw.decode()
    assert ACTED_ON.search(OF_THE_APP.sub("", COPIED.sub("", drawn))) is None
    (link,) = (base64.b64decode(found[1]).decode() for found in COPIED.finditer(drawn))
    assert ACTED_ON.search(link) is None
    assert app.told == []


async def test_the_table_comes_as_a_file_without_formulas(app: Session, served: Serving) -> None:
    name, content = await exported(app, served)
    csv.field_size_limit(len(content))
    cells = [cell for row in csv.reader(io.StringIO(content.decode())) for cell in row]
    assert name == "runs.csv"
    assert f"'{FORMULA}" in cells
    assert not [cell for cell in cells if re.match(r"\s*[=+@]", cell)]


async def test_an_artifact_comes_as_it_is_under_a_name_that_a_file_can_have(
    app: Session, served: Serving, folder: Path
) -> None:
    await go(app, "G\r", "Deserves a look")
    await go(app, "7", "file.txt")
    await go(app, "jj", "$accent [b")
    name, content = await exported(app, served)
    assert ACTED_ON.search(name) is None
    assert Path(name).name == name
    assert content == (folder / "file.txt").read_bytes()


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
async def test_nothing_of_theirs_runs_in_a_browser_or_is_loaded(served: Serving, tmp_path: Path) -> None:
    async with chromium(tmp_path / "profile") as tab:
        await tab.go_to(served.url)
        await tab.wait_for(lambda text: _ALL_READ in text)
        await tab.press("t")
        await tab.wait_for(lambda text: "any/all/none" in text)
        for key in "<script>":
            await tab.press(key)
        await tab.wait_for(lambda text: "○ <script>" in text and "○ tag0" not in text)
        await tab.press("Escape")
        await tab.wait_for(lambda text: "any/all/none" not in text)
        await tab.press("z")
        await tab.wait_for(lambda text: "Crosshair" in text)
        assert await tab.value("document.title") == "trackside"
        assert await tab.value("document.querySelectorAll('a, img, iframe, body script').length") == 0
        assert tab.went_wrong == []
        assert not [url for url in tab.asked_for if not url.partition("://")[2].startswith(served.origin[7:])]
