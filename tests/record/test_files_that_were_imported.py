"""Which files of one's own code a run imported is kept beside it, with what each held then."""

import json
import os
import signal
import subprocess
import sys
import threading

import pytest
from work_tree import Tree

import trackside
from trackside.model.imported import read
from trackside.record import background
from trackside.record import run as run_module
from trackside.record.capture import code as code_of_run
from trackside.record.capture import imported, loaded
from trackside.services.doctor import doctor
from trackside.store import manifest
from trackside.store.layout import StorePaths
from trackside.store.merge import merge
from trackside.store.store import Store

pytestmark = pytest.mark.usefixtures("all_captured")

RUN = "import sys, trackside\nrun = trackside.init(project='p', store=sys.argv[1], quiet=True)\n"
END = "run.finish()\n"


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path / "repository")


@pytest.fixture
def recorded_by(tree, store, recorded):
    """Write a script into the repository, run it, and give what its run says of the code, and its list."""

    def run(script: str, *, words=("train.py",), name="train.py", cwd=None, run=None):
        tree.write(name, script)
        tree.commit()
        subprocess.run([sys.executable, *words, str(store)], cwd=cwd or tree.folder, check=True, timeout=60)
        found = recorded()
        return found.state["code"], listed(found.folder)

    return run


def listed(folder):
    files = list(folder.glob("code*.imported"))
    return {} if not files else read(files[-1].read_text())


def blobs(tree, *paths):
    """What git calls the content of files in its last commit."""
    return {path: tree.git("rev-parse", f"HEAD:{path}") for path in paths}


def test_the_script_and_what_it_imports_are_listed_as_git_calls_them_and_no_other_file(tree, recorded_by):
    tree.write("README.md", "read me\n")
    tree.write("unused.py", "x = 1\n")
    tree.write("lib/model.py", "from names.deep import layer\n")
    tree.write("names/deep/layer.py", "depth = 1\n")
    tree.write("env/lib/python3/site-packages/bought.py", "x = 1\n")
    tree.write("late.py", "x = 1\n")
    path = "import sys\nsys.path += ['lib', 'env/lib/python3/site-packages']\n"
    code, files = recorded_by(f"{path}import bought, json, model\n{RUN}run.log({{'x': 1}})\nimport late\n{END}")
    assert files == blobs(tree, "train.py", "lib/model.py", "names/deep/layer.py", "late.py")
    assert code["imported"] == 4
    assert code["imported_hash"].startswith("sha256:")
    assert code["root"] == str(tree.folder)


def test_a_script_that_changes_its_folder_has_the_same_files(tree, recorded_by):
    tree.write("lib/model.py", "x = 1\n")
    tree.write("other/train.py", "x = 1\n")
    move = "import os\nos.chdir('other')\n"
    code, files = recorded_by(f"import sys\nsys.path.insert(0, 'lib')\nimport model\n{move}{RUN}os.chdir('/')\n{END}")
    assert files == blobs(tree, "train.py", "lib/model.py")
    assert code["imported_hash"]


def test_a_module_that_is_run_by_its_name_is_the_script(tree, recorded_by):
    tree.write("package/__init__.py", "")
    tree.write("package/model.py", "x = 1\n")
    words = ("-m", "package.train")
    code, files = recorded_by(f"from package import model\n{RUN}{END}", words=words, name="package/train.py")
    assert files == blobs(tree, "package/__init__.py", "package/train.py", "package/model.py")
    assert code["imported_hash"]


def test_a_script_that_a_profiler_runs_is_listed_though_it_is_no_module(tree, recorded_by):
    code, files = recorded_by(f"{RUN}{END}", words=("-m", "cProfile", "-o", "/dev/null", "train.py"))
    assert files == blobs(tree, "train.py")
    assert code["imported_hash"]


def test_what_an_installed_command_calls_is_listed(tree, recorded_by):
    start, indented = "env/lib/site-packages/start.py", (RUN + END).replace("\n", "\n    ")
    tree.write("package.py", f"def main():\n    {indented}")
    find = "import sys\nsys.path.insert(0, '.')\n"
    code, files = recorded_by(f"{find}from package import main\nmain()\n", words=(start,), name=start)
    assert files == blobs(tree, "package.py")
    assert code["imported_hash"]


