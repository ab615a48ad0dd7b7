"""`compare --json` has all in which the sides differ: params, environment, packages, data, code and command."""

import json
import subprocess
import sys

import pytest

SCRIPT = """
import sys
import trackside

width = 8
name, data, root, *rest = sys.argv[1:]
chosen = {"params": {"lr": len(rest)}, "data": {"eval": data}}
with trackside.init(project="p", name=name, store=root, quiet=True, **chosen) as run:
    run.log({"val/f1": 0.5})
"""


@pytest.fixture
def differing(call, tmp_path, all_captured):
    """The document on two runs of a script that was changed in between, on other data, with one argument more."""
    tree = tmp_path / "tree"
    tree.mkdir()
    for name, text, rest in (("one", SCRIPT, []), ("two", SCRIPT.replace("width = 8", "width = 16"), ["--more"])):
        (tree / "train.py").write_text(text)
        (tree / f"{name}.txt").write_text(name)
        for words in ("init -q", "add train.py", f"-c user.name=ana -c user.email=ana@example.org commit -q -m {name}"):
            subprocess.run(["git", *words.split()], cwd=tree, check=True)
        command = [sys.executable, "train.py", name, f"{name}.txt", str(tmp_path / "two"), *rest]
        subprocess.run(command, cwd=tree, check=True)
    return json.loads(call("compare", "two", "--baseline", "one", "--json", on=tmp_path / "two").out)


def test_everything_that_differs_is_in_the_document(differing):
    assert differing["params"] == [{"key": "lr", "baseline": 0, "values": [1]}]
    (data,) = differing["data"]
    assert (data["key"], data["changes"]) == ("eval", ["changed"])
    assert data["baseline"]["fingerprint"] != data["values"][0]["fingerprint"]
    (code,) = differing["code"]
    assert (code["run"], code["state"], code["by_git"]) == (differing["candidates"][0][0], "different", True)
    assert "+width = 16" in code["patch"]
    (command,) = differing["commands"]
    added = [stretch["candidate"] for stretch in command["arguments"] if not stretch["baseline"]]
    assert (command["run"], added) == (differing["candidates"][0][0], [["--more"]])


def test_what_is_alike_is_left_out(differing):
    assert (differing["environment"], differing["packages"]) == ([], [])
