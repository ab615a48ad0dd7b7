"""Runs of other systems taken into a store: the same as in place, once, and whole whenever it was killed."""

import math
import os
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from foreign_runs import (
    FORMATS,
    LONG_AGO,
    bytes_of,
    contents,
    held,
    line,
    new_store,
    rest,
    samples,
    shown,
    shown_of,
    tree,
    without_hashes,
    write_run,
)
from scripted import ANEW, Scripted, facts, points

from trackside.model.errors import StoreError, UsageError
from trackside.model.foreign import Content, Cursor, File, Found, Item, Points, Printed, Remark, Restart, Texts
from trackside.model.run import Mark
from trackside.services.exchange.importing import Imported, import_runs
from trackside.services.exchange.imports import import_place
from trackside.services.places.opening import open_places
from trackside.sources.protocol import SourceError
from trackside.store import logfile


def taken(store: Path, place: Path, *, artifacts: bool = True) -> Imported:
    opened = new_store(store)
    try:
        done = import_place(opened, str(place), artifacts=artifacts)
    finally:
        opened.close()
    assert isinstance(done, Imported)
    return done


def import_scripted(store: Path, source: Scripted) -> Imported:
    opened = new_store(store)
    try:
        return import_runs(opened, source, [source])
    finally:
        opened.close()


def same(in_place: dict[str, dict[str, Any]], imported: dict[str, dict[str, Any]]) -> list[str]:
    """What differs, a line each."""
    lines = [f"{run_id}: only in one" for run_id in in_place.keys() ^ imported.keys()]
    for run_id in in_place.keys() & imported.keys():
        one, other = without_hashes(in_place[run_id]), without_hashes(imported[run_id])
        lines += [f"{one['name']}: {key}: {one[key]!r} {other[key]!r}" for key in one if one[key] != other[key]]
    return lines


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "metrics.jsonl"


@pytest.mark.parametrize("name", FORMATS)
def test_an_imported_run_shows_what_it_shows_in_place_and_comes_once(tmp_path, store, name):
    folder = samples([name], tmp_path / "runs")
    before = tree(folder)
    done = taken(store, folder)
    assert done.new
    assert same(shown([folder]), shown_of(store)) == []
    first = bytes_of(store)
    again = taken(store, folder)
    assert (again.new, again.grown, again.unchanged) == ([], [], len(done.new))
    assert bytes_of(store) == first
    assert tree(folder) == before


@pytest.mark.parametrize("name", FORMATS)
def test_artifacts_are_the_same_bytes_in_place_and_imported(tmp_path, store, name):
    folder = samples([name], tmp_path / "runs")
    taken(store, folder)
    places = [open_places([str(place)]) for place in (folder, store)]
    for place in places:
        place.catch_up()
    in_place, imported = (contents(place.store) for place in places)
    assert in_place == imported
    for place in places:
        place.store.close()


def test_a_file_whose_name_is_no_utf8_is_read_where_it_lies(tmp_path):
    folder = samples(["guild"], tmp_path / "runs")
    run = next(path.parent for path in folder.rglob(".guild"))
    (run / os.fsdecode(b"caf\xe9")).write_bytes(b"left by the script")
    place = open_places([str(folder)])
    place.catch_up()
    assert b"left by the script" in contents(place.store).values()
    place.store.close()


