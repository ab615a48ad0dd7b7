"""Import contracts are no decoration: a wrong import is found. What is locked names no registry."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WRONG = {
    "record/run.py": "import polars",
    "services/edit.py": "import trackside.tui.keys.actions",
    "cli/runs.py": "import sqlite3",
    "store/layout.py": "from rich import print",
    "query/parse.py": "import plotext",
    "compare/verdict.py": "import trackside.services.table.view",
}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the source, with the contracts."""
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def contracts(house: Path) -> "subprocess.CompletedProcess[str]":
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command; lint_imports_command()",
        "--no-cache",
    ]
    environment = {**os.environ, "PYTHONPATH": str(house / "src")}
    return subprocess.run(command, cwd=house, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("file", WRONG)
def test_a_wrong_import_breaks_a_contract(house: Path, file: str) -> None:
    module = house / "src" / "trackside" / file
    module.write_text(f"{module.read_text()}\n{WRONG[file]}\n")
    checked = contracts(house)
    assert checked.returncode != 0
    assert "BROKEN" in checked.stdout


def test_the_lock_has_hashes_and_names_no_registry() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "--hash=sha256:" in lock
    assert "://" not in lock
    assert "index-url" not in lock


def test_only_what_it_is_for_is_at_the_top_of_the_tree() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    top = {name.partition("/")[0] for name in listed}
    files = {
        "pyproject.toml",
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "LICENSE",
        "justfile",
        "requirements.lock",
    }
    assert top <= files | {".ci", ".gitignore", "src", "tests", "themes", "screenshots"}
