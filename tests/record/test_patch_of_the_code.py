"""What the work tree has that its commit has not is kept as a patch, and nothing of the repository is run for it."""

import os
import shutil
import subprocess
import sys
import threading

import pytest
from work_tree import Tree

import trackside
from trackside.model.run import Code
from trackside.record.capture import git, patch
from trackside.services.doctor import doctor
from trackside.store.journal import Kind
from trackside.store.layout import StorePaths
from trackside.store.merge import merge
from trackside.store.store import Store

pytestmark = pytest.mark.usefixtures("all_captured")

SCRIPT = "import sys, trackside\ntrackside.init(project='p', store=sys.argv[1], quiet=True).finish()\n"


@pytest.fixture
def tree(tmp_path, monkeypatch):
    made = Tree(tmp_path / "repository")
    monkeypatch.setattr(git, "_folders", lambda: [made.folder])
    return made


@pytest.fixture
def captured(tmp_path):
    def capture() -> bytes:
        content = patch.capture(tmp_path / "store", threading.Event())
        assert content is not None
        return content

    return capture


def test_the_patch_makes_the_commit_into_the_work_tree_again(tree, captured):
    tree.write("train.py", "".join(f"line {number}\n" for number in range(40)))
    tree.write("gone.py", "x = 1\n")
    tree.write("ümläut name.py", "y = 1\n")
    tree.write("run.sh", "echo 1\n")
    tree.commit()
    tree.write("train.py", "".join(f"line {number}{'!' * (number in (3, 30))}\n" for number in range(40)))
    (tree.folder / "gone.py").unlink()
    tree.write("ümläut name.py", "y = 2")
    (tree.folder / "run.sh").chmod(0o755)
    tree.write("new/module.py", "import os\n\n\nos.getcwd()\n")
    tree.write("new/with space.yaml", "lr: 0.1")
    tree.write("new/crlf.py", "a = 1\r\nb = 2\r\n")
    tree.write("new/empty.py", "")
    tree.write("Makefile", "all:\n\techo\n")
    content, now = captured(), tree.files()
    tree.git("stash", "--include-untracked")
    tree.git("apply", "--index", put_in=content)
    assert tree.files() == now
    assert (tree.folder / "run.sh").stat().st_mode & 0o100


def test_before_the_first_commit_all_that_was_added_is_new(tree, captured):
    tree.write("train.py", "x = 1\n")
    tree.git("add", "train.py")
    assert b"new file mode" in captured()
    assert b"+x = 1\n" in captured()


def test_a_clean_tree_has_an_empty_patch_and_no_tree_has_none(tree, captured, tmp_path, monkeypatch):
    tree.write("train.py", "x = 1\n")
    tree.commit()
    assert captured() == b""
    monkeypatch.setattr(git, "_folders", lambda: [tmp_path])
    assert patch.capture(tmp_path, threading.Event()) is None


@pytest.mark.parametrize(
    "name",
    [
        *(".env", ".env.local", "prod.env", "server.pem", "tls.key", "my_credentials.py", "id_rsa", "id_ed25519.py"),
        *(".netrc", "Credential.json", "secrets.yaml", ".ssh/config.conf", "sub/.aws/config.toml"),
    ],
)
def test_files_that_may_hold_secrets_are_never_in_it(name, tree, captured):
    tree.write("train.py", "x = 1\n")
    tree.write(name, "first = 'planted'\n")
    assert b"planted" not in captured()
    tree.commit()
    tree.write(name, "second = 'planted'\n")
    assert b"planted" not in captured()
    assert f"{name} (may be secret)".encode() in captured()


