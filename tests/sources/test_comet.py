"""Comet's offline archives: runs of its own client in two versions, and archives as nobody wishes them."""

import json
import os
import shutil
import time
import zipfile
from pathlib import Path

import pytest
from gathered import Gathered, differences, find, gather

from trackside.model.foreign import Content
from trackside.sources.comet import Comet

OWN = Path(__file__).parent / "samples" / "comet"
NEWEST = OWN / "3.58.8"
KEY = "0123456789abcdef0123456789abcdef"


def test_all_values_are_those_that_the_samples_say_were_logged(samples):
    folder = samples / "vendor" / "comet"
    expected = json.loads((samples / "vendor" / "expected.json").read_text())
    runs = {run.facts.name: run for run in gather(Comet(), folder).values() if run.facts and run.curves}
    assert set(runs) == {"sample-0", "sample-1"}, "the third died before it had an archive"
    for name, run in runs.items():
        assert trained_differences(expected[name]["metrics"], run) == []
        assert run.facts.params == flat(expected[name]["params"])
        assert set(run.facts.tags) == set(expected[name]["tags"])
        assert run.facts.notes == expected[name]["notes"]
        assert run.facts.project == "samples"
        assert (run.facts.status, run.facts.running) == ("finished", False)
        assert run.remarks == []


def test_a_sample_that_died_is_a_crashed_run_which_says_where_its_values_may_be(samples):
    folder = samples / "vendor" / "comet"
    (run,) = (run for run in gather(Comet(), folder).values() if not run.curves)
    assert (run.facts.status, run.found.identity) == ("crashed", "59df5213baa043618337fc17db4fb507")
    assert "tmp…" in run.remarks[0]


@pytest.mark.parametrize("version", ["3.58.8", "3.31.0"])
def test_what_was_logged_is_read_whatever_the_version_of_the_client(tmp_path, version):
    run = only(gather(Comet(), old(OWN / version / "whole", tmp_path)))
    assert trained_differences(logged(version)["whole"], run) == []
    facts = run.facts
    assert (facts.name, facts.project, facts.status) == ("run whole", "samples", "finished")
    assert facts.tags == ["größer ↑", "small"]
    assert facts.notes == "why: größer ↑"
    assert facts.params == {
        "lr": 0.001, "batch_size": 32, "betas": [0.9, 0.99], "amp": True, "resume": None, "model.depth": 4,
        "model.name": "net-é",
    }  # fmt: skip
    assert facts.command[-1] == "whole"
    assert facts.code.branch == "main"
    assert facts.code.dirty
    assert facts.code.remote == "https://example.org/net.git", "without the login"
    assert "+print('after')" in facts.patch
    assert facts.environment.python.startswith("3.")
    assert facts.environment.packages == len(facts.lock.splitlines())
    assert facts.data["dataset"].uri == "digits-v2, s3://data/digits"
    assert facts.created < facts.ended
    assert run.texts["best epoch"] == [(0, "3")]
    assert b"10%\r50%\rdone\n" in run.printed
    assert run.remarks == []


@pytest.mark.parametrize("version", ["3.58.8", "3.31.0"])
def test_files_are_where_the_archive_has_them(tmp_path, version):
    run = only(gather(Comet(), old(OWN / version / "whole", tmp_path)))
    files = {file.name: file for file in run.files}
    assert files.keys() == {
        "make_comet.py", "tables/first.json", "text-sample.txt@19", "confusion-matrix.json@19", "net/train.py",
    }  # fmt: skip
    assert content(files["tables/first.json"].files["tables/first.json"]) in (b'{"a": 1}', b'{"a":1}')
    assert content(files["net/train.py"].files["train.py"]) == b"print('after')\n"
    assert files["net/train.py"].kind == "model"
    assert files["make_comet.py"].kind == "code"
    assert files["tables/first.json"].step == 19


def test_contexts_are_prefixes_and_the_machine_has_its_own(tmp_path):
    run = only(gather(Comet(), old(NEWEST / "whole", tmp_path)))
    assert {"train/accuracy", "validate/accuracy", "system/ram.used", "system/process duration"} <= run.curves.keys()


def test_a_step_that_is_not_whole_gives_its_value_the_next_one_and_is_kept_beside(tmp_path):
    run = only(gather(Comet(), old(NEWEST / "whole", tmp_path)))
    assert run.curves["half"].step.tolist() == run.curves["step"].step.tolist()
    assert run.curves["step"].value.tolist() == [20.5]


def test_a_script_that_raised_has_failed(tmp_path):
    run = only(gather(Comet(), old(NEWEST / "raising", tmp_path)))
    assert run.facts.status == "failed"
    assert "ValueError('boom')" in run.facts.traceback
    assert b"boom" in run.printed


