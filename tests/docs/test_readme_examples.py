"""What the README says works: its scripts run, its commands answer, its filters are understood."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click import Context

from trackside import attach
from trackside.cli.main import cli

ONE_AFTER_ANOTHER = """
import json, sys
from trackside.cli.main import main
for command in json.loads(sys.argv[1]):
    print(*command, file=sys.stderr)
    try:
        main(command)
    except SystemExit as left:
        if left.code:
            raise
"""
"""Calls the command line in one process, which does not load for each command again what most of them need."""

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
SCRIPTS = re.findall(r"^```python\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
CONSOLES = re.findall(r"^```console\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
COMMANDS = [line.removeprefix("$ ") for console in CONSOLES for line in console.splitlines()]
FILTERS = re.findall(r"^\| `(.*?)` \|", README.partition("## Filters")[2].partition("\n## ")[0], re.MULTILINE)


@pytest.fixture(scope="module")
def readers_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of somebody who ran the README's scripts from top to bottom; the first one last, as `@last`."""
    folder = tmp_path_factory.mktemp("reader")
    (folder / "README.md").write_text(README)
    start, detailed, resume, read, seeds = SCRIPTS
    for script in (detailed, seeds, start, resume, read):
        answer = run([sys.executable, "-W", "error", "-c", script], folder)
        assert answer.returncode == 0, answer.stderr
    assert "0.01" in answer.stdout
    return folder


def run(command: list[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    own = {"TRACKSIDE_STORE": str(folder / "store"), "TRACKSIDE_CAPTURE": "all", "HOME": str(folder)}
    return subprocess.run(command, cwd=folder, env=os.environ | own, capture_output=True, text=True, check=False)


def test_the_start_is_ten_lines() -> None:
    assert len([line for line in SCRIPTS[0].splitlines() if line.strip()]) <= 10


def test_the_commands_of_the_readme_answer_one_after_another(readers_folder: Path) -> None:
    commands = [shlex.split(command) for command in COMMANDS]
    assert {program for program, *_ in commands} == {"trackside"}
    said = json.dumps([arguments for _, *arguments in commands])
    answer = run([sys.executable, "-c", ONE_AFTER_ANOTHER, said], readers_folder)
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize("filter_", FILTERS)
def test_a_filter_of_the_readme_is_understood(readers_folder: Path, filter_: str) -> None:
    with attach(readers_folder / "store") as store:
        store.runs(filter_)


def test_every_command_is_in_the_readme() -> None:
    with Context(cli) as context:
        for verb in cli.list_commands(context):
            command = cli.get_command(context, verb)
            assert command is not None
            assert command.hidden or re.search(rf"`(trackside )?{verb}\b", README), verb


def test_every_link_of_the_documents_leads_somewhere() -> None:
    for document in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / document).read_text()):
            assert (ROOT / target).exists(), f"{document}: {target}"