def test_without_artifacts_nothing_of_them_is_in_the_store(tmp_path, store):
    taken(store, samples(["sacred", "wandb"], tmp_path / "runs"), artifacts=False)
    kept = {name.split("/")[0] for run in shown_of(store).values() for name in run["artifacts"]}
    assert kept <= {"histogram"}, "what is no file"
    assert not [path for path in (store / "blobs").rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", ["sacred", "wandb"])
def test_artifacts_that_were_left_out_come_with_the_next_import(tmp_path, store, name):
    folder = samples([name], tmp_path / "runs")
    new = taken(store, folder, artifacts=False).new
    assert taken(store, folder, artifacts=False).unchanged == len(new)
    done = taken(store, folder)
    assert (done.points, done.new) == (0, [])
    assert done.blobs
    assert same(shown([folder]), shown_of(store)) == []
    assert taken(store, folder).unchanged == len(new)


def test_a_file_that_could_not_be_copied_once_comes_with_a_later_import(tmp_path, store):
    content = tmp_path / "model.bin"
    file = File("model", "model", {"model.bin": Content(content, 5)}, float(LONG_AGO))
    source = Scripted([facts(), points(0), file, Cursor(1)])
    source.news = [facts(), Cursor(1)]
    assert len(import_scripted(store, source).skipped) == 1
    first = bytes_of(store)
    again = import_scripted(store, source)
    assert (again.unchanged, len(again.skipped)) == (1, 1)
    assert bytes_of(store) == first
    content.write_bytes(b"12345")
    done = import_scripted(store, source)
    assert (len(done.grown), done.blobs, done.skipped) == (1, 1, [])
    (run,) = shown_of(store).values()
    assert run["artifacts"]["model"]["files"]["model.bin"]["bytes"] == 5
    assert run["metrics"]["loss"]["count"] == 1
    assert import_scripted(store, source).unchanged == 1


def test_a_run_that_grew_between_two_imports_has_every_point_once(store, file):
    write_run(file, [3.0, 2.0])
    taken(store, file.parent)
    with file.open("a") as stream:
        stream.write(line(2, 1.0))
    rest(file.parent)
    done = taken(store, file.parent)
    assert (done.new, len(done.grown), done.points) == ([], 1, 1)
    (run,) = shown_of(store).values()
    assert run["curves"]["loss"].startswith("([0, 1, 2], ")
    assert same(shown([file.parent]), shown_of(store)) == []


def test_of_a_run_that_was_written_anew_only_the_new_is_shown(store, file):
    write_run(file, [3.0, 2.0], lr=0.1)
    taken(store, file.parent)
    write_run(file, [3.0, 7.0, 9.0], lr=0.1)
    taken(store, file.parent)
    (run,) = shown_of(store).values()
    assert (run["metrics"]["loss"]["count"], run["metrics"]["loss"]["last"]) == (3, 9.0)
    assert same(shown([file.parent]), shown_of(store)) == []


@pytest.mark.parametrize("less", [[points(0, 1)], [points(0, 1, 2), Remark("the last record is torn")]])
def test_a_run_whose_files_hold_less_than_the_store_stays_and_that_is_said(store, less):
    source = Scripted([facts(lr=1), points(0, 1, 2), Printed(math.nan, b"hello\n"), Cursor(1)])
    import_scripted(store, source)
    first = bytes_of(store)
    source.says, source.state = [facts(), ANEW, *less, Cursor(2)], 2
    for _ in range(2):
        done = import_scripted(store, source)
        assert (done.new, done.grown, done.unchanged, done.points) == ([], [], 1, 0)
        assert [one.where for one in done.skipped] == ["a"]
        assert "holds less of this run than the store, which keeps what it has" in done.skipped[0].why
        assert bytes_of(store) == first
    source.says, source.state = [facts(new=2), ANEW, points(0, 1, 2, 3), Cursor(3)], 3
    assert import_scripted(store, source).points == 4
    (run,) = shown_of(store).values()
    assert (run["params"], run["metrics"]["loss"]["count"]) == ({"new": 2}, 4)


def test_a_file_that_is_cut_off_takes_nothing_away_from_a_run_that_was_imported(store, file):
    write_run(file, [3.0, 2.0, 1.0], lr=0.1)
    taken(store, file.parent)
    whole, first = file.read_bytes(), shown_of(store)
    file.write_bytes(whole[: whole.index(b"\n") + 9])
    rest(file.parent)
    assert len(taken(store, file.parent).skipped) == 1
    assert shown_of(store) == first
    file.write_bytes(whole)
    rest(file.parent)
    assert taken(store, file.parent).skipped == []
    assert shown_of(store) == first


def test_params_and_remarks_of_what_was_written_anew_are_gone(store):
    source = Scripted([facts(old=1), points(*range(3)), Remark("a remark"), Cursor(1)])
    import_scripted(store, source)
    source.says = [facts(new=2), ANEW, points(*range(4)), Cursor(2)]
    source.state = 2
    import_scripted(store, source)
    (run,) = shown_of(store).values()
    assert run["params"] == {"new": 2}
    assert (run["remarks"], run["marks"]) == ([], [])
    assert run["metrics"]["loss"]["count"] == 4
    assert run["progress"]["steps_per_s"] == pytest.approx(1.0)


def test_a_remark_on_how_the_files_are_goes_once_they_are_otherwise(store):
    torn, passed_over = Remark("the last line is torn", current=True), Remark("a row was passed over")
    source = Scripted([facts(lr=1), points(0), passed_over, torn, facts(lr=2), Cursor(1)])
    import_scripted(store, source)
    (run,) = shown_of(store).values()
    assert run["remarks"] == ["a row was passed over", "the last line is torn"]
    source.news, source.state = [facts(lr=2), points(1), Cursor(2)], 2
    import_scripted(store, source)
    (run,) = shown_of(store).values()
    assert run["remarks"] == ["a row was passed over"]
    assert run["metrics"]["loss"]["count"] == 2


def test_a_file_that_ended_within_a_line_is_said_to_be_whole_once_it_is(store, file):
    whole = write_run(file, [3.0, 2.0, 1.0]).read_bytes()
    file.write_bytes(whole[:-9])
    rest(file.parent)
    taken(store, file.parent)
    (run,) = shown_of(store).values()
    assert run["remarks"] == ["The last line is not whole; it was left out"]
    file.write_bytes(whole)
    rest(file.parent)
    taken(store, file.parent)
    (run,) = shown_of(store).values()
    assert (run["remarks"], run["health"], run["metrics"]["loss"]["count"]) == ([], [], 3)


def test_a_source_that_breaks_off_leaves_what_was_read_with_a_remark(store):
    source = Scripted([facts(), points(*range(3)), Cursor(1), points(*range(3, 5)), SourceError("the end is damaged")])
    import_scripted(store, source)
    (run,) = shown_of(store).values()
    assert run["remarks"] == ["the end is damaged"]
    assert run["metrics"]["loss"]["count"] == 5
    first = bytes_of(store)
    assert import_scripted(store, source).unchanged == 1
    assert bytes_of(store) == first


def test_what_was_read_before_it_broke_off_is_not_doubled_later(store):
    source = Scripted([facts(), points(*range(3)), Cursor(1), points(*range(3, 5)), SourceError("the end is damaged")])
    import_scripted(store, source)
    source.says, source.state = [facts(), points(*range(7)), Cursor(2)], 2
    import_scripted(store, source)
    (run,) = shown_of(store).values()
    assert run["metrics"]["loss"]["count"] == 7
    assert run["remarks"] == []
    assert source.asked == [None, None], "the whole run was read again"


def test_a_run_of_which_nothing_can_be_read_is_told_and_is_not_taken(store):
    source = Scripted([SourceError("nothing makes sense")])
    done = import_scripted(store, source)
    assert [(one.where, one.why) for one in done.skipped] == [("a", "nothing makes sense")]
    assert shown_of(store) == {}


class OneOfTwo(Scripted):
    """Two runs, of which the first cannot be read for a reason that nobody thought of."""

    def __init__(self, reason: Exception, *, at_first_sight: bool = False) -> None:
        super().__init__([facts(), points(0), Cursor(1)])
        self.runs = [Found("scripted", "a", "a"), Found("scripted", "b", "b")]
        self._reason = reason
        self._at_first_sight = at_first_sight

    def stamp(self, run: Found) -> Any:
        if run.identity == "a" and self._at_first_sight:
            raise self._reason
        return super().stamp(run)

    def follow(self, run: Found, since: Any) -> Iterator[Item]:
        if run.identity == "a":
            raise self._reason
        return super().follow(run, since)


@pytest.mark.parametrize("at_first_sight", [False, True])
@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (ValueError("no number"), "no number"),
        (OSError("went away"), "went away"),
        (PermissionError(13, "denied", "log"), "log cannot be read: denied"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_a_run_that_cannot_be_read_for_whatever_reason_is_one_line_and_others_come(store, reason, said, at_first_sight):
    done = import_scripted(store, OneOfTwo(reason, at_first_sight=at_first_sight))
    assert [one.where for one in done.skipped] == ["a"]
    assert said in done.skipped[0].why
    assert len(done.new) == len(shown_of(store)) == 1


@pytest.mark.parametrize(
    "odd",
    [
        msgspec.structs.replace(facts(), exit_code=1 << 70),
        Texts(1 << 70, 0.0, {"a": "b"}),
        Restart(1 << 70, 0.0),
        Mark(kind="\ud800", time=1.0, step=1 << 70),
        File("a", "\ud800", {"b": Content(Path("/b\0"), 1)}, 0.0, 1 << 70),
        File("a", "file", {"b": Content(Path(__file__), 1, start=1 << 70)}, 0.0),
        Cursor({"\ud800": 1}),
    ],
)
def test_what_no_log_can_hold_of_a_run_ends_no_import(store, odd):
    done = import_scripted(store, Scripted([facts(), odd, points(1), Cursor(1)]))
    assert len(done.new) == 1
    (run,) = shown_of(store).values()
    assert run["metrics"]["loss"]["last"] == 1.0


def test_a_store_that_takes_no_more_ends_the_import_in_one_line(tmp_path, store):
    content = tmp_path / "weights"
    content.write_bytes(bytes(8 << 20))
    file = File("weights", "file", {"weights": Content(content, 8 << 20)}, 0.0)
    opened = new_store(store)
    source = Scripted([facts(), file, Cursor(1)])
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4 << 20, before[1]))
    try:
        with pytest.raises(StoreError, match=f"{store}.* cannot be written: File too large"):
            import_runs(opened, source, [source])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        opened.close()
    assert shown_of(store) == {}
    assert len(import_scripted(store, source).new) == 1


