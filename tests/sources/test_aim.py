"""Tables that Aim's frames were written to, and its store, of which only is said how to write one."""

import json
import math
from datetime import datetime
from pathlib import Path

import pytest
from gathered import Gathered, differences, find, gather

from trackside.sources.aim import Aim
from trackside.sources.protocol import Folder, ReplacedError, SourceError

OWN = Path(__file__).parent / "samples" / "aim"
SOURCE = Aim()
HEADER = ",idx,step,value,epoch,time,run.hash,run.hparams.lr,run.__system.cpu,metric.name,metric.context.subset"


def table(path: Path, *rows: str) -> Path:
    path.write_text("".join(f"{row}\n" for row in (HEADER, *rows)))
    return path


def row(run: str, step: object, value: object, name: str = "loss", part: str = "", lr: str = "0.1") -> str:
    return f"0,0,{step},{value},,2024-01-01 12:00:0{str(step)[:1]},{run},{lr},8,{name},{part}"


def only(folder: Path) -> Gathered:
    (run,) = gather(SOURCE, folder).values()
    assert run.refused is None
    return run


def test_the_sample_holds_what_was_tracked() -> None:
    wanted = json.loads((OWN / "expected.json").read_text())
    runs = gather(SOURCE, OWN)
    assert set(runs) == set(wanted)
    for name, run in runs.items():
        assert differences(wanted[name]["metrics"], run.statistics()) == []
        assert run.facts is not None
        assert run.facts.params == wanted[name]["params"]
        assert run.facts.created <= (run.facts.ended or 0.0)
        assert run.remarks == []


def test_a_store_is_passed_by_with_a_line_that_says_how_to_write_a_table(tmp_path: Path) -> None:
    store = tmp_path / ".aim"
    store.mkdir()
    (store / "run_metadata.sqlite").touch()
    folder = Folder(store, {"meta", "seqs"}, {"run_metadata.sqlite"})
    assert SOURCE.sniff(folder)
    with pytest.raises(SourceError, match="to_csv") as refused:
        list(SOURCE.discover(folder))
    assert "\n" not in str(refused.value)
    assert (folder.folders, folder.files) == (set(), set())


def test_runs_and_contexts_are_told_apart_and_times_are_local(tmp_path: Path) -> None:
    rows = [row("a", 0, 1.5, part="val"), row("b", 0, 2.5), row("a", 1, "", part="val"), row("a", 2, 0.5, "acc")]
    table(tmp_path / "aim.csv", *rows)
    runs = {run.found.identity: run for run in gather(SOURCE, tmp_path).values()}
    assert {name: sorted(run.curves) for name, run in runs.items()} == {"a": ["acc", "val/loss"], "b": ["loss"]}
    loss = runs["a"].curves["val/loss"]
    assert loss.step.tolist() == [0, 1]
    assert loss.value[0] == 1.5
    assert math.isnan(loss.value[1])
    assert loss.time[0] == datetime(2024, 1, 1, 12).timestamp()
    facts = runs["a"].facts
    assert facts is not None
    assert facts.params == {"lr": 0.1}
    assert facts.ended == datetime(2024, 1, 1, 12, 0, 2).timestamp()


def test_a_table_that_did_not_change_is_not_read_again_and_another_is_read_anew(tmp_path: Path) -> None:
    path = table(tmp_path / "aim.csv", row("a", 0, 1.5), row("b", 0, 7.5))
    runs = {run.found.identity: run for run in gather(SOURCE, tmp_path).values()}
    a, b = runs["a"], runs["b"]
    a.take(SOURCE.follow(a.found, a.cursor))
    assert len(a.curves["loss"].step) == 1
    table(path, row("c", 0, 3.5), row("a", 0, 1.5), row("a", 1, 2.5))
    a.take(SOURCE.follow(a.found, a.cursor))
    assert a.statistics()["loss"]["count"] == 2
    with pytest.raises(ReplacedError, match="no such run"):
        list(SOURCE.follow(b.found, b.cursor))


def test_odd_rows_are_counted_and_passed_over(tmp_path: Path) -> None:
    path = table(tmp_path / "aim.csv", row("a", 0, 1.5), row("a", "x", 1), row("a", 1, "1_0"), "short,row", '"open')
    with path.open("ab") as file:
        file.write(b"\0\0\n\xff,\n")
    run = only(tmp_path)
    assert run.curves["loss"].value.tolist() == [1.5]
    assert run.remarks == ["passed over 2 rows without a step or a value"]


def test_other_tables_are_not_taken(tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_text("step,value\n0,1\n")
    (tmp_path / "empty.csv").touch()
    assert find(SOURCE, tmp_path) == []
