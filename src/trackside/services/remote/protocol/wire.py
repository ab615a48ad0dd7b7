"""How both ends of a connection speak: messages in one stream of zlib each way, flushed after each message.

A message is `u32 n | u32 m | n bytes of JSON, the head | m bytes of body`, little endian. What is longer than a piece
is sent in pieces of the same `id` or `event`, of which all but the last say `more`; those of others may come between
them. Lengths are checked before anything is kept: whoever is on the other side may say what they like.

This file is sent as it is to hosts without trackside: the standard library of Python 3.8 alone.
"""

from __future__ import annotations

import json
import struct
import threading
import zlib
from typing import Any, BinaryIO

GREETING = b"trackside-agent "
"""What the first line begins with that an agent writes, before the stream: its version and kind follow."""

VERSION = 3
MOST_HEAD = 1 << 16
MOST_BODY = 1 << 20
PIECE = 1 << 18
MOST_JOINED = 1 << 30
"""Bytes of all that has come in pieces and is not whole yet, such as the content of a file."""

_CHUNK = 1 << 16
_LENGTHS = struct.Struct("<II")


class WireError(Exception):
    """What came is no message of this protocol."""


class Sender:
    """The end that messages are written to, by any thread. `sent` counts bytes as they go over the wire."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._deflate = zlib.compressobj(9)
        self._lock = threading.Lock()
        self.sent = 0

    def send(self, head: dict[str, Any], body: bytes = b"") -> None:
        """One message, in pieces where it is long. OSError where nobody reads any more."""
        for start in range(0, len(body) - PIECE, PIECE):
            self._send({**head, "more": True}, body[start : start + PIECE])
        self._send(head, body[max(0, (len(body) - 1) // PIECE * PIECE) :])

    def _send(self, head: dict[str, Any], body: bytes) -> None:
        said = json.dumps(head, separators=(",", ":")).encode()
        with self._lock:
            packed = self._deflate.compress(_LENGTHS.pack(len(said), len(body)) + said + body)
            packed += self._deflate.flush(zlib.Z_SYNC_FLUSH)
            self._stream.write(packed)
            self._stream.flush()
            self.sent += len(packed)


class Receiver:
    """The end that whole messages are read from, by one thread. `received` counts bytes as they came over the wire."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._inflate = zlib.decompressobj()
        self._held = b""
        self._more = b""
        self._waits = True
        self._pieces: dict[Any, bytearray] = {}
        self.received = 0

    def receive(self) -> tuple[dict[str, Any], bytes] | None:
        """The next message that is whole; None where the other side has ended. WireError where it is none."""
        while True:
            message = self._receive()
            if message is None:
                return None
            head, body = message
            of = (str(head.get("id")), str(head.get("event")))
            if not head.get("more"):
                return head, bytes(self._pieces.pop(of, b"")) + body
            if len(body) != PIECE or sum(map(len, self._pieces.values())) + PIECE > MOST_JOINED:
                raise WireError("a message is longer than any may be, or its pieces are of other lengths")
            self._pieces.setdefault(of, bytearray()).extend(body)

    def _receive(self) -> tuple[dict[str, Any], bytes] | None:
        lengths = self._take(_LENGTHS.size)
        if lengths is None:
            return None
        of_head, of_body = _LENGTHS.unpack(lengths)
        if of_head > MOST_HEAD or of_body > MOST_BODY:
            raise WireError("a message is longer than any may be")
        said, body = self._take(of_head), self._take(of_body)
        if said is None or body is None:
            return None
        try:
            head = json.loads(said)
        except (ValueError, RecursionError):
            raise WireError("the head of a message is no JSON") from None
        if not isinstance(head, dict):
            raise WireError("the head of a message is no object")
        return head, body

    def _take(self, wanted: int) -> bytes | None:
        """So many bytes of the stream; None where it ends before."""
        while len(self._held) < wanted:
            if self._waits:
                self._more = self._stream.read1(_CHUNK)  # type: ignore[attr-defined]
                self.received += len(self._more)
                if not self._more:
                    return None
            try:
                inflated = self._inflate.decompress(self._more, _CHUNK)
            except zlib.error:
                raise WireError("what came is not compressed as it should be") from None
            self._held += inflated
            self._more = self._inflate.unconsumed_tail
            self._waits = not self._more and len(inflated) < _CHUNK
            if self._inflate.eof and len(self._held) < wanted:
                return None
        taken, self._held = self._held[:wanted], self._held[wanted:]
        return taken
