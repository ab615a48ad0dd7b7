"""A small git repository that tests of the captured code work in."""

import os
import subprocess
from pathlib import Path


class Tree:
    """A small repository, with git as a person would use it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str, put_in: bytes | None = None) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
        clean = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        done = subprocess.run(command, cwd=self.folder, env=clean, input=put_in, check=True, capture_output=True)
        return done.stdout.decode().strip()

    def write(self, path: str, content: str | bytes) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self) -> None:
        self.git("add", "-A", "-f")
        self.git("commit", "-q", "-m", "a commit", "--allow-empty")

    def files(self) -> dict[str, bytes]:
        found = (file for file in self.folder.rglob("*") if file.is_file() and ".git" not in file.parts)
        return {str(file.relative_to(self.folder)): file.read_bytes() for file in found}