def test_params_that_a_run_has_no_more_are_shown_no_more(store):
    source = Scripted([facts(lr=1, old=1), points(0), facts(lr=1), Cursor(1)])
    import_scripted(store, source)
    (run,) = shown_of(store).values()
    assert run["params"] == {"lr": 1}
    source.state, source.news = 2, [facts(new=2), points(1), Cursor(2)]
    import_scripted(store, source)
    (run,) = shown_of(store).values()
    assert (run["params"], run["metrics"]["loss"]["count"]) == ({"new": 2}, 2)


@pytest.mark.parametrize("again", [[], [Printed(math.nan, b"again\n")]])
def test_of_a_run_that_was_written_anew_only_what_it_printed_since_is_shown(store, again):
    source = Scripted([facts(), Printed(math.nan, b"first\n"), points(0), Cursor(1)])
    import_scripted(store, source)
    source.state, source.news = 2, [facts(), ANEW, *again, points(0), Cursor(2)]
    import_scripted(store, source)
    assert printed(store) == b"".join(piece.data for piece in again)
    source.state, source.news = 3, [facts(), Printed(math.nan, b"more\n"), points(1), Cursor(3)]
    import_scripted(store, source)
    assert printed(store) == b"".join(piece.data for piece in again) + b"more\n"


def printed(store: Path) -> bytes:
    opened = new_store(store)
    try:
        (run_id,) = opened.shown()
        return b"".join(piece.read(0, piece.size) for piece in opened.console(run_id))
    finally:
        opened.close()