def test_an_archive_that_continues_another_is_the_same_run(tmp_path):
    run = only(gather(Comet(), old(NEWEST / "continued", tmp_path)))
    assert trained_differences(logged("3.58.8")["continued"], run) == []
    assert run.facts.tags == ["again", "größer ↑", "small"]
    assert run.facts.name == "run continued"
    assert len(run.found.paths) == 2


def test_only_the_new_archive_of_a_continued_run_is_read(tmp_path):
    folder = old(NEWEST / "continued", tmp_path)
    _, second = find(Comet(), folder)[0].paths
    aside = tmp_path / "aside"
    second.rename(aside)
    run = only(gather(Comet(), folder))
    aside.rename(second)
    (found,) = find(Comet(), folder)
    assert found.identity == run.found.identity
    before = {name: len(curve.step) for name, curve in run.curves.items()}
    run.take(Comet().follow(found, run.cursor))
    assert len(run.curves["loss"].step) == before["loss"] + 1
    assert run.gone == 0
    assert run.facts.tags == ["again", "größer ↑", "small"]


def test_a_copy_of_an_archive_is_no_second_run(tmp_path):
    folder = old(NEWEST / "whole", tmp_path)
    (archive,) = folder.glob("*.zip")
    (folder / "copy").mkdir()
    shutil.copy(archive, folder / "copy" / archive.name)
    assert len(only(gather(Comet(), folder)).curves["loss"].step) == 20


def test_an_archive_is_found_by_any_name(tmp_path):
    folder = old(NEWEST / "whole", tmp_path)
    (archive,) = folder.glob("*.zip")
    key = archive.stem
    archive.rename(folder / "my best run.zip")
    (folder / "other.zip").write_bytes(zipped({"a.txt": b"none of Comet's"}))
    assert only(gather(Comet(), folder)).found.identity == key


def test_the_folder_of_a_run_that_died_has_all_that_its_client_wrote(tmp_path):
    run = gather(Comet(), old(NEWEST / "dying", tmp_path))["leftover"]
    assert trained_differences(logged("3.58.8")["dying"], run) == []
    assert (run.facts.status, run.facts.running, run.facts.ended) == ("crashed", False, None)
    assert run.facts.name == "run dying"
    assert "+print('after')" in run.facts.patch
    assert {file.name for file in run.files} >= {"tables/first.json", "net/train.py"}
    (table,) = (file for file in run.files if file.name == "tables/first.json")
    assert b'"a"' in content(table.files["tables/first.json"])
    assert run.remarks == []


def test_the_folder_of_a_run_of_long_ago_that_was_copied_now_does_not_run(tmp_path):
    folder = old(NEWEST / "dying", tmp_path) / "leftover"
    (folder / "messages.json").touch()
    assert not only(gather(Comet(), folder)).facts.running


def test_the_folder_of_a_run_is_read_as_it_grows(tmp_path, monkeypatch):
    folder = old(NEWEST / "dying", tmp_path) / "leftover"
    messages = folder / "messages.json"
    whole = messages.read_bytes()
    place = whole.index(b'"metricName":"loss","metricValue":0.1,')
    now = only(gather(Comet(), folder)).facts.created + 60
    monkeypatch.setattr("time.time", lambda: now)
    messages.write_bytes(whole[:place])
    os.utime(messages, (now, now))
    run = only(gather(Comet(), folder))
    assert run.facts.running
    before = len(run.curves["loss"].step)
    assert before == 9
    messages.write_bytes(whole)
    run.take(Comet().follow(run.found, run.cursor))
    assert trained_differences(logged("3.58.8")["dying"], run) == []
    assert run.gone == 0
    assert run.facts.params["lr"] == 0.001, "known from what was read before"


def test_a_cursor_stays_short_however_much_is_known(tmp_path):
    folder = old(NEWEST / "dying", tmp_path) / "leftover"
    messages = folder / "messages.json"
    long = [
        message(100_000 + number, "parameter_msg", param={"paramName": f"p{number}", "paramValue": "x" * 1000})
        for number in range(500)
    ]
    messages.write_bytes(messages.read_bytes() + b"".join(long))
    run = only(gather(Comet(), folder))
    assert len(json.dumps(run.cursor)) < 500
    points = len(run.curves["loss"].step)
    with messages.open("ab") as file:
        file.write(message(200_000, "metric_msg", metric={"metricName": "loss", "metricValue": 1.0, "step": None}))
    run.take(Comet().follow(run.found, run.cursor))
    assert run.curves["loss"].step[points:].tolist() == [20], "after the last step of what was read before"
    assert run.facts.params["p499"] == "x" * 1000
    assert run.facts.name == "run dying"