LIES = """
import os, sys, types
def lie(name, **said):
    sys.modules[name] = types.ModuleType(name)
    vars(sys.modules[name]).update(said)
class Trap(types.ModuleType):
    def __getattribute__(self, name):
        raise RuntimeError("nobody asks me")
os.mkfifo("pipe.py")
lie("number", __file__=7)
lie("nothing", __file__=None)
lie("elsewhere", __file__="/etc/hostname")
lie("device", __file__="/dev/zero")
lie("spec", __spec__="none", __file__="/dev/null")
sys.modules["trap"] = Trap("trap")
sys.modules["other"] = object()
sys.modules["none"] = None
import model
model.__file__ = "unused.py"
"""


def test_modules_that_lie_about_their_file_harm_nothing(tree, recorded_by):
    tree.write("model.py", "x = 1\n")
    tree.write("unused.py", "x = 1\n")
    code, files = recorded_by(f"{LIES}{RUN}{END}")
    assert files == blobs(tree, "train.py", "model.py")
    assert code["imported_hash"]


@pytest.mark.parametrize("place", ["pipe.py", "gone.py", "null\0.py"])
def test_a_module_that_names_no_file_of_the_repository_leaves_the_code_unknown(tree, recorded_by, place):
    tree.write("model.py", "x = 1\n")
    lie = f"lie('it', __file__=os.path.abspath({place!r}))\n"
    code, files = recorded_by(f"{LIES}{lie}{RUN}{END}")
    assert files[place] is None
    assert code["imported_hash"] is None


def test_a_file_that_is_edited_after_the_script_began_is_listed_without_its_content(tree, recorded_by):
    tree.write("model.py", "x = 1\n")
    edit = """
import os, time
from trackside.record.capture import imported
began = time.time()  # the system tells only roughly when a process began
imported.loaded.began, imported._SLACK = lambda: began, 0
while os.stat("model.py").st_ctime <= began:
    open("model.py", "a").write("y = 1\\n")
"""
    code, files = recorded_by(f"import model\n{edit}{RUN}{END}")
    assert files == {**blobs(tree, "train.py"), "model.py": None}
    assert (code["imported"], code["imported_hash"]) == (2, None)


NOTEBOOK = """
import types
shell = types.SimpleNamespace(kernel=object())
sys.modules["IPython"] = types.SimpleNamespace(get_ipython=lambda: shell)
"""


@pytest.mark.parametrize(
    "kernel",
    [
        "",
        NOTEBOOK,
    ],
    ids=["a text", "a notebook"],
)
def test_code_that_is_in_no_file_is_not_known_by_the_files_that_it_imports(tree, recorded_by, kernel):
    tree.write("model.py", "x = 1\n")
    words = ("train.py",) if kernel else ("-c", f"import sys, model\n{RUN}{END}")
    code, files = recorded_by(f"import sys, model\n{kernel}{RUN}{END}", words=words)
    assert files == blobs(tree, *(["train.py"] if kernel else []), "model.py")
    assert code["imported_hash"] is None


def test_a_script_that_is_read_from_standard_input_is_in_no_file(tree, store, recorded):
    tree.write("model.py", "x = 1\n")
    tree.commit()
    command, script = [sys.executable, "-", str(store)], f"import model\n{RUN}{END}"
    subprocess.run(command, cwd=tree.folder, input=script, text=True, check=True)
    assert listed(recorded().folder) == blobs(tree, "model.py")
    assert recorded().state["code"]["imported_hash"] is None


EXECUTED = "exec(compile({text!r}, {name!r}, 'exec'), {{'__name__': 'experiment'}})\n"


@pytest.mark.parametrize("name", ["<experiment>", "<train.py>", "", f"<gen {'x' * 300}>", "x" * 300, "lib", "gone.py"])
def test_code_that_led_to_the_run_and_is_in_no_file_leaves_the_code_unknown(tree, recorded_by, name):
    tree.write("lib/model.py", "x = 1\n")
    tree.write("<train.py>", "x = 1\n")
    code, files = recorded_by(EXECUTED.format(text=RUN + END, name=name))
    assert files == blobs(tree, "train.py")
    assert code["imported_hash"] is None


