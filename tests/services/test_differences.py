"""Runs of a real repository, compared with what they were started from."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

import trackside
from trackside.compare.differs.code import CodeDifference
from trackside.compare.differs.differences import document
from trackside.model.errors import StoreError
from trackside.model.run import Run
from trackside.services.comparison.provenance import differences
from trackside.services.documents import to_json
from trackside.services.places.opening import open_store
from trackside.store.any_store import AnyStore


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with two files and one commit."""
    folder = tmp_path_factory.mktemp("runs") / "digits"
    folder.mkdir()
    git("init", "-q", "-b", "main", where=folder)
    (folder / "train.py").write_text("import model\n")
    (folder / "model.py").write_text("".join(f"layer_{number} = {number}\n" for number in range(40)))
    git("add", ".", where=folder)
    git("commit", "-q", "-m", "first", where=folder)
    return folder


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AnyStore]:
    """Where the runs go."""
    store = open_store(tmp_path_factory.mktemp("runs") / "store", create=True)
    yield store
    store.close()


def git(*arguments: str, where: Path) -> str:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
    return subprocess.run(command, cwd=where, env=clean, check=True, capture_output=True, text=True).stdout.strip()


def record(store: AnyStore, folder: Path, lr: float = 0.1) -> Run:
    """A run that is recorded in this process as one whose script lies in `folder`."""
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        patched.delenv("TRACKSIDE_CAPTURE")
        patched.setattr("trackside.record.capture.git._folders", lambda: [folder])
        patched.setattr("sys.orig_argv", ["python", "train.py", str(lr)])
        run = trackside.init(project="digits", store=store.addresses[0], params={"lr": lr}, quiet=True)
        run.finish()
    store.refresh()
    return store.run(run.id)


def moved(run: Run, cwd: Path | str | None) -> Run:
    """The run as one that was started in another folder, and does not say where its repository was."""
    code = msgspec.structs.replace(run.code, root=None)
    return msgspec.structs.replace(run, cwd=None if cwd is None else str(cwd), code=code)


def in_code(run: Run, **said: str) -> Run:
    """The run as one that says something else of its code."""
    return msgspec.structs.replace(run, code=msgspec.structs.replace(run.code, **said))


def edit(file: Path, old: str, new: str) -> None:
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def changed_lines(found: CodeDifference) -> list[str]:
    return [
        line for line in found.patch.splitlines() if line[:1] in ("+", "-") and not line.startswith(("+++ ", "--- "))
    ]


def code(store: AnyStore, baseline: Run, candidate: Run) -> CodeDifference:
    (found,) = differences.load_code(store, baseline, [candidate])
    return found


@pytest.fixture(scope="module")
def recorded(folder: Path, store: AnyStore) -> tuple[Run, Run]:
    """Two runs with a commit between them, and changes that were not committed on both sides."""
    edit(folder / "model.py", "layer_3 = 3\n", "layer_3 = 'baseline'\n")
    baseline = record(store, folder)
    git("checkout", "-q", "model.py", where=folder)
    edit(folder / "model.py", "layer_20 = 20\n", "layer_20 = 'committed'\n")
    git("commit", "-q", "-a", "-m", "Widen \x1b[31mit", where=folder)
    edit(folder / "model.py", "layer_37 = 37\n", "layer_37 = 'candidate'\n")
    (folder / "new file.py").write_text("new = 1\n")
    return baseline, record(store, folder, 0.3)


@pytest.fixture
def copy(recorded: tuple[Run, Run], folder: Path, tmp_path: Path) -> Path:
    """A copy of their repository, to do with as one likes; nothing in it is uncommitted."""
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy, symlinks=True)
    git("reset", "-q", "--hard", where=copy)
    git("clean", "-q", "-f", where=copy)
    return copy


