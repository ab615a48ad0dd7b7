"""All that goes on beside one run, as the run itself sees it: it begins, and at the end it is waited for."""

from trackside.record.background import Tasks
from trackside.record.capture.system import Sampler

_SAMPLE_PATIENCE = 1.0


class Around:
    """Captures in a thread, and samples of the machine where these are wanted."""

    def __init__(self, tasks: Tasks, sampler: Sampler | None = None) -> None:
        self._tasks = tasks
        self._sampler = sampler

    @classmethod
    def nothing(cls) -> "Around":
        """Of a process that is not the run's own, such as a rank's."""
        return cls(Tasks((), (), lambda _: None))

    def start(self) -> None:
        """Begin all of it."""
        self._tasks.start()
        if self._sampler is not None:
            self._sampler.start()

    def wait(self, patience: float) -> None:
        """Take a last sample, and wait for captures for at most `patience` seconds, then ask them to stop."""
        if self._sampler is not None:
            self._sampler.stop(min(patience, _SAMPLE_PATIENCE))
        self._tasks.wait(patience)
