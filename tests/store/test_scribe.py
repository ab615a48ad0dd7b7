"""What is written of another system's run: as much as it says, whatever it says."""

import msgspec
import pytest

from trackside.model.foreign import Content, Cursor, Facts, File, Histograms, Printed, Restart
from trackside.model.histogram import Histogram, fitted
from trackside.model.run import Mark
from trackside.store import copied_console, manifest
from trackside.store.layout import RunPaths
from trackside.store.scribe import Scribe
from trackside.store.store import Store

RUN = "000FP3G50067JSB7QZ49TH7YR0"
FACTS = Facts(name="one", project="p", created=1_700_000_000.0, status="finished")


@pytest.fixture
def store(tmp_path):
    manifest.create(tmp_path / "store")
    with_runs = Store.open(tmp_path / "store")
    yield with_runs
    with_runs.close()


def write(store: Store, *items, logs: int = 0) -> Scribe:
    run: RunPaths = store.run_paths(RUN)
    run.logs.mkdir(parents=True, exist_ok=True)
    said = Scribe(
        run, 0o644, lambda file: {path: ("blake3:00", one.size) for path, one in file.files.items()}, logs=logs
    )
    for item in items:
        said.take(item)
    said.close()
    run.manifest.write_bytes(msgspec.json.encode({"format": 1, "id": RUN, "source": "other", "source_id": "x"}))
    store.refresh(thorough=True)
    return said


def test_an_artifact_of_twenty_thousand_files_is_kept_whole(store):
    files = {f"media/images/a-rather-long-name-{place:08}.png": Content(None, 1) for place in range(20_000)}
    write(store, FACTS, File("media", "files", files, 1_700_000_001.0))
    kept = [path for artifact in store.run(RUN).artifacts.values() for path in artifact.files]
    assert sorted(kept) == sorted(files)


def test_a_cursor_of_any_length_comes_back(store):
    state = {"listed": [f"{place:040}" for place in range(50_000)]}
    write(store, FACTS, Cursor(state))
    standing = store.standing(RUN)
    assert standing is not None
    assert standing.cursor == state


def test_text_that_is_no_utf8_is_kept_as_far_as_it_goes(store):
    facts = msgspec.structs.replace(FACTS, traceback="boom \ud800", notes="why \udfff", status="failed")
    write(store, facts, Mark(kind="note", time=1_700_000_001.0, text="half \ud800"))
    run = store.run(RUN)
    assert (run.traceback, run.notes, run.marks[0].text) == ("boom ?", "why ?", "half ?")


def test_histograms_are_those_of_a_run_of_one_s_own(store):
    drawn = [Histograms(step, 1_700_000_000.0, {"weights": Histogram((0.0, 1.0), (step, 2))}) for step in range(3)]
    write(store, FACTS, *drawn[:2], Restart(1, 1_700_000_001.0), drawn[2])
    artifact = store.run(RUN).artifacts["histogram/weights"]
    ((digest, _),) = artifact.files.values()
    lines = map(msgspec.json.decode, store.content(RUN, digest).splitlines())
    assert [(line["step"], line["counts"]) for line in lines] == [(0, [0, 2]), (2, [2, 2])]


def test_counts_that_are_larger_than_any_whole_number_of_a_log_are_kept(store):
    write(store, FACTS, Histograms(1, 1_700_000_000.0, {"weights": fitted([1e25, 3], [0, 1, 2])}))
    ((digest, _),) = store.run(RUN).artifacts["histogram/weights"].files.values()
    assert msgspec.json.decode(store.content(RUN, digest))["counts"] == [1e25, 3]


def test_what_is_said_last_holds_though_the_run_is_said_to_have_begun_earlier(store):
    going = msgspec.structs.replace(FACTS, running=True, status="crashed", params={"lr": 1})
    done = msgspec.structs.replace(FACTS, created=FACTS.created - 3_600, params={"lr": 2})
    first = write(store, going)
    write(store, done, logs=first.sequence)
    store.reindex()
    run = store.run(RUN)
    assert (run.status, run.params, run.created) == ("finished", {"lr": 2}, done.created)


def test_it_is_told_once_where_a_console_is_cut(store, monkeypatch):
    monkeypatch.setattr(copied_console, "MOST_PRINTED", 10)
    write(store, FACTS, *(Printed(1_700_000_001.0, b"eight by") for _ in range(4)))
    assert len(store.run(RUN).remarks) == 1
    assert sum(piece.size for piece in store.console(RUN)) == 10


def test_a_run_that_began_anew_says_so_in_its_marks(store):
    write(store, FACTS, Restart(5, 1_700_000_002.0))
    assert [mark.step for mark in store.run(RUN).marks] == [5]
