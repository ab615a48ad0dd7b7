"""What a run on another machine printed: fetched in blocks when it is read, and of what is only appended to, once."""

from trackside.services.remote.near.connection import Connection
from trackside.services.remote.near.kept import Kept
from trackside.services.remote.protocol.calls import MOST_PRINTED
from trackside.store.console import Piece, Stamp, unpacked

_MOST_BYTES = 32 << 20


class RemoteConsoles:
    """The consoles of the runs of a store behind a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._blocks = Kept[bytes](_MOST_BYTES, len)

    def pieces(self, run_id: str) -> list[Piece]:
        """What is kept of what a run printed, in its order."""
        return [
            _There(stem, start, size, self, run_id) for stem, start, size in self._connection.call("console", run_id)
        ]

    def block(self, piece: "_There", number: int) -> bytes:
        """A block of a piece; one that is not whole yet is asked for each time."""
        begin = number * MOST_PRINTED
        end = min(begin + MOST_PRINTED, piece.size)

        def ask() -> bytes:
            return bytes(self._connection.call("printed", piece.run_id, piece.stem, piece.start, begin, end))

        key = (piece.stem, piece.start, number)
        return self._blocks.get(piece.run_id, key, ask) if end - begin == MOST_PRINTED else ask()

    def stamps(self, piece: "_There", first: int) -> list[Stamp]:
        """When the parts of a piece came, from the `first` one on."""
        return unpacked(self._connection.call("stamps", piece.run_id, piece.stem, piece.start, first))


class _There(Piece, frozen=True):
    consoles: RemoteConsoles
    run_id: str

    def read(self, begin: int, end: int) -> bytes:
        first = begin // MOST_PRINTED
        numbers = range(first, -(-min(end, self.size) // MOST_PRINTED))
        at = begin - first * MOST_PRINTED
        return b"".join(self.consoles.block(self, number) for number in numbers)[at : at + end - begin]

    def stamps(self, first: int = 0) -> list[Stamp]:
        return self.consoles.stamps(self, first)