def test_what_is_binary_too_long_ignored_or_no_code_is_left_out(tree, captured, monkeypatch):
    monkeypatch.setattr(patch, "_MOST_OF_AN_UNTRACKED_FILE", 1000)
    monkeypatch.setattr(patch, "_MOST_UNTRACKED", 1500)
    monkeypatch.setattr(patch, "_MOST_OF_A_FILE", 4000)
    tree.write("model.bin", bytes(range(256)))
    tree.write("table.json", "1\n")
    tree.write(".gitignore", "ignored/\n")
    tree.commit()
    tree.write("model.bin", bytes(reversed(range(256))))
    tree.write("table.json", "2\n" * 4000)
    tree.write("data.csv", "1,2\n")
    tree.write("blob.py", b"\0\1")
    tree.write("ignored/x.py", "ignored = 1\n")
    tree.write("large.py", "#" * 1001)
    for number in range(3):
        tree.write(f"some_{number}.py", "#" * 600)
    (tree.folder / "link.py").symlink_to("/etc/passwd")
    said = captured().decode().splitlines()
    assert said[0] == (
        "# left out: model.bin (binary), table.json (too long), blob.py (binary), large.py (too long), "
        "link.py (no plain file), some_2.py (too long)"
    )
    assert [line for line in said if line.startswith("diff ")] == [
        f"diff --git a/{name} b/{name}" for name in ("some_0.py", "some_1.py")
    ]


def test_secrets_in_the_code_are_masked_and_the_other_files_can_be_applied(tree, captured):
    tree.write("train.py", "api_key = 'old'\nx = 1\n")
    tree.write("model.py", "depth = 1\n")
    tree.commit()
    tree.write("train.py", "api_key = 'planted-1'\nx = 2\n")
    tree.write("model.py", "depth = 2\npassword = getpass()\n")
    tree.write("config.yaml", "db:\n  password: planted 2\n")
    content = captured()
    assert b"planted" not in content
    assert content.startswith(b"# 3 lines hold secrets and are masked\ndiff --git")
    assert b"-api_key = '***'\n-x = 1\n+api_key = '***'\n+x = 2\n" in content
    assert b"+  password: ***\n" in content
    assert b"+password = getpass()\n" in content
    tree.git("stash")
    tree.git("apply", "--include=model.py", put_in=content)
    assert (tree.folder / "model.py").read_text() == "depth = 2\npassword = getpass()\n"


def test_nothing_that_the_repository_configures_is_run(tree, captured, tmp_path):
    proof = tmp_path / "it ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch '{proof}'\ncat\n")
    program.chmod(0o755)
    for name in ("train.py", "model.x"):
        tree.write(name, "x = 1\n")
    tree.write(".gitattributes", "*.py filter=f\n*.py diff=d\n*.x diff=d\n")
    tree.commit()
    for setting in (
        *("core.fsmonitor", "core.pager", "diff.external", "diff.d.textconv", "diff.d.command"),
        *("filter.f.clean", "filter.f.smudge", "filter.f.process", "core.sshCommand", "core.askPass"),
    ):
        tree.git("config", setting, str(program))
    tree.git("config", "filter.f.required", "true")
    hooks = tree.folder / ".git" / "hooks"
    for hook in ("post-index-change", "pre-commit", "fsmonitor-watchman", "reference-transaction"):
        (hooks / hook).write_text(program.read_text())
        (hooks / hook).chmod(0o755)
    for name in ("train.py", "model.x"):
        tree.write(name, "x = 2\n")
        os.utime(tree.folder / name, (1, 1))
    index = (tree.folder / ".git" / "index").read_bytes()
    proof.unlink(missing_ok=True)
    from trackside.record.capture import code

    assert code.capture()["dirty"] is True
    assert b"+x = 2\n" in captured()
    assert not proof.exists()
    assert (tree.folder / ".git" / "index").read_bytes() == index
    subprocess.run(["git", "status"], cwd=tree.folder, capture_output=True, check=False)
    assert proof.exists(), "git as a person uses it would have run them"


def test_a_filter_whose_name_would_slip_through_makes_the_repository_untouchable(tree, tmp_path):
    tree.write("train.py", "x = 1\n")
    tree.commit()
    tree.git("config", "filter.a=b.clean", "false")
    assert git.find_repository() is None


