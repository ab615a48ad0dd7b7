"""People of one box: users by their numbers alone, each with a home, who run trackside in processes of their own."""

import json
import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_BECOME = Path(__file__).with_name("become.py")
_SEVERAL = """
import contextlib, io, json, sys
from trackside.cli.main import main
said = []
for command in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO(), "utf-8")) as out:
        try:
            main(command)
        except SystemExit as left:
            assert not left.code, command
    said.append(out.buffer.getvalue().decode())
print(json.dumps(said))
"""


@dataclass(frozen=True)
class Person:
    """A user who is in one group beside the own one; -1 is none."""

    uid: int
    group: int
    home: Path
    mask: int = 0o022

    @property
    def environment(self) -> dict[str, str]:
        return {"HOME": str(self.home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}

    def command(self, *python: str) -> list[str]:
        """The command that calls Python with these arguments as this user. To be started as root."""
        return [sys.executable, str(_BECOME), str(self.uid), str(self.group), oct(self.mask), *python]

    def start(self, code: str, *arguments: object, **variables: str) -> "subprocess.Popen[str]":
        """Python code in a process of this user's."""
        return subprocess.Popen(
            self.command("-c", code, *map(str, arguments)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.home,
            env=self.environment | variables,
        )

    def python(self, code: str, *arguments: object) -> str:
        """Python code that has to succeed; what it prints."""
        return _succeeded(self._run("-c", code, *map(str, arguments))).stdout

    def trackside(self, *arguments: object) -> str:
        """A command that has to succeed; what it prints."""
        return _succeeded(self._run("-m", "trackside", *map(str, arguments))).stdout

    def several(self, store: Path, *commands: str) -> list[str]:
        """Commands that have to succeed, one after the other in one process; what each of them prints."""
        words = [["--store", str(store), *shlex.split(command)] for command in commands]
        return json.loads(self.python(_SEVERAL, json.dumps(words)))

    def remarks(self, *arguments: object) -> str:
        """What a command that has to succeed says on standard error."""
        return _succeeded(self._run("-m", "trackside", *map(str, arguments))).stderr

    def refused(self, *arguments: object) -> str:
        """What a command that has to fail says on standard error."""
        done = self._run("-m", "trackside", *map(str, arguments))
        assert done.returncode != 0, done.stdout
        return done.stderr

    def _run(self, *python: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.command(*python),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=self.home,
            env=self.environment,
        )


def _succeeded(done: "subprocess.CompletedProcess[str]") -> "subprocess.CompletedProcess[str]":
    assert done.returncode == 0, done.stderr
    return done
