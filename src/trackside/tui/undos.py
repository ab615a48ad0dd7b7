"""What was edited since the app was opened, and how each edit is taken back, the latest first."""

from trackside.model.errors import TracksideError
from trackside.services.edit import Undo


class Undos:
    """Edits that can be taken back."""

    def __init__(self) -> None:
        self._made: list[Undo] = []
        self._failed: Undo | None = None

    def __len__(self) -> int:
        return len(self._made)

    def add(self, undo: Undo) -> None:
        """An edit was made."""
        self._made.append(undo)

    def take_back(self) -> Undo | None:
        """Take the latest edit back; None where there is none.

        One that cannot be may be tried again, as its store may be away for a moment. Then it is let go, since its run
        may be gone: the edits before it are to be had.
        """
        if not self._made:
            return None
        last = self._made[-1]
        try:
            last()
        except (TracksideError, OSError):
            if self._failed is last:
                self._made.pop()
            self._failed = last
            raise
        return self._made.pop()
