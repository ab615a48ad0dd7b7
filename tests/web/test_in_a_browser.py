"""`trackside serve` in headless Chromium: what a person sees who opens the address."""

from pathlib import Path

import pytest
from chromium import CHROMIUM, chromium
from served_app import serving

import trackside

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")


async def test_the_table_is_there_keys_work_and_the_token_leaves_the_address(tmp_path: Path) -> None:
    root = tmp_path / "store"
    for name in ("tall-oak", "small-elm"):
        with trackside.init(project="digits", name=name, store=root, quiet=True) as run:
            run.log({"loss": 1.0}, step=0)
    with serving(root) as server:
        async with chromium(tmp_path / "profile") as tab:
            await tab.go_to(server.url)
            await tab.wait_for(lambda text: "2 runs" in text and "tall-oak" in text)
            assert await tab.value("location.href") == f"{server.origin}/"
            assert await tab.value("document.cookie") == ""
            assert tab.went_wrong == []
            for key in "/elm":
                await tab.press(key)
            await tab.wait_for(lambda text: "1 of 2 runs" in text and "tall-oak" not in text)
            assert await tab.value("fetch('http://127.0.0.1:1/').catch(error => error.name)") == "TypeError"
            own = (server.origin, server.origin.replace("http", "ws"))
            assert len([url for url in tab.asked_for if url.startswith(own)]) >= 6
            assert not [url for url in tab.asked_for if not url.startswith((*own, "http://127.0.0.1:1/"))]
            await tab.call("Page.reload")
            await tab.wait_for(lambda text: "filter elm from last time" in text)
            assert await tab.value("location.href") == f"{server.origin}/"
            await tab.go_to(f"{server.origin}/?token=wrong")
            shown = "new Promise(done => setTimeout(() => done(document.body.innerText)))"
            assert "not the token of this server" in await tab.value(shown)