def test_a_folder_begun_anew_is_read_from_its_beginning(tmp_path):
    folder = old(NEWEST / "dying", tmp_path) / "leftover"
    run = only(gather(Comet(), folder))
    lines = (folder / "messages.json").read_bytes().splitlines(keepends=True)
    (folder / "messages.json").write_bytes(b"".join(lines[:30]))
    run.take(Comet().follow(run.found, run.cursor))
    assert run.gone == sum(len(curve.step) for curve in gather(Comet(), NEWEST / "dying")["leftover"].curves.values())


def test_messages_that_end_within_a_line_are_read_up_to_there(tmp_path):
    folder = old(NEWEST / "dying", tmp_path) / "leftover"
    content = (folder / "messages.json").read_bytes()
    (folder / "messages.json").write_bytes(content[:-20])
    age(folder)
    run = only(gather(Comet(), folder))
    assert run.remarks == ["messages.json ends within a message, which is left out"]


def test_an_archive_that_is_being_written_is_waited_for(tmp_path):
    folder = old(NEWEST / "whole", tmp_path)
    (archive,) = folder.glob("*.zip")
    whole = archive.read_bytes()
    archive.write_bytes(whole[:10_000])
    run = only(gather(Comet(), folder))
    assert run.facts.running
    assert run.curves == {}
    archive.write_bytes(whole)
    run.take(Comet().follow(run.found, run.cursor))
    assert trained_differences(logged("3.58.8")["whole"], run) == []
    assert (run.facts.running, run.facts.status) == (False, "finished")
    assert run.gone == 0


def test_an_empty_archive_becomes_a_run_once_it_is_whole(tmp_path):
    folder = old(NEWEST / "whole", tmp_path)
    (archive,) = folder.glob("*.zip")
    whole = archive.read_bytes()
    archive.write_bytes(b"PK\5\6" + bytes(18))
    age(folder)
    run = only(gather(Comet(), folder))
    assert run.facts.status == "crashed"
    archive.write_bytes(whole)
    (found,) = find(Comet(), folder)
    assert found.identity == run.found.identity
    run.take(Comet().follow(found, run.cursor))
    assert run.facts.status == "finished"
    assert len(run.curves["loss"].step) == 20


