"""One session: a process of the app, and the browser's socket that shows it. Both end together."""

import asyncio
import json
from typing import TYPE_CHECKING, Any

from textual_serve.app_service import AppService

if TYPE_CHECKING:
    from aiohttp.web import WebSocketResponse
    from textual_serve.download_manager import DownloadManager

_GRACE_SECONDS = 5.0
_MOST_CELLS = 1_000
_LARGEST_KEYS = 65_536
"""Characters of one message of keys, or of what is pasted."""


async def show(
    socket: "WebSocketResponse", command: str, width: int, height: int, downloads: "DownloadManager"
) -> None:
    """Run the app that `command` starts in that socket until either of them ends."""

    async def close() -> None:
        await socket.close()

    service = AppService(
        command,
        write_bytes=socket.send_bytes,
        write_str=socket.send_str,
        close=close,
        download_manager=downloads,
    )
    await service.start(width, height)
    # Textual's service tells neither that its process is gone nor ends one that does not listen.
    process, reading = service._process, service._task  # noqa: SLF001
    assert process is not None
    assert reading is not None
    closing = asyncio.create_task(_close_after(reading, socket))
    try:
        async for message in socket:
            await _pass_on(message.data, service, socket)
    finally:
        try:
            async with asyncio.timeout(_GRACE_SECONDS):
                await service.stop()
                await process.wait()
        except TimeoutError:
            process.kill()
        await closing


async def _close_after(reading: "asyncio.Task[None]", socket: "WebSocketResponse") -> None:
    await asyncio.wait([reading])
    await socket.close()


async def _pass_on(data: object, service: AppService, socket: "WebSocketResponse") -> None:
    """What the page says, to the app. What is none of it is let pass."""
    match _said(data):
        case ["stdin", str(keys)] if len(keys) <= _LARGEST_KEYS:
            await service.send_bytes(keys.encode(errors="replace"))
        case ["resize", {"width": int(width), "height": int(height)}]:
            await service.set_terminal_size(cells(width), cells(height))
        case ["ping", str(moment)]:
            await socket.send_json(["pong", moment])
        case ["focus"]:
            await service.focus()
        case ["blur"]:
            await service.blur()


def _said(data: object) -> Any:
    try:
        return json.loads(data) if isinstance(data, str) else None
    except ValueError:
        return None


def cells(asked: int) -> int:
    """The columns or rows of a screen that somebody asks for, as far as that makes sense."""
    return min(max(asked, 1), _MOST_CELLS)
