"""What one run says, whatever it says, never takes the other runs away from those who read the store."""

import shutil
import string
import time
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from trackside.cli.main import main
from trackside.model.keys import short
from trackside.services import cells
from trackside.services.doctor import doctor
from trackside.services.documents import full_document, to_json
from trackside.services.lookup import newest
from trackside.store import journal, manifest, seal, segments
from trackside.store.decode import Block
from trackside.store.journal import Kind
from trackside.store.layout import RunPaths
from trackside.store.store import Store

KNOWN = [
    "format", "name", "project", "group", "created", "user", "host", "boot", "command", "cwd", "python", "notes",
    "tags", "seed", "total_steps", "source", "job",
]  # fmt: skip
SECTIONS = ["params", "metrics", "data", "code", "environment", "artifacts", "run", "elsewhere"]
FIELDS = [
    "format", "run", "writer", "seq", "role", "resume", "step", "boot", "host", "inode", "time", "status", "exit_code",
    "traceback", "rotated", "stamp", "set", "add", "remove", "kind", "text", "values", "a",
]  # fmt: skip
SAID = [Kind.STATE, Kind.TAGS, Kind.SUMMARY, Kind.STATUS, Kind.MIXED, Kind.MARK, Kind.OPEN, Kind.CLOSE, Kind.SCHEMA]
WORDS = st.text(string.ascii_letters + "\x1b é木", max_size=6)
NUMBERS = st.integers(-(1 << 63), (1 << 64) - 1) | st.floats() | st.sampled_from([1e300, -1e300, 1 << 62, 253402300799])
LEAVES = st.none() | st.booleans() | NUMBERS | WORDS


def within(leaves: st.SearchStrategy, keys: st.SearchStrategy) -> st.SearchStrategy:
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
        max_leaves=6,
    )


ANYTHING = within(LEAVES, WORDS)
JSON = ANYTHING.filter(lambda value: "inf" not in repr(value) and "nan" not in repr(value))
MSGPACK = within(LEAVES | st.binary(max_size=4) | st.datetimes(), WORDS | NUMBERS | st.none())
SECTION = st.dictionaries(st.sampled_from(SECTIONS) | NUMBERS, MSGPACK | st.dictionaries(WORDS | NUMBERS, MSGPACK))
PAYLOADS = st.dictionaries(st.sampled_from(FIELDS), MSGPACK, max_size=8) | SECTION | MSGPACK
FRAMES = st.builds(journal.packed, st.sampled_from(SAID), PAYLOADS) | st.builds(
    journal.heartbeat, st.floats(), st.integers(0, (1 << 64) - 1)
)
ROWS = st.tuples(st.integers(-(1 << 63), (1 << 63) - 1), st.floats(), st.floats())


def clear(root: Path) -> None:
    """Begin with an empty store, without the runs of the example before."""
    shutil.rmtree(root)
    manifest.create(root)


def check_readable(store: Store, good: str) -> None:
    """Everything that looks at all runs, and at each of them, does so."""
    store.refresh()
    assert store.run(good).name == "good"
    assert good in store.frame()["id"]
    for run in newest(store):
        to_json(full_document(run, time.time()))
        cells.date(run.created)
        cells.duration(run.progress.eta_s)
        for metric in run.metrics:
            store.series(run.id, metric)
    doctor(store)