@pytest.mark.parametrize("parts", ["all", "none"])
def test_a_run_is_recorded_though_its_code_has_an_odd_name_and_its_folder_is_gone(script, recorded, tmp_path, parts):
    (tmp_path / "gone").mkdir()
    leave = "import os\nos.chdir('gone')\nos.rmdir(os.getcwd())\n"
    named = EXECUTED.format(text=RUN + END, name="x" * 300)
    done = script(f"import sys\n{leave}{named}", TRACKSIDE_CAPTURE=parts)
    assert recorded().status["status"] == "finished"
    assert done.stderr == ""


def test_a_run_that_ends_looks_at_files_in_no_thread_of_training(store, recorded, monkeypatch):
    threads, going_on = [], threading.Event()

    def hang():
        threads.append(threading.current_thread())
        if threads[-1] is not threading.main_thread():
            going_on.wait(60)

    monkeypatch.setattr(code_of_run, "capture", lambda: hang() or {})
    monkeypatch.setattr(imported, "find_repository", hang)
    monkeypatch.setattr(run_module, "_CAPTURE_PATIENCE", 0.01)
    trackside.init(project="tests", store=store, quiet=True).finish()
    assert recorded().status["status"] == "finished"
    going_on.set()
    (capturing,) = set(threads)
    capturing.join(60)
    assert capturing is not threading.main_thread()


def test_what_still_runs_at_the_end_is_asked_to_stop_before_the_last_look():
    done = []
    tasks = background.Tasks(
        [lambda stop: done.append(stop.wait(60)), lambda _: done.append("too late")],
        [lambda _: done.append("at the end")],
        done.append,
        [lambda _: done.append("last look")],
    )
    tasks.start()
    assert tasks.wait(10)
    assert done == [True, "last look", "at the end"]


def test_a_run_that_is_killed_has_what_was_imported_after_its_beginning(tree, store, recorded):
    tree.write("late.py", "x = 1\n")
    wait = (
        "from trackside.record import background\nbackground._LATER_SECONDS = 0.01\n"
        f"{RUN}import late, pathlib, time\nuntil = time.monotonic() + 30\n"
        "while 'late.py' not in ''.join(p.read_text() for p in pathlib.Path(sys.argv[1]).rglob('code.imported')):\n"
        "    assert time.monotonic() < until\n    time.sleep(0.01)\n"
        "print('seen', flush=True)\nsys.stdin.read()\n"
    )
    tree.write("train.py", wait)
    tree.commit()
    process = subprocess.Popen(
        [sys.executable, "train.py", str(store)], cwd=tree.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"seen\n"
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    found = recorded()
    assert listed(found.folder) == blobs(tree, "train.py", "late.py")


def test_without_a_repository_paths_are_from_the_folder_that_is_worked_in(store, recorded, tmp_path):
    folder = tmp_path / "plain"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "train.py").write_text(f"import model\n{RUN}{END}")
    (folder / "src" / "model.py").write_text("x = 1\n")
    subprocess.run([sys.executable, "src/train.py", str(store)], cwd=folder, check=True)
    assert listed(recorded().folder).keys() == {"src/train.py", "src/model.py"}
    assert recorded().state["code"]["imported_hash"]


def test_runs_of_one_process_have_the_same_code(tree, store, recordings):
    one = "trackside.init(project='p', store=sys.argv[1], quiet=True).finish()\n"
    tree.write("train.py", f"import sys, trackside\nfor _ in range(3):\n    {one}")
    tree.commit()
    subprocess.run([sys.executable, "train.py", str(store)], cwd=tree.folder, check=True)
    hashes = [run.state["code"]["imported_hash"] for run in recordings()]
    assert len(hashes) == 3
    assert len(set(hashes)) == 1
    assert None not in hashes


