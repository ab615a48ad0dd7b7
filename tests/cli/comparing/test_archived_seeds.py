"""A seed that was archived does not count, bars nothing, and is told of wherever a comparison is shown."""

import json
import shutil
from pathlib import Path

import pytest

import trackside


@pytest.fixture
def archived(call, five_seeds, tmp_path):
    """A copy of the store in which one seed of `better` is archived."""
    copy = Path(shutil.copytree(five_seeds / "store", tmp_path / "copy"))
    assert call("archive", "better-4", on=copy).status == 0
    return copy


@pytest.fixture
def compare(call, archived):
    """Call a verb on that store, with `base-0` as the baseline."""

    def called(*arguments: str):
        return call(*arguments, "--baseline", "base-0", on=archived)

    return called


def test_a_page_and_markdown_say_it_in_the_head_in_the_cell_and_below(compare):
    for options in ([], ["--md"]):
        page = compare("compare", "better-0", *options).out.replace("\\", "")
        assert "better-0 (4 runs, 1 archived)" in page
        assert "▲ (4, 1 archived)" in page
        assert "archived runs that do not count: none of 5 runs v " in page
        assert "better on this eval set" in page


def test_the_report_for_a_browser_says_it(compare, tmp_path):
    compare("compare", "better-0", "--html", str(tmp_path / "report.html"))
    page = (tmp_path / "report.html").read_text()
    assert "better-0 (4 runs, 1 archived)" in page
    assert "(4, 1 archived)" in page
    assert "archived runs that do not count: none of 5 runs v " in page


def test_json_counts_them_and_names_them(call, compare, archived):
    put_away = json.loads(call("show", "better-4", "--json", on=archived).out)["id"]
    (cell,) = json.loads(compare("compare", "better-0", "--json").out)["rows"][0]["cells"]
    assert (cell["verdict"], cell["n"], cell["n_left_out"], cell["n_archived"]) == ("better", [5, 4], [0, 0], [0, 1])
    (reason,) = [reason for reason in cell["reasons"] if reason["code"] == "archived"]
    assert reason == {
        "code": "archived",
        "blocks": False,
        "baseline": "none of 5 runs",
        "candidate": f"{put_away} of 5 runs",
        "acknowledged": None,
    }


@pytest.mark.parametrize("filtered", ["name:better-* status:finished", "lr:0.3 or lr:0.7"])
def test_a_filter_tells_of_those_that_it_would_find_if_they_were_not_archived(compare, filtered):
    (cell,) = json.loads(compare("compare", filtered, "--json").out)["rows"][0]["cells"]
    assert (cell["n"], cell["n_archived"]) == ([5, 4], [0, 1])


def test_an_archived_run_that_is_named_does_not_count_either_and_it_is_said(compare):
    said = compare("compare", "better-0", "better-4", "--json")
    ((cell,),) = (row["cells"] for row in json.loads(said.out)["rows"][:1])
    assert (cell["n"], cell["n_archived"]) == ([5, 4], [0, 1])
    assert said.err == "better-4 is archived and does not count; its replicates that are not archived do\n"


def test_a_check_passes_and_its_summary_says_it(compare, tmp_path):
    said = compare("check", "better-0", "--summary-file", str(tmp_path / "summary.md"))
    assert (said.status, "better-0 (4 runs, 1 archived)" in said.out) == (0, True)
    assert "archived runs that do not count" in (tmp_path / "summary.md").read_text()


def test_python_gets_it_as_a_reason(archived):
    with trackside.attach(archived) as store:
        frame = store.compare("better-0", baseline="base-0").frame()
    assert all("archived" in codes for codes in frame["reasons"].to_list())
