"""Make the samples of guild: its command (guildai 0.9) runs a small script, and `expected.json` says what that printed.

    pip install guildai 'setuptools<80'    # not in the project's environment
    python make_guild.py                   # here

What guild keeps of the environment is removed, the list of packages is shortened, and where it ran is written as
another place.
"""

import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from make_csv_runs import fresh, statistics

SCRIPT = """
lr = 0.1
layers = 2
fail = False
for step in range(5):
    print(f"step: {step}")
    print(f"loss: {1 / (step + 1) + lr}")
if fail:
    raise SystemExit(3)
"""
GUILDFILE = r"""
train:
  main: train
  flags-import: all
  output-scalars:
    step: 'step: (\step)'
    loss: 'loss: (\value)'
"""


def single(value: float) -> float:
    """A value as event files hold it."""
    return float(struct.unpack("<f", struct.pack("<f", value))[0])


def main() -> None:
    folder = fresh("guild")
    expected = {}
    with tempfile.TemporaryDirectory() as made:
        project = Path(made) / "digits"
        home = Path(made) / "home"
        for each in (project, home):
            each.mkdir()
        (project / "train.py").write_text(SCRIPT)
        (project / "guild.yml").write_text(GUILDFILE)
        guild = [str(Path(sys.executable).parent / "guild"), "run", "train", "-y"]
        programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        environment = os.environ | {"GUILD_HOME": str(home), "PATH": programs}
        for flags in (
            ["lr=0.25", "--label", "a first try", "--tag", "good", "--comment", "look at this"],
            ["lr=0.5", "fail=yes"],
        ):
            subprocess.run(guild + flags, cwd=project, env=environment, check=False)
        for number, run in enumerate(sorted((home / "runs").iterdir(), key=_started), 1):
            kept = folder / "runs" / run.name
            shutil.copytree(run, kept)
            (kept / ".guild" / "attrs" / "env").unlink()
            (kept / ".guild" / "attrs" / "pip_freeze").write_text("- guildai==0.9.0\n")
            for path in kept.rglob("*"):
                if path.is_file() and "tfevents" not in path.name and path.name != "output.index":
                    said = (
                        path.read_text().replace(str(project), "/home/ada/digits").replace(sys.prefix, "/home/ada/env")
                    )
                    path.write_text(said)
            lr = 0.25 if number == 1 else 0.5
            points = {"loss": [(step, single(1 / (step + 1) + lr)) for step in range(5)]}
            expected[f"runs/{run.name}"] = {
                "params": {"lr": lr, "layers": 2, "fail": number == 2},
                "metrics": statistics(points),
                "status": "finished" if number == 1 else "failed",
            }
    (folder / "expected.json").write_text(json.dumps(expected, indent=1))


def _started(run: Path) -> str:
    return (run / ".guild" / "attrs" / "started").read_text()


if __name__ == "__main__":
    main()
