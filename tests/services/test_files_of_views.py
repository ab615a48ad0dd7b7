"""What a screen shows as files: the table with its values, charts as pictures and as points."""

import csv
import errno
import io
import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import polars as pl
import pytest
from PIL import Image
from small_store import open_context, record

from trackside.charts.spec import ChartOptions, Curve
from trackside.cli.main import main
from trackside.model.errors import TracksideError, UsageError
from trackside.services.new_file import appearing, new_file_mode
from trackside.services.sharing import table_files
from trackside.services.sharing.export import Export, chart_formats, file_name
from trackside.services.table.asked import Asked, SortKey
from trackside.services.table.view import Found, find

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three runs, one of a name that Markdown and a terminal would take for theirs."""
    root = tmp_path_factory.mktemp("shared") / "store"
    record(root, "first", params={"lr": 0.1}, tags=["a", "b"])
    record(root, "**bold** | \x1b[31m", params={"lr": 0.3, "net": "cnn"})
    record(root, "last", params={"lr": 0.2}, fails=True)
    return root


def found(root: Path, *columns: str, by: tuple[str, ...] = ()) -> Found:
    context = open_context(root)
    sort = (SortKey("param.lr", descending=True),)
    return find(context.store, Asked("lr>0.1", sort, columns or None, by=by))


COLUMNS = ("name", "param.lr", "metric.train/loss", "param.net", "tags", "progress", "created")


class TestTable:
    def test_csv_has_the_rows_and_columns_of_the_table_with_values_unrounded(self, root: Path) -> None:
        rows = list(csv.DictReader(io.StringIO(table_files.csv(found(root, *COLUMNS)).decode())))
        assert [row["lr"] for row in rows] == ["0.3", "0.2"]
        assert list(rows[0]) == ["id", "name", "lr", "train/loss", "net", "tag", "progress", "created"]
        assert rows[0]["name"] == "**bold** | ␛[31m"
        assert float(rows[0]["train/loss"]) == 2 / 40
        assert math.isnan(float(rows[1]["train/loss"]))
        assert rows[1]["net"] == ""
        assert rows[0]["created"].endswith("Z")
        assert len(rows[0]["id"]) == 26

    def test_parquet_has_the_types_of_the_values(self, root: Path) -> None:
        table = pl.read_parquet(io.BytesIO(table_files.parquet(found(root, *COLUMNS))))
        assert table.schema["lr"] == pl.Float64
        assert table.schema["tag"] == pl.List(pl.String)
        assert table.schema["created"] == pl.Datetime("ms", "UTC")
        assert table["lr"].to_list() == [0.3, 0.2]

    def test_markdown_is_the_table_as_it_stands_and_nothing_in_it_means_anything(self, root: Path) -> None:
        head, align, first, *_ = table_files.markdown(found(root, "name", "param.lr")).decode().splitlines()
        assert (head, align) == ("| name | lr |", "| --- | --: |")
        assert first == r"| \*\*bold\*\* \| ␛\[31m | 0.3 |"

    def test_of_groups_the_texts_are_written(self, root: Path) -> None:
        rows = list(csv.DictReader(io.StringIO(table_files.csv(found(root, "param.lr", by=("status",))).decode())))
        assert [row["group_size"] for row in rows] == ["1", "1"]
        assert rows[0]["name"].startswith("status=")

    def test_columns_that_are_called_or_look_alike_are_all_there(self, tmp_path: Path) -> None:
        params = {"a\x01": 1, "a\u2401": 2, "train/loss": 3, "progress": 4, "group_size": 5}
        record(tmp_path, "one", params=params)
        store = open_context(tmp_path).store
        columns = ("progress", "metric.train/loss", *(f"param.{key}" for key in params))
        alike = ["a␁", "a␁", "train/loss", "param.progress"]
        runs, groups = (find(store, Asked(columns=columns, by=by)) for by in ((), ("name",)))
        heads, *_ = csv.reader(io.StringIO(table_files.csv(runs).decode()))
        assert heads == ["id", "progress", "metric.train/loss", *alike, "group_size"]
        heads, values = csv.reader(io.StringIO(table_files.csv(groups).decode()))
        assert heads == ["name", "progress", "group_size", "metric.train/loss", *alike, "param.group_size"]
        assert values == ["name=one", "", "1", "0.05", "1", "2", "3", "4", "5"]

    def test_ls_prints_the_same(self, root: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        wanted = ["--store", str(root), "ls", "lr>0.1", "--sort=-lr", f"--columns={','.join(COLUMNS)}"]
        for form, made in (("--csv", table_files.csv), ("--parquet", table_files.parquet)):
            with pytest.raises(SystemExit) as left:
                main([*wanted, form])
            assert left.value.code == 0
            sys.stdout.flush()
            assert capfdbinary.readouterr().out == made(found(root, *COLUMNS))
        with pytest.raises(SystemExit):
            main([*wanted[:3], "--md", "--json"])
        assert b"--json and --md: one of them." in capfdbinary.readouterr().err


STEPS = np.arange(10_000, dtype=np.float64)
SPIKED = np.where(STEPS == 5_432, 7.0, np.sin(STEPS / 500))
HOLED = np.where(STEPS > 9_000, np.nan, SPIKED)
CURVES = (
    Curve("calm <&> \x1b", STEPS, SPIKED, key="a", owner="run-a"),
    Curve("held", STEPS, HOLED, key="b", owner="run-b", stroke="dotted", half=np.full(10_000, 0.1)),
    Curve("hidden", STEPS, SPIKED * 100, key="c", owner="run-c"),
)


def made(form: str, **options: object) -> bytes:
    looked = ChartOptions(hidden=frozenset({"c"}), clip_outliers=False).but(**options)
    return chart_formats([("loss of 3 runs", CURVES, looked)])[form]()


class TestChart:
    def test_svg_is_a_file_of_its_own_in_which_no_spike_is_lost_and_hidden_curves_are_not(self) -> None:
        picture = ElementTree.fromstring(made(".svg"))
        words = [text.text for text in picture.iter(f"{SVG}text")]
        assert words[0] == "loss of 3 runs"
        assert words[-2:] == ["calm <&> ␛", "held"]
        lines = [line.get("points", "") for line in picture.iter(f"{SVG}polyline")]
        heights = [float(point.split(",")[1]) for point in max(lines, key=len).split()]
        assert min(heights) < 50
        assert not [part for part in picture.iter() if part.get("href") or part.tag.endswith(("script", "image"))]

    def test_png_is_the_same_picture_twice_as_fine(self) -> None:
        picture = ElementTree.fromstring(made(".svg"))
        image = Image.open(io.BytesIO(made(".png")))
        assert image.size == (2 * int(picture.get("width", "")), 2 * int(picture.get("height", "")))
        assert len(image.getcolors(1 << 20) or []) > 10

    def test_without_pillow_png_says_what_brings_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "PIL", None)
        with pytest.raises(TracksideError, match=r"pip install 'trackside.images.', or export SVG"):
            made(".png")

    def test_csv_has_every_point_of_the_curves_that_are_shown_where_they_are_seen(self) -> None:
        rows = list(csv.DictReader(io.StringIO(made(".csv", smooth=0.9, x_range=(8_000.0, 9_500.0)).decode())))
        assert len(rows) == 2 * 1_501
        assert {row["run"] for row in rows} == {"run-a", "run-b"}
        assert float(rows[0]["step"]) == 8_000
        assert float(rows[0]["value"]) == SPIKED[8_000]
        assert math.isnan(float(rows[-1]["value"]))

    def test_a_chart_of_nothing_that_is_shown_says_so(self) -> None:
        assert b"no curve is shown" in made(".svg", hidden=frozenset("abc"))


def test_the_name_of_a_file_says_the_format_and_one_that_is_suggested_is_plain(tmp_path: Path) -> None:
    export = Export("the chart", file_name("val/loss: ../x", ".svg"), {".svg": lambda: b"drawn"})
    assert export.name == "val-loss--..-x.svg"
    with pytest.raises(UsageError, match=r"chart.pdf: a name that ends in .svg says the format"):
        export.place("chart.pdf")
    with pytest.raises(TracksideError, match="no folder"):
        export.write(tmp_path / "nowhere" / "a.svg", over=False)
    export.write(tmp_path / "a.svg", over=False)
    assert (tmp_path / "a.svg").read_bytes() == b"drawn"


def test_a_file_that_is_there_is_written_over_only_where_that_is_asked_for_and_one_that_failed_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    export, file = Export("the chart", "", {".svg": lambda: b"drawn"}), tmp_path / "a.svg"
    file.write_text("mine")
    with pytest.raises(TracksideError, match=r"a\.svg is there by now, and was left as it is"):
        export.write(file, over=False)
    assert file.read_text() == "mine"
    export.write(file, over=True)
    assert file.read_text() == "drawn"
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            export.write(tmp_path / "b.svg", over=False)
    assert list(tmp_path.iterdir()) == [file]


def _taken_meanwhile(out: Path, fails: str = "") -> Iterator[bytes]:
    """Content in the middle of which another program's file comes to be at `out`."""
    yield b"the beginning"
    out.write_text("theirs")
    if fails:
        raise OSError(fails)
    yield b"the end"


