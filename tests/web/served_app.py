"""`trackside serve` as a person starts it, and the screen that a session of it draws in a socket."""

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pyte

SIZE = (120, 30)
_SECONDS = 60.0


class Serving:
    """A server that has told its address."""

    def __init__(self, process: "subprocess.Popen[str]", said: list[str]) -> None:
        self.process = process
        self.said = said
        found = re.search(r"(http://127\.0\.0\.1:\d+)/\?token=(\S+)", said[0])
        assert found is not None, said
        self.origin, self.token = found[1], found[2]
        self.url = f"{self.origin}/?token={self.token}"
        self.socket = f"{self.origin}/ws/{self.token}"

    def sessions(self) -> list[int]:
        """The processes that it started."""
        return [
            int(pid) for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        ]


@contextmanager
def serving(root: Path, *options: str) -> Iterator[Serving]:
    """The command, until the block is left."""
    command = [sys.executable, "-m", "trackside", "serve", str(root), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Serving(process, [process.stdout.readline() for _ in range(3)])
        finally:
            process.terminate()


class Shown:
    """What was drawn so far, in so many columns and rows."""

    def __init__(self, columns: int, rows: int) -> None:
        self.raw = bytearray()
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)

    def feed(self, drawn: bytes) -> None:
        """Draw more."""
        self.raw += drawn
        self._stream.feed(drawn)

    @property
    def text(self) -> str:
        """The screen as text."""
        return "\n".join(self._screen.display)


class Session(Shown):
    """A session in a socket, without a browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        super().__init__(*SIZE)
        self.socket = socket
        self.told: list[Any] = []

    async def press(self, keys: str) -> None:
        """Type."""
        await self.socket.send_json(["stdin", keys])

    async def wait_for(self, true: Callable[[str], bool]) -> None:
        """Wait until the screen is so."""
        try:
            async with asyncio.timeout(_SECONDS):
                while not true(self.text):
                    self._take(await self.socket.receive())
        except TimeoutError:
            raise AssertionError(f"{_SECONDS:g} s passed; the screen shows\n{self.text}") from None

    async def wait_for_quiet(self, quiet: float) -> None:
        """Wait until nothing has come for `quiet` seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_SECONDS):
                while True:
                    self._take(await self.socket.receive(timeout=quiet))

    @property
    def delivered(self) -> list[str]:
        """The keys of the files that the browser was given."""
        return [said[1] for said in self.told if said[0] == "deliver_file_start"]

    def _take(self, message: aiohttp.WSMessage) -> None:
        assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT), message
        if message.type is aiohttp.WSMsgType.BINARY:
            self.feed(message.data)
        else:
            self.told.append(message.json())


@asynccontextmanager
async def session(served: Serving) -> AsyncIterator[Session]:
    """A session as the page opens it."""
    columns, rows = SIZE
    url = f"{served.socket}?width={columns}&height={rows}"
    async with (
        aiohttp.ClientSession() as browser,
        browser.ws_connect(url, headers={"Origin": served.origin}, max_msg_size=0) as socket,
    ):
        yield Session(socket)
