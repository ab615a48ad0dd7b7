"""What a driver of the screen says of itself, so that not more is written than is needed."""

from textual.driver import Driver


class Counting(Driver):
    """What makes of a driver, named behind it, one that also says how much it wrote, and on what."""

    written = 0
    is_fresh = True
    """Whether nothing was displayed yet since the terminal was taken, or taken again after a suspension."""

    def start_application_mode(self) -> None:
        """Take the terminal."""
        self.is_fresh = True
        super().start_application_mode()  # type: ignore[safe-super]

    def write(self, data: str) -> None:
        """Write, and count."""
        self.written += len(data)
        super().write(data)  # type: ignore[safe-super]
