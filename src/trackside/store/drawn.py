"""What the index keeps of the histograms of a run: of each name how many there are, and where the last stands."""

from zlib import crc32

import msgspec

from trackside.model.histogram import LoggedHistogram, line

_SUMS = 1 << 64


class Drawn(msgspec.Struct, array_like=True):
    """The histograms of a name: how many there are, the bytes of all, and when and where the last was logged.

    `sum` adds up the checksums of their lines: it tells one content from another, in whatever order they are read.
    """

    count: int = 0
    bytes: int = 0
    step: int = 0
    time: float = 0.0
    sum: int = 0

    def take(self, one: LoggedHistogram) -> None:
        """One more."""
        self.count += 1
        written = line(one)
        self.bytes += len(written)
        self.sum = (self.sum + crc32(written)) % _SUMS
        if (self.step, self.time) <= (one.step, one.time) or self.count == 1:
            self.step, self.time = one.step, one.time
