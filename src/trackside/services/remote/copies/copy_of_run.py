"""What is known of the copy of one run: which of its files are here, and what of them is not.

It knows no connection and no file.
"""

from collections.abc import Collection

import msgspec

from trackside.store.layout import PYRAMID, REST

WANTED = ("table", "files", "rows")
"""What may be copied of a run, each with what stands before it."""

_NO_INODE = 0
_TABLE = ".parquet"


class Copy(msgspec.Struct):
    """A run as it was copied: what told its files from other states, and which files they were by their inodes.

    `whole` where it was looked at: then all of its files are copied, and all that is new in them; long logs that have
    ended once their `rows` are asked for. Until then files are `made` that stand for logs, and values of metrics may be
    `held_back`.
    """

    stamp: int | None = None
    inodes: dict[str, int] = {}
    whole: bool = False
    rows: bool = False
    made: list[str] = []
    held_back: tuple[str, ...] = ()

    def lacks_rows(self) -> bool:
        """Whether it has a log that is told in short, or one that is sealed and no column."""
        tables = [path for path in tuple(self.inodes) if path.endswith(_TABLE)]
        if not self.whole:
            return bool(tables) and all(path.endswith(PYRAMID) for path in tables)
        return bool(self.made)

    @property
    def wanted(self) -> str:
        """What of its files is kept up to date."""
        return "rows" if self.rows else "files" if self.whole else "table"

    def have_columns(self) -> None:
        """Take what is here of sealed logs for other files than those there, so that it is read with its columns."""
        sealed = [path for path in self.inodes if path.endswith(REST) and path not in self.made]
        self.inodes.update(dict.fromkeys(sealed, _NO_INODE))

    def is_no_more_made(self, path: str) -> None:
        """A file is there itself now, or here no more."""
        if path in self.made:
            self.made.remove(path)

    def knows(self, metrics: Collection[str]) -> bool:
        """Whether the values of these metrics are here, as far as it has any."""
        return set(metrics).isdisjoint(self.held_back)
