"""Code of two runs by the commits' names and the kept patches alone."""

import pytest

from trackside.compare.differs.code import MOST_BYTES, KeptCode, by_what_was_kept
from trackside.model.run import Code

COMMIT, OTHER = "1" * 40, "2" * 40


def section(path: str, *hunks: str, index: str = "index 1..2 100644") -> str:
    head = f"diff --git a/{path} b/{path}\n{index}\n--- a/{path}\n+++ b/{path}\n"
    return head + "".join(f"@@ -{place},1 +{place},1 @@\n{hunk}" for place, hunk in enumerate(hunks, 1))


def kept(name: str, patch: str = "", *, commit: str | None = COMMIT, dirty: bool | None = True) -> KeptCode:
    return KeptCode(name, Code(commit=commit, dirty=dirty), patch.encode())


def test_only_hunks_that_one_side_alone_has_are_shown_below_whose_they_are() -> None:
    both = section("same.py", "-a\n+b\n")
    ours = section("train.py", "-1\n+2\n", "-x\n+ours\n", index="index 1..5 100644")
    theirs = section("train.py", "-x\n+theirs\n", "-1\n+2\n", index="index 1..6 100644")
    found = by_what_was_kept(kept("a", both + ours), kept("b", both + theirs + section("new.py", "+1\n")))
    assert found.state == "different"
    assert [file.path for file in found.files] == ["train.py", "new.py"]
    lines = found.patch.splitlines()
    assert [line for line in lines if line.startswith("#")] == [
        "# only the baseline has",
        "# only the candidate has",
        "# only the candidate has",
    ]
    assert [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")] == [
        "-x", "+ours", "-x", "+theirs", "+1",
    ]  # fmt: skip


def test_a_change_made_twice_is_not_the_one_made_once() -> None:
    once, twice = section("a.py", "-x\n+y\n"), section("a.py", "-x\n+y\n", "-x\n+y\n")
    found = by_what_was_kept(kept("a", once), kept("b", twice))
    assert (found.state, found.patch.count("+y")) == ("different", 1)


def test_binary_files_differ_by_the_hashes_of_their_content() -> None:
    ours, theirs = (f"diff --git a/m b/m\nindex 1..{end} 100644\nBinary files a/m and b/m differ\n" for end in "23")
    assert by_what_was_kept(kept("a", ours), kept("b", theirs)).state == "different"
    assert by_what_was_kept(kept("a", ours), kept("b", ours)).state == "same"


@pytest.mark.parametrize(
    ("ours", "theirs", "state"),
    [
        (kept("a", dirty=False), kept("b", dirty=False), "same"),
        (kept("a", dirty=False), kept("b", commit=COMMIT[:8], dirty=False), "same"),
        (kept("a", dirty=False), kept("b", commit=OTHER, dirty=False), "different"),
        (kept("a", dirty=False), kept("b", dirty=True), "unknown"),
        (kept("a", dirty=False), kept("b", dirty=None), "unknown"),
        (kept("a", commit=None, dirty=None), kept("b", dirty=False), "unknown"),
        (kept("a", commit=None, dirty=None), kept("b", commit=None, dirty=None), "unknown"),
        (kept("a", section("a.py", "+1\n"), commit=None), kept("b", section("a.py", "+1\n"), commit=None), "same"),
        (kept("a", section("a.py", "+1\n"), commit=None), kept("b", section("a.py", "+2\n"), commit=None), "different"),
    ],
)
def test_code_is_the_same_only_where_all_of_it_is_known(ours: KeptCode, theirs: KeptCode, state: str) -> None:
    assert by_what_was_kept(ours, theirs).state == state
    assert by_what_was_kept(theirs, ours).state == state


def test_what_is_missing_is_said_and_what_a_run_says_of_itself_is_made_visible() -> None:
    head = "# left out: \x1b[31m.env (may be secret)\n"
    ours = kept("brisk-heron", head + section("a.py", "+1\n"), commit="--output=\x1b[2J")
    found = by_what_was_kept(ours, kept("calm-otter", dirty=True), "It is not here.")
    assert found.remarks == (
        "It is not here.",
        f"Between the commits --output=␛[2 and {COMMIT[:12]} nothing is compared, only what was not committed.",
        "brisk-heron: left out: ␛[31m.env (may be secret).",
        "calm-otter: what was not committed was not kept.",
    )


def test_a_long_patch_is_cut_after_a_whole_line() -> None:
    found = by_what_was_kept(kept("a"), kept("b", section("a.py", "+é\n" * MOST_BYTES)))
    assert found.cut
    assert MOST_BYTES - 4 <= len(found.patch.encode()) <= MOST_BYTES
    assert found.patch.endswith("+é\n")


def test_no_patch_is_an_error() -> None:
    odd = "no patch at all\ndiff --git \ndiff --git a/x b/x\n@@ \n@@ -1 +1 @@\nrename to y\n"
    assert by_what_was_kept(kept("a", odd), kept("b")).state == "different"
