"""What the index keeps of the histograms of a run: of each name how many there are, and where the last stands."""

import msgspec

from trackside.model.histogram import LoggedHistogram, line


class Drawn(msgspec.Struct, array_like=True):
    """The histograms of a name: how many there are, the bytes of all, and when and where the last was logged."""

    count: int = 0
    bytes: int = 0
    step: int = 0
    time: float = 0.0

    def take(self, one: LoggedHistogram) -> None:
        """One more."""
        self.count += 1
        self.bytes += len(line(one))
        if (self.step, self.time) <= (one.step, one.time) or self.count == 1:
            self.step, self.time = one.step, one.time
