"""A training script pays for nothing but the standard library and msgspec."""

import json

import pytest

pytestmark = pytest.mark.usefixtures("all_captured")

HEAVY = {
    "polars",
    "numpy",
    "textual",
    "rich",
    "sqlite3",
    "sqlite_utils",
    "scipy",
    "plotext",
    "lark",
    "click",
    "watchfiles",
}


def test_import_trackside_loads_nothing_but_itself(script):
    done = script("import sys, json\nimport trackside\nprint(json.dumps(sorted(sys.modules)))")
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert not loaded & (HEAVY | {"msgspec"})


def test_a_whole_recording_loads_no_heavy_library(script, recorded):
    done = script(
        "import sys, json, trackside\n"
        "with trackside.init(project='tests', store=sys.argv[1], quiet=True, seed=1, params={'a': 1}) as run:\n"
        "    run.log({'x': 1.0, 'text': 'y' * 300_000})\n"
        "    run.log_table('t', [{'x': 1}])\n"
        "    run.log_histogram('h', [1, 2.5])\n"
        "    run.log_artifact(__import__('json').__file__)\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert not loaded & HEAVY
    assert recorded().metrics["x"] == [(0, 1.0)]


BARE = """
import importlib, sys
allowed = {"msgspec", "trackside"}
class OnlyMsgspec:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names or top in allowed:
            return None
        raise ModuleNotFoundError(f"no module named {name!r} here", name=name)
sys.meta_path.insert(0, OnlyMsgspec())
for name in ("numpy", "blake3", "typing_extensions"):
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        continue
    raise SystemExit(f"{name} can be imported")
import trackside
with trackside.init(project="bare", store=sys.argv[1], quiet=True, seed=1, params={"lr": 0.1},
                    data={"train": sys.argv[0] if sys.argv[0] != "-c" else __import__("os").__file__}) as run:
    run.define_metric("x", goal="min", primary=True)
    run.log({"x": 0.5, "text": "y" * 300_000})
    run.tag("a")
    run.note("b")
    run.log_examples("e", ids=[1], scores=[1.0])
"""


def test_recording_works_with_nothing_but_msgspec(script, recorded):
    done = script(BARE)
    assert (done.returncode, done.stderr) == (0, "")
    found = recorded()
    assert found.metrics["x"] == [(0, 0.5)]
    assert found.state["data"]["train"]["fingerprint"].startswith("sha256:")
    assert found.others["text"][0][1]["blob"].startswith("sha256:")
    assert found.status["status"] == "finished"


def test_the_face_of_the_package_names_what_it_has(script):
    done = script(
        "import trackside\n"
        "assert dir(trackside) == ['Run', '__version__', 'attach', 'init', 'new_id', 'seed_everything']\n"
        "assert trackside.init and trackside.Run and trackside.seed_everything\n"
        "try: trackside.nothing\n"
        "except AttributeError as error: print(error)\n"
    )
    assert done.stdout == "module 'trackside' has no attribute 'nothing'\n"
