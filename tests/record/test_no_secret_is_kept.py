"""Secrets planted all around a run, each made up here, and none of them in any file of the store.

What a script prints is kept as it prints it, so the console is not looked at.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from work_tree import Tree

pytestmark = pytest.mark.usefixtures("all_captured")

WORDS = "Kx7Qm2Zr9Lw4Tn8Vb3Hc6Jd1Gf5Ps0Ya"


def made(prefix: str, length: int, number: int) -> str:
    """A secret of its own: letters and digits that no other one has in this order."""
    turned = WORDS[number:] + WORDS[:number]
    return prefix + (turned * 4)[: length - 2] + f"{number:02}"


HEX = [f"{number:02x}" + "c0ffee1234" * 4 for number in range(4)]
SECRETS = {
    "in the code, a token": made("gh" + "p_", 36, 1),
    "in the code, a password": made("", 14, 2),
    "in the code, a default of an option": made("", 16, 3),
    "in a new file, an environment variable that is set": made("", 20, 4),
    "in a new file, a cloud's key id": "AK" + "IA" + made("", 16, 5).upper(),
    "in a new file, a cloud's key": made("", 40, 6),
    "in YAML": made("", 12, 7) + " with spaces",
    "in JSON": made("", 18, 8),
    "in TOML": made("h" + "f_", 34, 9).replace("0", "x"),
    "in .env": made("", 24, 10),
    "in a file of credentials": made("", 24, 11),
    "in a .pem": made("", 60, 12),
    "in the code, a private key": made("", 64, 13),
    "in the remote": made("gl" + "pat-", 20, 14),
    "in an option": made("", 15, 15),
    "in a word of the command": HEX[0][:40],
    "in a param": made("sk" + "-proj-", 60, 16),
    "in a list of params": made("", 17, 17),
    "in a long param": made("xo" + "xb-", 40, 18),
    "in the address of data": made("", 19, 19),
    "in a variable": made("", 22, 20),
    "in the name of a job": made("np" + "m_", 36, 21),
    "in a traceback": made("S" + "G.", 22, 22) + "." + made("", 43, 23),
    "in the settings of pip": made("", 21, 24),
    "in a web token": "e" + "yJ" + made("", 30, 25) + ".e" + "yJ" + made("", 30, 26) + "." + made("", 43, 27),
    "in a connection string": made("", 86, 28) + "==",
}

SCRIPT = """
import sys, trackside

def train(password={"in the code, a password"!r}):
    with trackside.init(
        project="p", store=sys.argv[1], quiet=True,
        params={{"openai": {"in a param"!r}, "db": {{"logins": [{{"password": {"in a list of params"!r}}}]}},
                "prompt": "x " * 150_000 + {"in a long param"!r}}},
        data={{"train": "s3://ana:{"in the address of data"}@bucket/x"}},
    ) as run:
        raise ValueError({"in a traceback"!r})

TOKEN = {"in the code, a token"!r}
def options(parser):
    parser.add_argument("--api-key", type=str, default={"in the code, a default of an option"!r})
KEY = '''-----BEGIN RSA {"PRIVATE"} KEY-----
{"in the code, a private key"}
-----END RSA {"PRIVATE"} KEY-----'''
train()
"""


def script() -> str:
    """The script with its secrets put in."""
    text = SCRIPT.replace('{"PRIVATE"}', "PRIVATE")
    for name, secret in SECRETS.items():
        text = text.replace(f'{{"{name}"!r}}', repr(secret)).replace(f'{{"{name}"}}', secret)
    return text.replace("{{", "{").replace("}}", "}")


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A repository with secrets in its remote, its changes and its new files."""
    made_tree = Tree(tmp_path / "repository")
    made_tree.write("train.py", "print('nothing yet')\n")
    made_tree.write("config.toml", "[hub]\nuser = 'ana'\n")
    made_tree.commit()
    remote = f"https://ana:{SECRETS['in the remote']}@example.org/ana/x.git"
    made_tree.git("remote", "add", "origin", remote)
    made_tree.write("train.py", script())
    made_tree.write("config.toml", f"[hub]\nuser = 'ana'\ntoken = '{SECRETS['in TOML']}'\n")
    variable, id_, key = list(SECRETS.values())[3:6]
    made_tree.write(
        "cloud.py", f"import os\nos.environ['DB_PASSWORD'] = '{variable}'\nID = '{id_}'\nSECRET = '{key}'\n"
    )
    made_tree.write("jwt.py", f"session = '{SECRETS['in a web token']}'\n")
    account = f"DefaultEndpointsProtocol=https;AccountName=x;AccountKey={SECRETS['in a connection string']}"
    made_tree.write("azure.cfg", f"[store]\nwhere = {account}\n")
    made_tree.write("conf/db.yaml", f"db:\n  user: ana\n  password: {SECRETS['in YAML']}\n")
    made_tree.write("conf/db.json", json.dumps({"db": {"api_key": SECRETS["in JSON"]}}, indent=1))
    made_tree.write(".env", f"ANY={SECRETS['in .env']}\n")
    made_tree.write("gcp_credentials.json", json.dumps({"any": SECRETS["in a file of credentials"]}))
    made_tree.write("server.pem", SECRETS["in a .pem"])
    return made_tree


def test_twenty_secrets_and_more_that_are_planted_around_a_run_are_in_no_file_of_the_store(
    tree, store, recordings, own_home
):
    settings = own_home / ".config" / "pip" / "pip.conf"
    settings.parent.mkdir(parents=True)
    index = f"https://ana:{SECRETS['in the settings of pip']}@pypi.example.org/simple"
    settings.write_text(f"[global]\nextra-index-url = {index}\n")
    command = [sys.executable, "train.py", str(store), "--db-password", SECRETS["in an option"]]
    command.append(f"WANDB_API_KEY={SECRETS['in a word of the command']}")
    variables = {"ANY_NAME": SECRETS["in a variable"], "SLURM_JOB_NAME": f"x-{SECRETS['in the name of a job']}"}
    done = subprocess.run(
        command, cwd=tree.folder, env=os.environ | variables, capture_output=True, text=True, check=False
    )
    assert "ValueError" in done.stderr

    (found,) = recordings()
    assert found.state["code"]["patch_bytes"] > 1000
    assert found.state["data"]["train"]["uri"] == "s3://bucket/x"
    assert found.manifest["command"][-3:] == ["--db-password", "***", "WANDB_API_KEY=***"]
    assert found.status["status"] == "failed"
    printed = found.folder / "console"
    paths = [path for path in store.rglob("*") if path.is_file() and not path.is_relative_to(printed)]
    files = {path: path.read_bytes() for path in paths}
    leaked = {
        name: str(path.relative_to(store))
        for path, content in files.items()
        for name, secret in SECRETS.items()
        if secret.encode() in content
    }
    assert leaked == {}
    assert len(SECRETS) > 20