@pytest.mark.parametrize(("bound", "value"), [("_MOST_FILES", 2), ("_MOST_BYTES", 10), ("_SECONDS", 0.0)])
def test_beyond_a_bound_the_list_ends_and_says_that_it_is_not_whole(tree, recorded_by, bound, value):
    for number in range(5):
        tree.write(f"m{number}.py", "x = 1\n")
    small = f"from trackside.record.capture import imported\nimported.{bound} = {value}\n"
    code, files = recorded_by(f"import m0, m1, m2, m3, m4\n{small}{RUN}{END}")
    assert sum(name is not None for name in files.values()) <= 2
    assert code["imported_hash"] is None


def test_trouble_with_the_list_is_told_once_and_ends_no_training(store, recorded, monkeypatch, capsys):
    def fail():
        raise RuntimeError("no modules today")

    monkeypatch.setattr(loaded, "modules", fail)
    trackside.init(project="tests", store=store, quiet=True).finish()
    assert recorded().status["status"] == "finished"
    assert capsys.readouterr().err.count("no modules today") == 1


def test_of_a_command_the_script_that_it_names_is_listed_and_no_more_is_known(tree, store, recorded):
    tree.write("train.py", "import model\n")
    tree.write("model.py", "x = 1\n")
    tree.commit()
    command = ["-m", "trackside", "run", "--quiet", "--store", str(store), "--", sys.executable, "train.py"]
    subprocess.run([sys.executable, *command], cwd=tree.folder, check=True)
    assert listed(recorded().folder) == blobs(tree, "train.py")
    assert recorded().state["code"]["imported_hash"] is None


def test_a_script_that_joins_the_run_around_it_lists_all_that_it_imports(tree, store):
    tree.write("train.py", f"import model\n{RUN}{END}")
    tree.write("model.py", "x = 1\n")
    tree.commit()
    words = ["-m", "trackside", "run", "--quiet", "--store", str(store), "--", sys.executable, "train.py", str(store)]
    subprocess.run([sys.executable, *words], cwd=tree.folder, check=True)
    seen = Store.open(store)
    seen.refresh()
    (run,) = seen.first_page(10)
    assert seen.imported(run.id) == blobs(tree, "train.py", "model.py")
    assert seen.run(run.id).code.imported_hash
    assert seen.run(run.id).code.commit == tree.git("rev-parse", "HEAD")
    seen.close()


def test_a_merge_takes_the_list_that_grew_and_doctor_misses_what_is_gone_of_it(tree, store, tmp_path, recorded_by):
    tree.write("late.py", "x = 1\n")
    _, files = recorded_by(f"{RUN}import late\n{END}")
    seen = Store.open(store)
    (run_id,) = seen.paths.run_ids()
    earlier = Store.open(manifest.create(tmp_path / "earlier").root)
    merge(earlier.paths, StorePaths(store))
    kept = earlier.paths.run(run_id).imported(None)
    kept.write_text(kept.read_text().splitlines(keepends=True)[0])
    assert [finding.problem for finding, _ in doctor(earlier).findings] == ["lists fewer files than were imported"]
    taken = merge(earlier.paths, StorePaths(store)).taken
    assert (taken.files, taken.conflicts) == (1, [])
    earlier.refresh()
    assert earlier.imported(run_id) == files
    assert doctor(earlier).findings == []
    earlier.close()
    seen.close()


def test_what_lies_in_an_environment_inside_the_repository_is_not_one_s_own(tree, monkeypatch):
    tree.write("env/tool.py", "x = 1\n")
    monkeypatch.setattr("trackside.record.capture.git._folders", lambda: [tree.folder])
    monkeypatch.setattr(loaded, "callers", lambda: [str(tree.folder / "env" / "tool.py")])
    for prefix, listed_files in ((os.devnull, {"env/tool.py"}), (str(tree.folder / "env"), set())):
        monkeypatch.setattr(sys, "prefix", prefix)
        imports = imported.Imports()
        imports.look()
        assert imports.files.keys() == listed_files


def test_show_has_the_files_in_words_and_in_its_document(tree, recorded_by, store):
    tree.write("model.py", "x = 1\n")
    _, files = recorded_by(f"import model\n{RUN}{END}")

    def shown(*words: str) -> str:
        command = [sys.executable, "-m", "trackside", "show", "@last", "--store", str(store), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    assert "2 files: train.py, model.py" in shown()
    assert json.loads(shown("--json"))["imported"] == files
