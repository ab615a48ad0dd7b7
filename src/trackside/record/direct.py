"""Files on a local disk, written by whoever has something to write: what a call returned from is in the file.

It has the methods of a `Buffer`, which stands between training and file systems that may not answer.
"""

import os
from collections.abc import Callable

from trackside.store import logfile


class Direct:
    """Files by their descriptors."""

    def __init__(self) -> None:
        self.put = os.write
        self._open: set[int] = set()

    def open(self, create: Callable[[], int]) -> int:
        """The file that `create` makes. What that raises is raised."""
        return self.adopt(create())

    def adopt(self, descriptor: int) -> int:
        """A file that is open already."""
        self._open.add(descriptor)
        return descriptor

    def write(self, number: int, frame: bytes) -> None:
        """Write a whole frame, or nothing of it and raise OSError."""
        logfile.append(number, frame)

    def complete(self, number: int, frame: bytes, written: int, behind: bytes) -> None:
        """Write the rest of a frame of which `put` wrote a part, or take that part back and raise OSError.

        `behind` is what was written since: it stays.
        """
        logfile.complete(number, frame, written, behind)

    def close(self, number: int) -> None:
        """Close a file. OSError, and it is closed, where the file system tells now that it did not take all."""
        self._open.discard(number)
        os.close(number)

    def later(self, job: Callable[[], None]) -> None:
        """Do something after what was put is written, so now."""
        job()

    def first(self, job: Callable[[], None]) -> None:
        """Do something before what waits is written, so now."""
        job()

    def descriptor(self, number: int) -> int | None:
        """The open file."""
        return number

    def drain(self, patience: float) -> bool:  # noqa: ARG002
        """Wait until all is written, which it is."""
        return True

    def end(self, patience: float) -> int:  # noqa: ARG002
        """How many frames are not written: none."""
        return 0

    def forget(self) -> None:
        """In a forked process: let go of the other process's files."""
        for descriptor in self._open:
            os.close(descriptor)
        self._open = set()
