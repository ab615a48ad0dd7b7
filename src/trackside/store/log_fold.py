"""What has been read of one log of a run: how far, who writes it, and what it says of itself."""

from typing import Any

import msgspec

from trackside.store import resumes

COPIED = "copied"
"""The role of a log that another system's files were copied into: it says itself how the run stands."""


class LogFold(msgspec.Struct):
    """One log, read up to `offset`. `opened` is its OPEN frame; `decoder` goes on where reading stopped.

    `inode` is that of the file that was read: whatever is put in its place has another one, and is read from its start.
    `says` tells whether it said something of which the last word counts. `reach` is the largest step among what counts
    of it; `unread` are the metrics of a sealed log that its summary cannot tell of, since a resume replaced a part of
    their points; `unshaped` are those of which it has no shape, as one that an earlier version sealed.
    """

    offset: int = 0
    inode: int = 0
    decoder: bytes = b""
    opened: dict[str, Any] = {}
    closed: bool = False
    rotated: bool = False
    sealed: bool = False
    dropped: int = 0
    beat: float | None = None
    status: dict[str, Any] | None = None
    signalled: bool = False
    says: bool = False
    reach: int | None = None
    unread: set[str] = set()
    unshaped: set[str] = set()

    @property
    def role(self) -> str:
        """`main`, `joined`, `child`, `rank N` or `edit`."""
        return str(self.opened.get("role", "main"))

    @property
    def writer(self) -> str:
        """Who writes it."""
        return str(self.opened.get("writer", ""))

    @property
    def is_of_rank(self) -> bool:
        """Whether its series are a rank's: outside of what is said of the run."""
        return self.role.startswith("rank")

    @property
    def is_aside(self) -> bool:
        """Whether it stands beside one of the same name that cannot be written."""
        return "why" in self.opened

    @property
    def opened_at(self) -> float:
        """When it was opened, in seconds since the epoch."""
        return float(self.opened.get("time", 0.0))

    @property
    def order(self) -> tuple[int, float, int]:
        """Logs of a run in the order in which they were opened; a resume comes later, whatever its clock says.

        The logs of a copy are numbered through: whoever copies knows those that are there.
        """
        opened_at = 0.0 if self.role == COPIED else self.opened_at
        return (resumes.number(self.opened), opened_at, int(self.opened.get("seq", 0)))

    def reached(self, step: int | None) -> None:
        """A point at `step` counts."""
        if step is not None and (self.reach is None or step > self.reach):
            self.reach = step