def test_a_git_that_hangs_is_given_up(tmp_path, tree, monkeypatch):
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec sleep 600\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(git, "_PATIENCE", 0.05)
    assert git.find_repository() is None


def test_a_run_has_the_patch_beside_its_log_and_its_size_in_the_record(tree, store, recordings):
    tree.write("train.py", SCRIPT)
    tree.commit()
    tree.write("train.py", SCRIPT + "# changed\n")
    tree.write("helper.py", "x = 1\n")
    subprocess.run([sys.executable, "train.py", str(store)], cwd=tree.folder, check=True)
    (found,) = recordings()
    content = (found.folder / "code.patch").read_bytes()
    assert b"+# changed\n" in content
    assert b"+x = 1\n" in content
    assert found.state["code"]["patch_bytes"] == len(content)


def test_a_store_inside_the_work_tree_is_not_part_of_the_patch(tree, recordings):
    tree.write("train.py", SCRIPT)
    tree.commit()
    store = tree.folder / "results"
    for _ in range(2):
        subprocess.run([sys.executable, "train.py", str(store)], cwd=tree.folder, check=True)
    assert [run.state["code"]["patch_bytes"] for run in recordings(store)] == [0, 0]


def test_a_resume_keeps_a_patch_of_its_own_and_changes_no_file_that_was_written(tree, store, recorded):
    resume = "import sys, trackside\ntrackside.init(resume='@last', store=sys.argv[1], quiet=True).finish()\n"
    tree.write("train.py", SCRIPT)
    tree.write("resume.py", resume)
    tree.commit()
    tree.write("helper.py", "x = 'the first life'\n")
    command = [sys.executable, "train.py", str(store)]
    subprocess.run(command, cwd=tree.folder, check=True)
    folder = recorded().folder
    written = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file() and file.parent.name != "w"}

    earlier = shutil.copytree(store, store.with_name("earlier"))
    tree.write("helper.py", "x = 2\n")
    command[1] = "resume.py"
    subprocess.run(command, cwd=tree.folder, check=True)

    assert {file: file.read_bytes() for file in written} == written
    assert len(list(folder.glob("code*.patch"))) == len(list(folder.glob("environment*.lock"))) == 2
    seen, run_id = Store.open(store), folder.name
    assert merge(seen.paths, StorePaths(earlier)).taken.files == 0
    seen.refresh()
    assert "+x = 2\n" in (seen.patch(run_id) or "")
    assert seen.run(run_id).environment.lock_file != "environment.lock"
    assert "msgspec==" in (seen.lock(run_id) or "")

    tree.commit()
    subprocess.run(command, cwd=tree.folder, check=True)

    seen.refresh()
    assert seen.run(run_id).code.commit == tree.git("rev-parse", "HEAD")
    assert seen.run(run_id).code.patch_bytes == 0
    assert seen.patch(run_id) is None
    assert doctor(seen).findings == []
    next(folder.glob("code.*.patch")).write_text("damaged")
    assert [finding.problem for finding, _ in doctor(seen).findings] == ["is not as long as what was kept"]
    shutil.rmtree(tree.folder / ".git")
    subprocess.run(command, cwd=tree.folder, check=True, env={**os.environ, "TRACKSIDE_CAPTURE": "-imports"})
    seen.refresh()
    assert seen.run(run_id).code == Code()
    seen.close()


@pytest.mark.parametrize("name", ["../secret", "/etc/hostname", "..", 3])
def test_a_run_names_no_patch_outside_its_own_folder(store, monkeypatch, name):
    monkeypatch.setenv("TRACKSIDE_CAPTURE", "none")
    run = trackside.init(project="tests", store=store, quiet=True)
    run._writer.say(Kind.STATE, {"code": {"patch_file": name, "patch_bytes": 6}})
    assert run.folder is not None
    folder = run.folder.root
    run.finish()
    (folder.parent / "secret").write_text("secret")
    seen = Store.open(store)
    seen.refresh()
    assert seen.patch(run.id) is None
    seen.close()
