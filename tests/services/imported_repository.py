"""A script in a small repository, with a helper, and files that nothing imports."""

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys
import helper
import trackside
store, seed, *words = sys.argv[1:]
given = {"name": f"seed-{seed}", "params": {"lr": 0.1}, "seed": int(seed)}
with trackside.init(project="p", store=store, quiet=True, **given) as run:
    run.define_metric("val/accuracy", primary=True)
    run.log({"val/accuracy": helper.accuracy(int(seed))}, step=0)
    if words:
        raise SystemExit(words[0])
    import late
"""


class Repository:
    """A script with a helper, a file that nothing imports, and a README; and where its runs go."""

    def __init__(self, folder: Path, store: Path) -> None:
        self.folder, self.store = folder, store
        folder.mkdir()
        self.git("init", "-q", "-b", "main")
        self.write("train.py", SCRIPT)
        self.write("helper.py", "def accuracy(seed):\n    return 0.8 + seed / 100\n")
        self.write("late.py", "x = 1\n")
        self.write("unused.py", "x = 1\n")
        self.write("README.md", "read me\n")
        self.commit()

    def git(self, *arguments: str) -> None:
        clean = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
        subprocess.run(command, cwd=self.folder, env=clean, check=True, capture_output=True)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "-q", "-m", "more")

    def run(self, seed: int, *words: str, cwd: Path | None = None, capture: str = "") -> None:
        command = [sys.executable, str(self.folder / "train.py"), str(self.store), str(seed), *words]
        environment = {**os.environ, "TRACKSIDE_CAPTURE": capture}
        done = subprocess.run(command, cwd=cwd or self.folder, env=environment, check=False, timeout=60)
        assert done.returncode == bool(words)
