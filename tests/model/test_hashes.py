"""Hashes as they are shown."""

from trackside.model.hashes import commit_text, shortened


def test_every_long_hash_of_a_text_has_its_first_twelve_digits() -> None:
    assert shortened(f"blake3:{'a' * 64}, sha256:{'b' * 64}") == f"blake3:{'a' * 12}…, sha256:{'b' * 12}…"


def test_what_is_short_or_no_hash_stays_as_it_is() -> None:
    for text in ("blake3:aabb", "eval v3 of the twelfth of november", "stat:1a2b3c4d5e6f"):
        assert shortened(text) == text


def test_a_commit_says_whether_the_work_tree_had_changes() -> None:
    commit = "1a2b3c4d5e6f7a8b"
    assert commit_text(commit, True) == "1a2b3c4d5e6f with changes"
    assert (commit_text(commit, False), commit_text(None, None)) == ("1a2b3c4d5e6f", None)
