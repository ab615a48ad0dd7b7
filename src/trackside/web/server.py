"""The server: our page and a session behind its socket, both behind the gate, and the files that pages need.

The token is in no cookie: a browser hands these to every port of a host, whoever listens there. The page keeps it.
"""

import asyncio
import socket as sockets
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import textual_serve
from aiohttp import WSCloseCode, web
from textual_serve.download_manager import DownloadManager

from trackside.web.gate import Gate
from trackside.web.session import cells, show

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware

_PAGE = Path(__file__).parent / "page"
_TERMINAL = Path(textual_serve.__file__).parent / "static"
_HEARTBEAT_SECONDS = 15.0
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
        "connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
"""The page loads nothing from elsewhere, stands in no other page, and its address, with the token, goes nowhere."""

_WRONG = "This is not the token of this server: each start of `trackside serve` has one of its own.\n"
_OTHER_NAME = "This server does not go by that name.\n"
_OTHER_PAGE = "Only this server's own page may open a session.\n"


class Served:
    """The app that `command` starts, for whoever the gate lets in."""

    def __init__(self, gate: Gate, command: str) -> None:
        self._gate = gate
        self._command = command
        self._downloads = DownloadManager()
        self._open: set[web.WebSocketResponse] = set()

    def application(self) -> web.Application:
        """What answers requests."""
        application = web.Application(middlewares=[_guard(self._gate)])
        application.add_routes(
            [
                web.get("/", self._page),
                web.get("/ws/{token}", self._session),
                web.get("/download/{key}", self._download),
                web.static("/page", _PAGE),
                web.static("/terminal", _TERMINAL),
            ]
        )
        application.on_shutdown.append(self._close)
        return application

    async def _page(self, request: web.Request) -> web.Response:
        """The page, for whoever has the token in the address; without one, the door, which may remember it."""
        token = request.query.get("token")
        if token is None:
            return _html("door.html", status=401)
        return _html("page.html") if self._gate.knows(token) else web.Response(status=403, text=_WRONG)

    async def _session(self, request: web.Request) -> web.StreamResponse:
        """The app in a socket, for a page of ours that has the token."""
        if not self._gate.is_own_page(request.headers.get("Origin"), request.headers.get("Host")):
            return web.Response(status=403, text=_OTHER_PAGE)
        if not self._gate.knows(request.match_info["token"]):
            return web.Response(status=403, text=_WRONG)
        socket = web.WebSocketResponse(heartbeat=_HEARTBEAT_SECONDS)
        await socket.prepare(request)
        self._open.add(socket)
        try:
            await show(socket, self._command, _size(request, "width"), _size(request, "height"), self._downloads)
        finally:
            self._open.discard(socket)
        return socket

    async def _download(self, request: web.Request) -> web.StreamResponse:
        """A file that the app hands to its browser, once, for its key, which was told in the socket alone."""
        key = request.match_info["key"]
        try:
            given = await self._downloads.get_download_metadata(key)
        except KeyError:
            return web.Response(status=404, text="There is no such file any more.\n")
        answer = web.StreamResponse(headers=_HEADERS)
        answer.content_type = "application/octet-stream"
        answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(given.file_name)}"
        await answer.prepare(request)
        async for chunk in self._downloads.download(key):
            await answer.write(chunk)
        await answer.write_eof()
        return answer

    async def _close(self, _: web.Application) -> None:
        """End every session: an app whose browser is gone goes too."""
        await asyncio.gather(*(socket.close(code=WSCloseCode.GOING_AWAY) for socket in list(self._open)))


def serve(served: Served, listening: sockets.socket) -> None:
    """Answer on that socket until ctrl+c, or another signal that asks to stop."""
    web.run_app(served.application(), sock=listening, print=None, access_log=None)


def _guard(gate: Gate) -> "Middleware":
    """Answers whoever asks us by a name of ours. What is answered is nobody else's to keep."""

    async def guarded(request: web.Request, handler: "Handler") -> web.StreamResponse:
        if not gate.answers_to(request.headers.get("Host")):
            return web.Response(status=421, text=_OTHER_NAME, headers=_HEADERS)
        answer = await handler(request)
        if not answer.prepared:
            answer.headers.update(_HEADERS)
        return answer

    return web.middleware(guarded)


def _html(name: str, status: int = 200) -> web.Response:
    return web.Response(status=status, text=(_PAGE / name).read_text(encoding="utf-8"), content_type="text/html")


def _size(request: web.Request, side: str) -> int:
    asked = request.query.get(side, "")
    return cells(int(asked)) if asked.isascii() and asked.isdigit() else cells(80 if side == "width" else 24)