def test_metrics_whose_long_names_begin_alike_are_two(store):
    names = tuple("m" * 1000 + end for end in "ab")
    rows = Points(names, np.arange(2), np.full(2, float(LONG_AGO)), np.array([[1.0, 2.0], [3.0, 4.0]]))
    done = import_scripted(store, Scripted([facts(), rows, Cursor(1)]))
    assert (done.points, done.skipped) == (4, [])
    (run,) = shown_of(store).values()
    assert sorted(metric["last"] for metric in run["metrics"].values()) == [3.0, 4.0]


def test_a_run_that_says_nothing_leaves_no_file_open(store):
    opened = new_store(store)
    source = Scripted([points(0), Cursor(1)])
    import_runs(opened, source, [source])
    before = held(store)
    source.state = 2
    done = import_runs(opened, source, [source])
    assert [one.why for one in done.skipped] == ["a says nothing of a run"]
    assert held(store) == before
    opened.close()


def test_a_run_that_is_not_read_as_it_was_written_is_skipped_and_others_come(store, monkeypatch):
    source = Scripted([facts(), points(0, 1), Cursor(1)])
    source.runs = [Found("scripted", "a", "a"), Found("scripted", "b", "b")]
    append = logfile.append
    broken: list[bytes] = []

    def torn(descriptor: int, data: bytes) -> None:
        if b"loss" in data and not broken:
            broken.append(data)
            data = data[: data.rindex(b"loss")]
        append(descriptor, data)

    monkeypatch.setattr(logfile, "append", torn)
    done = import_scripted(store, source)
    assert ["look at the disk" in one.why for one in done.skipped] == [True]
    assert (len(done.new), len(shown_of(store))) == (1, 1)


def test_edits_of_a_run_in_place_come_with_it(store, file):
    write_run(file, [1.0])
    opened = open_places([str(file.parent)])
    opened.catch_up()
    (run,) = opened.store.first_page(2)
    opened.store.editor().tags(run.id, ["mine"], [])
    opened.store.editor().set_fields(run.id, {"notes": "why", "name": "mended"})
    opened.store.editor().set_project(run.project, {"baseline": run.id})
    opened.store.close()
    taken(store, file.parent)
    (imported,) = shown_of(store).values()
    assert (imported["tags"], imported["notes"], imported["name"]) == (["mine"], "why", "mended")
    kept = new_store(store)
    kept.refresh()
    assert kept.project(imported["project"]).baseline == run.id
    kept.close()


def test_what_is_no_run_is_said_in_one_line(tmp_path, store):
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "readme.txt").write_text("hello")
    with pytest.raises(UsageError, match=r"nothing in .* is a bundle of trackside or a run of a system") as error:
        taken(store, tmp_path / "runs")
    assert "\n" not in str(error.value)