def test_an_archive_cut_off_long_ago_is_read_as_far_as_it_goes(tmp_path):
    folder = tmp_path / "cut"
    folder.mkdir()
    lines = [
        message(number, "metric_msg", metric={"metricName": "loss", "metricValue": 0.5, "step": number})
        for number in range(50)
    ]
    whole = zipped({"experiment.json": experiment(), "messages.json": b"".join(lines)})
    (folder / f"{KEY}.zip").write_bytes(whole[: len(whole) // 2])
    age(folder)
    run = only(gather(Comet(), folder))
    assert 0 < len(run.curves["loss"].step) < 50
    assert "cut off" in run.remarks[0]


def test_stamp_changes_with_the_files_and_bears_that_they_are_gone(tmp_path):
    folder = old(NEWEST / "whole", tmp_path)
    (found,) = find(Comet(), folder)
    before = Comet().stamp(found)
    assert before == Comet().stamp(found)
    (archive,) = folder.glob("*.zip")
    archive.touch()
    assert Comet().stamp(found) != before
    archive.unlink()
    assert Comet().stamp(found) == []


def test_nothing_is_taken_for_comet_that_is_none(tmp_path):
    (tmp_path / "messages.json").write_text('{"type": "chat", "payload": "hello"}\n')
    (tmp_path / f"{KEY}.zip").write_text("not an archive")
    (tmp_path / "data.zip").write_bytes(zipped({"messages.json": b""}))
    assert find(Comet(), tmp_path) == []


HOSTILE = {
    "an empty line": (b"\n", ""),
    "no JSON": (b"{half\n", "1 line without a message"),
    "another shape": (b'[1]\n{"payload": 3, "type": "x"}\n', "2 lines without a message"),
    "deep nesting": (b"[" * 100_000 + b"\n", "1 line without a message"),
    "a line of 20 MiB": (b" " * (20 << 20) + b"\n", "1 line without a message"),
    "a value that is a list": (
        b'{"payload": {"metric": {"metricName": "x", "metricValue": [1], "step": 1}}, "type": "metric_msg"}\n',
        "neither numbers nor text",
    ),
    "a metric without a name": (
        b'{"payload": {"metric": {"metricValue": 1}}, "type": "metric_msg"}\n',
        "without a name",
    ),
    "an upload that is not there": (
        b'{"payload": {"file_path": "../../etc/passwd", "upload_type": "asset"}, "type": "file_upload"}\n',
        "file not in it",
    ),
    "an unknown type": (b'{"payload": {"x": 1}, "type": "hologram"}\n', ""),
    "params of another shape": (b'{"payload": {"param": [1, 2]}, "type": "parameter_msg"}\n', ""),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_odd_messages_cost_nothing_but_themselves(tmp_path, what):
    line, remark = HOSTILE[what]
    good = message(1, "metric_msg", metric={"metricName": "loss", "metricValue": 0.5, "step": 3})
    run = only(gather(Comet(), archive_of(tmp_path, good + line + good)))
    assert run.curves["loss"].step.tolist() == [3, 3]
    assert len(run.remarks) == (1 if remark else 0)
    assert remark in "".join(run.remarks)


def test_odd_values_are_read_for_what_they_mean(tmp_path):
    values = ["0.25", "True", True, "NaN", "-Infinity", 1 << 70, "text \ud800"]
    lines = [
        message(number, "metric_msg", metric={"metricName": "x", "metricValue": value, "step": str(number)})
        for number, value in enumerate(values, 1)
    ]
    run = only(gather(Comet(), archive_of(tmp_path, b"".join(lines))))
    assert [str(value) for value in run.curves["x"].value.tolist()] == [
        "0.25",
        "1.0",
        "1.0",
        "nan",
        "-inf",
        str(2.0**70),
    ]
    assert run.curves["x"].step.tolist() == [1, 2, 3, 4, 5, 6]
    assert run.texts["x"] == [(7, "text \\ud800")]


def test_values_without_a_step_are_counted(tmp_path):
    lines = [message(n, "metric_msg", metric={"metricName": "x", "metricValue": n, "step": None}) for n in (1, 2, 3)]
    run = only(gather(Comet(), archive_of(tmp_path, b"".join(lines))))
    assert run.curves["x"].step.tolist() == [0, 1, 2]


def test_lost_messages_are_told(tmp_path):
    lines = [message(n, "log_other", key="a", value="b") for n in (1, 2, 6)]
    assert only(gather(Comet(), archive_of(tmp_path, b"".join(lines)))).remarks == [
        "messages.json: 3 messages missing from it"
    ]


def test_params_that_no_script_gave_are_left_out(tmp_path):
    params = [
        {"paramName": "curr_step", "paramValue": 1, "source": "auto-logged"},
        {"paramName": "run_arg_3", "paramValue": "x", "source": "cli"},
        {"paramName": "curr_epoch", "paramValue": 7, "source": "manual"},
        {"paramName": "Adam_lr", "paramValue": 0.1, "source": "auto-logged"},
        {"paramName": "dataset_hash", "paramValue": "abc", "source": "auto-logged"},
        {"paramName": "model|depth", "paramValue": float("inf"), "source": "manual"},
    ]
    lines = [message(n, "parameter_msg", param=param) for n, param in enumerate(params)]
    facts = only(gather(Comet(), archive_of(tmp_path, b"".join(lines)))).facts
    assert facts.params == {"curr_epoch": 7, "Adam_lr": 0.1, "model.depth": "Infinity"}
    assert facts.data["dataset"].fingerprint == "comet:abc"


def test_uploads_of_one_name_are_all_kept_and_no_name_leads_out(tmp_path):
    names = ["a.txt", "a.txt", "../../up.txt", "/etc/passwd", "C:\\x\\y.bin", ""]
    lines = [
        message(n, "file_upload", file_path="tmp1", upload_type="asset", additional_params={"fileName": name})
        for n, name in enumerate(names)
    ]
    run = only(gather(Comet(), archive_of(tmp_path, b"".join(lines), {"tmp1": b"12345"})))
    assert [file.name for file in run.files] == ["a.txt", "a.txt (2)", "up.txt", "passwd", "C:/x/y.bin", "asset"]
    assert all(content(inner) == b"12345" for file in run.files for inner in file.files.values())
    assert run.remarks == []


def test_members_that_are_compressed_are_read_too(tmp_path):
    lines = message(1, "file_upload", file_path="tmp1", upload_type="asset", additional_params={"fileName": "a"})
    folder = archive_of(tmp_path, lines, {"tmp1": b"1" * 1000}, method=zipfile.ZIP_DEFLATED)
    (file,) = only(gather(Comet(), folder)).files
    assert file.files["a"] == Content(folder / f"{KEY}.zip", 1000, member="tmp1")


def test_a_zip_bomb_is_refused_and_its_files_are_left_out(tmp_path):
    line = message(1, "file_upload", file_path="tmp1", upload_type="asset", additional_params={"fileName": "a"})
    folder = archive_of(tmp_path, line, {"tmp1": bytes(20 << 20)}, method=zipfile.ZIP_DEFLATED)
    run = only(gather(Comet(), folder))
    assert run.files == []
    assert "1 file not in it" in run.remarks[0]
    folder = archive_of(tmp_path / "2", b"\n" * (20 << 20), method=zipfile.ZIP_DEFLATED)
    assert "would grow to" in only(gather(Comet(), folder)).refused


def test_an_encrypted_archive_is_refused(tmp_path):
    folder = archive_of(tmp_path, message(1, "log_other", key="Name", value="n"))
    archive = folder / f"{KEY}.zip"
    data = bytearray(archive.read_bytes())
    for sign, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        place = -1
        while (place := data.find(sign, place + 1)) >= 0:
            data[place + offset] |= 1
    archive.write_bytes(data)
    age(folder)
    assert "is encrypted" in only(gather(Comet(), folder)).refused


def test_an_archive_of_the_large_format_is_read(tmp_path):
    folder = tmp_path / "zip64"
    folder.mkdir()
    with zipfile.ZipFile(folder / f"{KEY}.zip", "w") as archive:
        for name, data in (("experiment.json", experiment()), ("messages.json", b"")):
            with archive.open(name, "w", force_zip64=True) as member:
                member.write(data)
    age(folder)
    assert only(gather(Comet(), folder)).facts.name == KEY


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_two_members_with_one_name_the_last_counts(tmp_path):
    folder = tmp_path / "twice"
    folder.mkdir()
    with zipfile.ZipFile(folder / f"{KEY}.zip", "w") as archive:
        archive.writestr("experiment.json", experiment())
        for name in ("first", "second"):
            archive.writestr("messages.json", message(1, "log_other", key="Name", value=name))
    age(folder)
    assert only(gather(Comet(), folder)).facts.name == "second"


def test_an_archive_without_messages_says_so(tmp_path):
    folder = tmp_path / "none"
    folder.mkdir()
    (folder / f"{KEY}.zip").write_bytes(zipped({"experiment.json": experiment()}))
    age(folder)
    assert find(Comet(), folder) == []


def test_an_archive_whose_list_of_members_would_fill_memory_is_refused(tmp_path):
    folder = archive_of(tmp_path, b"")
    archive = folder / f"{KEY}.zip"
    data = bytearray(archive.read_bytes())
    data[-22 + 10 : -22 + 12] = b"\xff\xfe"
    data[:0] = bytes(20 << 20)
    data[-22 + 12 : -22 + 16] = (18 << 20).to_bytes(4, "little")
    data[0:2] = b"PK"
    archive.write_bytes(data)
    age(folder)
    assert "members" in only(gather(Comet(), folder)).refused


def only(runs: dict[str, Gathered]) -> Gathered:
    (run,) = runs.values()
    return run


def logged(version: str) -> dict:
    return json.loads((OWN / version / "expected.json").read_text())


def trained_differences(expected: dict, run: Gathered) -> list[str]:
    statistics = {name: found for name, found in run.statistics().items() if not name.startswith("system/")}
    return differences(expected, statistics)


def flat(params: dict, prefix: str = "") -> dict:
    found = {}
    for key, value in params.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return found


def old(sample: Path, tmp_path: Path) -> Path:
    """A copy that has not changed for a while."""
    folder = tmp_path / sample.name
    shutil.copytree(sample, folder)
    age(folder)
    return folder


def age(folder: Path) -> None:
    before = time.time() - 3600
    for path in folder.rglob("*"):
        os.utime(path, (before, before))


def content(of: Content) -> bytes:
    data = of.path.read_bytes()
    return data[of.start : of.start + of.size]


def experiment() -> bytes:
    return json.dumps({"offline_id": KEY, "start_time": 1_000_000_000_000, "stop_time": 1_000_000_001_000}).encode()


def message(number: int, kind: str, **fields) -> bytes:
    payload = {"message_id": number, "local_timestamp": 1_000_000_000_000 + number, **fields}
    return json.dumps({"payload": payload, "type": kind}).encode() + b"\n"


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    import io

    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return target.getvalue()


def archive_of(
    folder: Path, messages: bytes, more: dict[str, bytes] | None = None, method: int = zipfile.ZIP_STORED
) -> Path:
    folder.mkdir(exist_ok=True)
    members = {"experiment.json": experiment(), "messages.json": messages, **(more or {})}
    (folder / f"{KEY}.zip").write_bytes(zipped(members, method))
    age(folder)
    return folder
