"""Answers of another machine that are kept: those that were used last, as many as there is room for."""

from trackside.services.remote.near.kept import Kept


def test_answers_that_were_used_last_stay_up_to_their_weight() -> None:
    kept = Kept[str](5, len)
    kept.put("a", "a", "ab")
    kept.put("b", "b", "cd")
    assert kept.get("a", "a", str) == "ab"
    kept.put("c", "c", "efg")
    assert [kept.known(key, key) for key in "abc"] == ["ab", None, "efg"]


def test_what_was_replaced_forgotten_or_dropped_takes_no_room() -> None:
    kept = Kept[str](4, len)
    for _ in range(3):
        kept.put("a", "a", "abc")
    kept.put("b", "b", "d")
    assert [kept.known(key, key) for key in "ab"] == ["abc", "d"]
    kept.forget(["a"])
    kept.put("c", "c", "efg")
    assert [kept.known(key, key) for key in "bc"] == ["d", "efg"]
    kept.forget_all()
    kept.keep_unchanged({"a": "abcd"}, kept.moments(["a"]))
    assert kept.known("a", "a") == "abcd"
    kept.put("b", "b", "longer than all")
    assert [kept.known(key, key) for key in "ab"] == [None, "longer than all"]


def test_each_answer_is_weighed_once_to_keep_it_and_once_to_drop_it() -> None:
    weighed = list[int]()

    def weight(answer: int) -> int:
        weighed.append(answer)
        return 1

    kept = Kept[int](100, weight)
    ids = list(map(str, range(200)))
    kept.keep_unchanged({run_id: int(run_id) for run_id in ids}, kept.moments(ids))
    assert len(weighed) == 300
    assert [kept.known(run_id, run_id) for run_id in ("99", "100")] == [None, 100]