@pytest.fixture(params=["hard links", "no hard links"])
def linking(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that knows hard links, and one that does not."""

    def refused(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    if request.param == "no hard links":
        monkeypatch.setattr(os, "link", refused)


@pytest.mark.usefixtures("linking")
def test_a_name_that_another_program_takes_while_a_file_is_written_is_left_to_it(tmp_path: Path) -> None:
    out = tmp_path / "a.csv"
    with pytest.raises(TracksideError, match="is there by now"), appearing(out, over=False) as stream:
        stream.writelines(_taken_meanwhile(out))
    assert out.read_text() == "theirs"
    out.unlink()
    with pytest.raises(OSError, match="disk full"), appearing(out, over=False) as stream:
        stream.writelines(_taken_meanwhile(out, "disk full"))
    assert out.read_text() == "theirs"
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.usefixtures("linking")
def test_a_file_has_its_name_only_once_it_is_whole(tmp_path: Path) -> None:
    out = tmp_path / "a.csv"
    with appearing(out, over=False) as stream:
        stream.write(b"ours")
        assert not out.exists()
    assert list(tmp_path.iterdir()) == [out]
    assert out.read_bytes() == b"ours"
    assert out.stat().st_mode & 0o777 == new_file_mode()


@pytest.mark.parametrize("taken", [False, True])
def test_a_name_that_could_not_be_given_without_hard_links_is_free_again_or_whose_it_is_by_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: bool
) -> None:
    out, theirs = tmp_path / "a.csv", tmp_path / "theirs"

    def no_link(*_: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    def no_rename(*_: object) -> None:
        if taken:
            theirs.replace(out)
        raise OSError(errno.EIO, "Input/output error")

    theirs.write_text("theirs")
    monkeypatch.setattr(os, "link", no_link)
    monkeypatch.setattr(Path, "rename", no_rename)
    with pytest.raises(OSError, match="Input/output"), appearing(out, over=False) as stream:
        stream.write(b"ours")
    assert [file.read_text() for file in tmp_path.iterdir()] == ["theirs"]
    assert out.exists() == taken


@pytest.mark.parametrize("name", ["~nobody-of-that-name/a.svg", "a" * 252 + ".svg", "é" * 126 + ".svg", "a\0.svg"])
def test_a_name_that_no_file_can_have_is_refused_in_a_line(name: str) -> None:
    with pytest.raises(UsageError):
        Export("the chart", "", {".svg": lambda: b""}).place(name)