class TestRunsThatSayAnything:
    @settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.dictionaries(st.sampled_from(KNOWN), JSON), st.dictionaries(st.sampled_from(SECTIONS), ANYTHING))
    def test_are_read_beside_the_others(self, root, begin, log, said, sections):
        clear(root)
        good, odd = begin("good"), begin("odd")
        log(good, "w", 0).end("finished")
        content = {"format": 1, "id": odd.id, **said}
        odd.manifest.write_bytes(msgspec.json.encode(content))
        log(odd, "w", 0).state(**sections).end("finished")
        store = Store.open(root)
        check_readable(store, good.id)
        store.close()

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(
        st.sampled_from(["main", "edit", "joined", "rank 1"]), st.lists(FRAMES, max_size=6), st.lists(ROWS, max_size=3)
    )
    @example("main", [], [(0, float("inf"), 1.0), (1, float("inf"), 1.0)])
    def test_are_read_beside_the_others_whatever_their_frames_hold(self, root, begin, log, role, frames, rows):
        clear(root)
        good, odd = begin("good"), begin("odd")
        log(good, "w", 0).end("finished")
        odd_log = log(odd, "w", 0, role=role)
        for step, at, value in rows:
            odd_log.row(step, {"a": value}, at)
        for frame in frames:
            odd_log.write(frame)
        opened = odd.logs / "x.0.log"
        opened.write_bytes(b"".join(frames))
        store = Store.open(root)
        check_readable(store, good.id)
        store.close()

    @pytest.mark.parametrize(
        "said",
        [
            {"format": "x"},
            {"format": None},
            {"created": 1e300},
            {"created": -1e300},
            {"seed": 10**30},
            {"job": {"deep": ["["]}},
        ],
    )
    def test_are_listed_and_shown_beside_the_others_whatever_run_json_says(self, root, begin, log, capsys, said):
        good, odd = begin("good"), begin("odd", **said)
        for run in (good, odd):
            log(run, "w", 0).end("finished")
        assert_listed(root, good, capsys)

    @pytest.mark.parametrize(
        "frame",
        [
            (Kind.OPEN, {"time": "abc"}),
            (Kind.OPEN, {"seq": "abc"}),
            (Kind.OPEN, {"role": "main", "resume": 1 << 63}),
            (Kind.STATE, {"params": {1: 2}}),
            (Kind.STATE, {"run": {"job": {1: 2}}}),
            (Kind.STATE, {"params": {"a": b"bytes"}}),
            (Kind.STATE, {"params": [1]}),
            (Kind.STATUS, {"status": "finished", "time": 1e300}),
            (Kind.STATUS, {"status": "finished", "time": 9.0, "exit_code": 1 << 63}),
            (Kind.MIXED, {"step": 1.5, "time": 0.0, "values": {"a": "b"}}),
            (Kind.MARK, {"kind": "note", "time": 1e300}),
            (Kind.TAGS, {"stamp": 1e300, "add": ["a"], "remove": []}),
            (Kind.SUMMARY, {"a": [1 << 63, 0, None, 0.0, 0.0, 1 << 63]}),
            (Kind.CLOSE, [1]),
        ],
    )
    @pytest.mark.parametrize("first", [True, False])
    def test_are_listed_and_shown_beside_the_others_whatever_a_frame_says(self, root, begin, log, capsys, frame, first):
        good, odd = begin("good"), begin("odd")
        log(good, "w", 0).end("finished")
        if first:
            odd.logs.mkdir()
            (odd.logs / "w.0.log").write_bytes(journal.packed(*frame))
        else:
            log(odd, "w", 0).write(journal.packed(*frame)).end("finished")
        assert_listed(root, good, capsys)

    def test_are_listed_beside_the_others_where_values_stand_deep_within_one_another(self, root, begin, log, capsys):
        good, odd = begin("good"), begin("odd")
        log(good, "w", 0).end("finished")
        deep = b"\x91" * 5000 + b"\xc0"
        params = msgspec.msgpack.encode({"params": {"a": None}})[:-1] + deep
        log(odd, "w", 0).write(journal.frame(Kind.STATE, params)).end("finished")
        assert_listed(root, good, capsys)

    @pytest.mark.parametrize(
        "edit",
        [
            {"stamp": "late", "set": {"primary": "a"}},
            {"stamp": 1 << 63, "set": {"primary": "a"}},
            {"stamp": 1, "set": {"primary": 1, "baseline": [1], "goal:a": {"b": 1}}},
            {"stamp": 1, "set": {1: 2}},
            [1],
        ],
    )
    def test_are_listed_beside_the_others_whatever_is_decided_in_a_project(self, root, begin, log, capsys, edit):
        good, odd = begin("good"), begin("odd")
        for run in (good, odd):
            log(run, "w", 0).row(0, {"a": 1.0}).end("finished")
        folder = Store.open(root).paths.project_edits("p")
        folder.mkdir(parents=True)
        (folder / "w.log").write_bytes(journal.packed(Kind.OPEN, {"role": "edit"}) + journal.packed(Kind.STATE, edit))
        assert_listed(root, good, capsys)

    def test_are_sealed_beside_the_others(self, root, begin, log, monkeypatch):
        monkeypatch.setattr(seal, "SMALLEST", 0)
        good, odd = begin("good"), begin("odd")
        log(good, "w", 0).row(0, {"a": 1.0}).end("finished")
        odd.logs.mkdir()
        (odd.logs / "w.0.log").write_bytes(journal.packed(Kind.OPEN, [1]) + journal.packed(Kind.STATE, {}))
        store = Store.open(root)
        assert store.seal() == 1
        check_readable(store, good.id)

    def test_params_in_params_are_told_as_text(self, store, begin, log):
        run = begin()
        log(run, "w", 0).state(params={"model": {"depth": 4}, "plain": 1})
        store.refresh()
        assert store.run(run.id).params == {"model": '{"depth":4}', "plain": 1}

    def test_have_long_names_cut_and_told_apart(self, store, begin, log, monkeypatch):
        monkeypatch.setattr(seal, "SMALLEST", 0)
        run, names = begin(), ["H" * 100_000 + end for end in ("a", "b")]
        hot = log(run, "w", 0).state(params=dict.fromkeys(names, 1), metrics={names[1]: {"goal": "max"}})
        hot.row(0, dict(zip(names, (1.0, 2.0), strict=True)))
        hot.write(
            journal.packed(Kind.MIXED, {"step": 1, "time": 1.0, "values": {names[0]: "a text", names[1]: 1 << 60}})
        )
        hot.end("finished")
        store.refresh()
        cut = list(store.run(run.id).params)
        assert [len(name) for name in cut] == [1_000, 1_000]
        known = known_of(store, run, cut)
        assert store.run(run.id).metrics.keys() == set(cut)
        assert store.run(run.id).metrics[cut[1]].goal == "max"
        assert known == ([1.0], [2.0, 2.0**60], ["a text"])
        assert store.seal() == 1
        store.refresh()
        assert known_of(store, run, cut) == known

    def test_lose_no_value_where_a_key_set_has_a_name_twice(self, store, begin, log, monkeypatch):
        monkeypatch.setattr(seal, "SMALLEST", 0)
        hot, row = log(begin(), "w", 0).state(), journal.RowFormat(9, 2)
        hot.write(journal.packed(Kind.SCHEMA, [9, ["H" * 2_000, short("H" * 2_000)]]))
        hot.write(b"".join(row.pack(step, 1.0, [1.0, 2.0]) for step in range(segments.FEW_ROWS)))
        hot.end("finished")
        written = hot.path.read_bytes()
        store.seal()
        assert hot.path.read_bytes() == written
        assert [finding.file for finding in doctor(store).damaged] == [hot.path]

    def test_have_long_names_cut_that_another_writer_sealed(self, store, begin, log):
        run, names = begin(), ("H" * 100_000 + "a", "H" * 100_000 + "b")
        log(run, "w", 1).state(params=dict.fromkeys(names, 1)).end("finished")
        opened = journal.packed(Kind.OPEN, {"format": 1, "run": run.id, "writer": "w", "seq": 0, "role": "main"})
        for number, rows in enumerate((1, segments.FEW_ROWS)):
            step = np.arange(rows)
            block = Block(names, step, step.astype(float), np.column_stack([step, -step]).astype(float))
            segments.write(run.segments, f"w{number}.0", [block], opened, run.store)
        store.refresh()
        cut = store.run(run.id).params
        for name, last in zip(cut, (segments.FEW_ROWS - 1.0, 1.0 - segments.FEW_ROWS), strict=True):
            assert len(store.series(run.id, name)) == segments.FEW_ROWS + 1
            assert store.series(run.id, name).value[-1] == store.overview(run.id, name, 10).last[-1] == last


def known_of(store: Store, run: RunPaths, cut: list[str]) -> tuple[list[float], list[float], list[str]]:
    """What there is of two metrics, and the words of the first."""
    first, second = (store.series(run.id, name).value.tolist() for name in cut)
    return first, second, [words for _, _, words in store.texts(run.id, cut[0])]


def exit_status(root: Path, words: list[str]) -> object:
    with pytest.raises(SystemExit) as left:
        main([*words, "--store", str(root)])
    return left.value.code


def assert_listed(root: Path, good: RunPaths, capsys: pytest.CaptureFixture[str]) -> None:
    """`ls`, `ls --json`, `show` and `doctor` tell of the run that is well."""
    for words in (["ls"], ["ls", "--json"], ["show", good.id, "--json"]):
        assert exit_status(root, words) == 0
        assert "good" in capsys.readouterr().out
    exit_status(root, ["doctor"])
    assert "2 runs" in capsys.readouterr().out