@pytest.fixture
def both(recorded: tuple[Run, Run], copy: Path) -> tuple[Run, Run]:
    """The two runs, as if they had been started in the copy."""
    baseline, candidate = recorded
    return moved(baseline, copy), moved(candidate, copy)


def everything_below(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.lstat().st_mtime_ns, path.lstat().st_size) for path in sorted(folder.rglob("*"))}


def test_the_patch_leads_from_all_of_one_side_to_all_of_the_other(both: tuple[Run, Run], store: AnyStore) -> None:
    found = code(store, *both)
    assert changed_lines(found) == [
        "-layer_3 = 'baseline'",
        "+layer_3 = 3",
        "-layer_20 = 20",
        "+layer_20 = 'committed'",
        "-layer_37 = 37",
        "+layer_37 = 'candidate'",
        "+new = 1",
    ]
    assert (found.state, found.by_git, found.cut, found.remarks) == ("different", True, False, ())
    assert [(file.path, file.added, file.removed) for file in found.files] == [
        ("model.py", 3, 3),
        ("new file.py", 1, 0),
    ]


def test_the_commits_between_both_sides_are_told(both: tuple[Run, Run], store: AnyStore, copy: Path) -> None:
    found = code(store, *both)
    assert found.ahead is not None
    assert found.behind is not None
    assert (found.ahead.count, found.ahead.lines) == (
        1,
        (f"{git('rev-parse', '--short=12', 'HEAD', where=copy)} Widen \x1b[31mit",),
    )
    assert (found.behind.count, found.behind.lines) == (0, ())
    other_way = code(store, *reversed(both))
    assert (other_way.ahead, other_way.behind) == (found.behind, found.ahead)


def test_nothing_changes_in_the_repository(both: tuple[Run, Run], store: AnyStore, copy: Path) -> None:
    before = everything_below(copy)
    assert code(store, *both).by_git
    assert everything_below(copy) == before


def test_no_program_that_a_repository_names_is_run(
    both: tuple[Run, Run], store: AnyStore, copy: Path, tmp_path: Path
) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path / 'sprung'}\n")
    trap.chmod(0o755)
    for name in ("core.fsmonitor", "diff.external", "diff.x.command", "diff.x.textconv", "filter.x.smudge",
                 "filter.x.clean", "gpg.program", "core.pager"):  # fmt: skip
        git("config", name, str(trap), where=copy)
    git("config", "log.showSignature", "true", where=copy)
    (copy / ".git/info").mkdir(exist_ok=True)
    (copy / ".git/info/attributes").write_text("* diff=x filter=x\n")
    for hook in ("post-checkout", "post-index-change", "reference-transaction"):
        shutil.copy(trap, copy / ".git/hooks" / hook)
    assert code(store, *both).by_git
    assert not (tmp_path / "sprung").exists()
    git("status", where=copy)
    assert (tmp_path / "sprung").exists()


def test_a_change_and_the_commit_of_it_are_the_same_code(copy: Path, store: AnyStore) -> None:
    edit(copy / "model.py", "layer_3 = 3\n", "layer_3 = 4\n")
    baseline = record(store, copy)
    git("commit", "-q", "-a", "-m", "third", where=copy)
    found = code(store, baseline, record(store, copy))
    assert (found.state, found.patch, found.files, found.by_git) == ("same", "", (), True)
    assert found.ahead is not None
    assert found.ahead.count == 1


