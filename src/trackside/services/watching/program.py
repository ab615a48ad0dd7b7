"""A message handed to a program: as JSON on its standard input, and in the environment.

What a run contains never stands on a command line, and no shell reads it unless that was asked for.
"""

import os
import shlex
import subprocess

import msgspec

from trackside.model.errors import UsageError
from trackside.model.visible import visible
from trackside.services.watching.message import Message
from trackside.services.watching.webhook import UndeliveredError

SECONDS = 60.0
_SHELL = "/bin/sh"


class Program:
    """A command, run in `folder`; with `shell` it is a line for the shell."""

    def __init__(self, command: str, folder: str, *, shell: bool = False) -> None:
        try:
            words = shlex.split(command)
        except ValueError as error:
            raise UsageError(f"--exec {command!r}: {error}") from None
        if not words:
            raise UsageError("--exec needs a command")
        self._words = [_SHELL, "-c", command] if shell else words
        self._folder = folder
        self.shown = words[0]

    def tell(self, message: Message) -> None:
        """Run it once. UndeliveredError where it cannot be started, fails, or takes over a minute."""
        try:
            subprocess.run(
                self._words,
                cwd=self._folder,
                input=msgspec.json.encode(message.document()),
                env=os.environ | _variables(message),
                timeout=SECONDS,
                check=True,
            )
        except OSError as error:
            raise UndeliveredError(f"{self.shown} cannot be started: {error.strerror}") from None
        except subprocess.CalledProcessError as error:
            raise UndeliveredError(f"{self.shown} ended with status {error.returncode}") from None
        except subprocess.TimeoutExpired:
            raise UndeliveredError(f"{self.shown} took over {SECONDS:.0f} s and was ended") from None


def _variables(message: Message) -> dict[str, str]:
    """What is told first, and of how many things."""
    event = message.events[0]
    told = {
        "TITLE": message.title,
        "TEXT": message.text,
        "COUNT": str(len(message.events)),
        "WHAT": event.what,
        "RUN": event.run,
        "NAME": event.name,
        "PROJECT": event.project,
        "STATUS": event.status,
        "STEP": "" if event.step is None else str(event.step),
    }
    return {f"TRACKSIDE_EVENT_{name}": visible(value, keep="\n") for name, value in told.items()}
