"""A script in a small repository, with a helper, and files that nothing imports."""

import os
import subprocess
import sys
from pathlib import Path

from work_tree import Tree

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


class Repository(Tree):
    """A script with a helper, a file that nothing imports, and a README; and where its runs go."""

    def __init__(self, folder: Path, store: Path) -> None:
        super().__init__(folder)
        self.store = store
        self.write("train.py", SCRIPT)
        self.write("helper.py", "def accuracy(seed):\n    return 0.8 + seed / 100\n")
        self.write("late.py", "x = 1\n")
        self.write("unused.py", "x = 1\n")
        self.write("README.md", "read me\n")
        self.commit()

    def ignore(self, name: str) -> None:
        """Let git know nothing of a file from now on."""
        self.write(".gitignore", f"{name}\n")
        self.git("rm", "-q", "--cached", name)
        self.commit()

    def commit(self) -> None:
        """All but what git ignores."""
        self.git("add", "--all")
        self.git("commit", "-q", "-m", "more")

    def run(self, seed: int, *words: str, cwd: Path | None = None, capture: str = "") -> None:
        command = [sys.executable, str(self.folder / "train.py"), str(self.store), str(seed), *words]
        environment = {**os.environ, "TRACKSIDE_CAPTURE": capture}
        done = subprocess.run(command, cwd=cwd or self.folder, env=environment, check=False, timeout=60)
        assert done.returncode == bool(words)