def test_runs_of_two_clones_are_compared(both: tuple[Run, Run], store: AnyStore, copy: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone: of 'it'"
    git("clone", "-q", str(copy), str(clone), where=tmp_path)
    edit(clone / "model.py", "layer_3 = 3\n", "layer_3 = 4\n")
    git("commit", "-q", "-a", "-m", "in the clone", where=clone)
    found = code(store, both[1], record(store, clone))
    assert found.by_git
    assert changed_lines(found)[:2] == ["-layer_3 = 3", "+layer_3 = 4"]


def test_a_shallow_clone_is_a_repository_too(copy: Path, store: AnyStore, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git("clone", "-q", "--depth", "1", f"file://{copy}", str(clone), where=tmp_path)
    baseline = record(store, clone)
    edit(clone / "model.py", "layer_3 = 3\n", "layer_3 = 4\n")
    git("commit", "-q", "-a", "-m", "third", where=clone)
    found = code(store, baseline, record(store, clone))
    assert found.ahead is not None
    assert found.behind is not None
    assert (found.by_git, found.ahead.count, found.behind.count) == (True, 1, 0)


def test_without_their_repository_kept_patches_are_compared_and_it_is_said(
    both: tuple[Run, Run], store: AnyStore, copy: Path
) -> None:
    shutil.rmtree(copy)
    found = code(store, *both)
    assert (found.state, found.by_git, found.ahead) == ("different", False, None)
    assert changed_lines(found) == [
        "-layer_3 = 3",
        "+layer_3 = 'baseline'",
        "-layer_37 = 37",
        "+layer_37 = 'candidate'",
        "+new = 1",
    ]
    assert found.remarks[0] == "No repository that is at hand has both commits."
    assert "Between the commits" in found.remarks[1]


def test_a_change_that_does_not_fit_its_commit_is_left_out_and_named(
    both: tuple[Run, Run], store: AnyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    baseline, candidate = both
    kept = store.patch(candidate.id) or ""
    broken = kept.replace(" layer_36 = 36\n", " layer_36 = 'masked'\n")
    assert broken != kept
    monkeypatch.setattr(store, "patch", lambda run_id: broken if run_id == candidate.id else None)
    found = code(store, baseline, candidate)
    assert found.by_git
    assert changed_lines(found) == ["-layer_20 = 20", "+layer_20 = 'committed'", "+new = 1"]
    assert [remark.partition(": ")[2] for remark in found.remarks] == [
        "what was not committed was not kept.",
        "its changes of model.py do not fit its commit and are left out.",
    ]


@pytest.mark.parametrize(
    "patch",
    ["nonsense", "diff --git a/../x b/../x\nnew file mode 100644\n--- /dev/null\n+++ b/../x\n@@ -0,0 +1 @@\n+1\n"],
)
def test_a_patch_that_fits_nothing_writes_nothing(
    both: tuple[Run, Run], store: AnyStore, copy: Path, monkeypatch: pytest.MonkeyPatch, patch: str
) -> None:
    before = everything_below(copy)
    monkeypatch.setattr(store, "patch", lambda run_id: patch)
    found = code(store, *both)
    assert (found.by_git, changed_lines(found)) == (True, ["-layer_20 = 20", "+layer_20 = 'committed'"])
    assert everything_below(copy) == before


@pytest.mark.parametrize(
    "commit", ["--output=/tmp/x", "HEAD", "main", "\x1b[31m", "", "1" * 40, "abc", "HEAD^{/first}", "0" * 100_000]
)
def test_a_commit_that_is_no_hash_or_not_here_is_no_word_for_git(
    both: tuple[Run, Run], store: AnyStore, commit: str
) -> None:
    baseline, candidate = both
    odd = msgspec.structs.replace(candidate, code=msgspec.structs.replace(candidate.code, commit=commit))
    found = code(store, baseline, odd)
    assert (found.by_git, found.state) == (False, "different")
    assert all(remark.isprintable() for remark in found.remarks)


@pytest.mark.parametrize(
    "cwd", ["relative", "/nowhere/at/all", "/dev/null", "/a\0b", "/\ud800", "/" + "x" * 5_000, None]
)
def test_a_folder_that_is_none_has_no_repository(
    both: tuple[Run, Run], store: AnyStore, copy: Path, monkeypatch: pytest.MonkeyPatch, cwd: str | None
) -> None:
    (copy.parent / "relative").symlink_to(copy)
    monkeypatch.chdir(copy.parent)
    baseline, candidate = (moved(run, cwd) for run in both)
    assert not code(store, baseline, candidate).by_git


@pytest.mark.parametrize("where", ["root", "remote", "here"])
def test_a_repository_is_found_where_it_was_where_its_remote_is_or_where_one_stands(
    both: tuple[Run, Run], store: AnyStore, copy: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    gone = [moved(run, "/nowhere/at/all") for run in both]
    assert not code(store, *gone).by_git
    if where == "here":
        monkeypatch.chdir(copy)
    else:
        gone = [in_code(run, **{where: str(copy)}) for run in gone]
    assert code(store, *gone).by_git


def test_what_git_cannot_tell_in_time_is_told_by_what_was_kept(both: tuple[Run, Run], store: AnyStore) -> None:
    (found,) = differences.load_code(store, both[0], [both[1]], seconds=0.0)
    assert not found.by_git
    assert found.remarks[0] == "Git took too long."


def test_without_git_what_was_kept_is_compared(
    both: tuple[Run, Run], store: AnyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    found = code(store, *both)
    assert (found.by_git, found.state) == (False, "different")


def test_a_patch_that_cannot_be_read_is_said_and_hides_no_other(
    both: tuple[Run, Run], store: AnyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unread(run_id: str) -> str:
        raise StoreError("patch.diff is a link")

    monkeypatch.setattr(store, "patch", unread)
    monkeypatch.setattr(store, "lock", unread)
    found = code(store, *both)
    assert changed_lines(found) == ["-layer_20 = 20", "+layer_20 = 'committed'"]
    assert [remark.partition(": ")[2] for remark in found.remarks] == ["patch.diff is a link"] * 2
    assert "patch.diff is a link" in differences.load(store, both[0], [both[1]]).remarks[0]


def test_all_differences_are_one_document(both: tuple[Run, Run], store: AnyStore) -> None:
    baseline, candidate = both
    found = differences.load(store, baseline, [candidate, baseline])
    code = differences.load_code(store, baseline, [candidate, baseline])
    said = json.loads(to_json(document(found, code)))
    assert said["params"] == [{"key": "lr", "baseline": 0.1, "values": [0.3, 0.1]}]
    assert (said["environment"], said["packages"], said["data"], said["remarks"]) == ([], [], [], [])
    assert [each for each in said["commands"][0]["arguments"] if each["baseline"] != each["candidate"]] == [
        {"baseline": ["0.1"], "candidate": ["0.3"]}
    ]
    assert [(each["run"], each["state"]) for each in said["code"]] == [
        (candidate.id, "different"),
        (baseline.id, "same"),
    ]
    assert said["code"][0]["baseline"]["commit"] == baseline.code.commit
    assert said["code"][0]["files"][0] == {"path": "model.py", "added": 3, "removed": 3, "imported": None}


def test_names_that_are_no_text_are_shown_and_encoded_all_the_same(
    both: tuple[Run, Run], store: AnyStore, copy: Path
) -> None:
    (copy / os.fsdecode(b"caf\xe9 \x1b.py")).write_text("x = 1\n")
    git("add", ".", where=copy)
    git("commit", "-q", "-m", "third", where=copy)
    found = differences.load_code(store, both[0], [record(store, copy)])
    assert [file.path for file in found[0].files] == ["caf\ufffd \x1b.py", "model.py"]
    assert to_json(document(differences.load(store, both[0], [both[1]]), found))


def test_what_a_run_lacks_is_told_from_null_in_the_document(both: tuple[Run, Run], store: AnyStore) -> None:
    runs = [msgspec.structs.replace(run, params=params) for run, params in zip(both, ({"a": None}, {}), strict=True)]
    found = differences.load(store, runs[0], [runs[1]])
    (row,) = document(found, differences.load_code(store, runs[0], [runs[1]]))["params"]
    assert row == {"key": "a", "baseline": None, "values": [None], "missing": [False, True]}
