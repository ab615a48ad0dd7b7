"""Headless Chromium, spoken to by its debugging protocol: what a page loads, draws and says, and keys pressed in it."""

import asyncio
import base64
import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from served_app import Shown

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_SECONDS = 60.0
_OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--no-first-run",
    "--disable-gpu",
    "--disable-background-networking",
    "--window-size=1300,760",
    "--remote-debugging-port=0",
)

_CODES = {"Enter": 13, "Escape": 27}


class Tab:
    """A page: the addresses that it asked for, what went wrong in it, and the terminal drawn in its socket.

    A dialog that it opens goes wrong too: none is to be opened.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._session: str | None = None
        self._calls = 0
        self._drawn: Shown | None = None
        self.asked_for: list[str] = []
        self.went_wrong: list[str] = []

    @property
    def text(self) -> str:
        """What was drawn, as text."""
        return "" if self._drawn is None else self._drawn.text

    async def go_to(self, url: str) -> None:
        """Open it in a page of its own."""
        target = await self.call("Target.createTarget", url="about:blank")
        attached = await self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        await self.call("Network.enable")
        await self.call("Page.enable")
        await self.call("Runtime.enable")
        await self.call("Page.navigate", url=url)

    async def press(self, key: str) -> None:
        """A key that types a letter, or one of a name."""
        types = {"text": key} if len(key) == 1 else {"code": key, "windowsVirtualKeyCode": _CODES[key]}
        await self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **types)
        await self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    async def value(self, script: str) -> Any:
        """What a script in the page comes to."""
        asked = {"expression": script, "returnByValue": True, "awaitPromise": True}
        found = await self.call("Runtime.evaluate", **asked)
        return found["result"].get("value")

    async def picture(self, file: Path) -> None:
        """The page as one sees it."""
        shot = await self.call("Page.captureScreenshot", format="png")
        file.write_bytes(base64.b64decode(shot["data"]))

    async def wait_for(self, true: Callable[[str], bool]) -> None:
        """Wait until the terminal is so."""
        try:
            async with asyncio.timeout(_SECONDS):
                while not true(self.text):
                    self._take(await self._socket.receive_json())
        except TimeoutError:
            raise AssertionError(f"{_SECONDS:g} s passed; {self.asked_for}; the terminal shows\n{self.text}") from None

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Ask the browser something; what it tells meanwhile is taken in."""
        self._calls += 1
        asked = {"id": self._calls, "method": method, "params": parameters}
        await self._socket.send_json(asked if self._session is None else {**asked, "sessionId": self._session})
        async with asyncio.timeout(_SECONDS):
            while (said := await self._socket.receive_json()).get("id") != self._calls:
                self._take(said)
        assert "error" not in said, said
        return dict(said["result"])

    def _take(self, said: dict[str, Any]) -> None:
        told = said.get("params", {})
        match said.get("method"):
            case "Network.requestWillBeSent":
                self.asked_for.append(told["request"]["url"])
            case "Network.webSocketCreated":
                self.asked_for.append(told["url"])
                columns, rows = re.findall(r"(?:width|height)=(\d+)", told["url"])
                self._drawn = Shown(int(columns), int(rows))
            case "Runtime.exceptionThrown":
                self.went_wrong.append(told["exceptionDetails"]["exception"]["description"])
            case "Page.javascriptDialogOpening":
                self.went_wrong.append(told["message"])
            case "Network.webSocketFrameReceived" if told["response"]["opcode"] == 2 and self._drawn is not None:
                self._drawn.feed(base64.b64decode(told["response"]["payloadData"]))


@asynccontextmanager
async def chromium(profile: Path) -> AsyncIterator[Tab]:
    """A browser with a fresh profile."""
    assert CHROMIUM is not None
    process = await asyncio.create_subprocess_exec(
        CHROMIUM, *_OPTIONS, f"--user-data-dir={profile}", stderr=asyncio.subprocess.PIPE
    )
    try:
        assert process.stderr is not None
        async with asyncio.timeout(_SECONDS):
            while not (found := re.search(rb"DevTools listening on (\S+)", await process.stderr.readline())):
                assert process.returncode is None
        rest = asyncio.create_task(process.stderr.read())
        async with aiohttp.ClientSession() as client, client.ws_connect(found[1].decode(), max_msg_size=0) as socket:
            yield Tab(socket)
            await socket.send_json({"id": 0, "method": "Browser.close"})
            await rest
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
