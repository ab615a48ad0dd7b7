"""A comparison as a page, as Markdown, as a report for a browser, and from Python."""

import json

import trackside


def test_the_page_shows_value_change_and_sign_and_a_sentence_below(compare):
    page = compare("compare", "better-0").out
    assert "▲ (5)" in page
    assert "better on this eval set" in page
    assert "Welch's t" in page


def test_markdown_is_a_table_and_names_cannot_make_markup(call, tmp_path):
    for name, value in (("a|b*c", 0.5), ("<script>", 0.6)):
        with trackside.init(project="p", name=name, params={"x": value}, store=tmp_path / "odd", quiet=True) as run:
            run.log({"val/f1": value}, step=0)
    page = call("compare", "<script>", "--baseline", "a|b*c", "--md", on=tmp_path / "odd").out
    assert r"| metric | baseline | \<script\> |" in page
    assert r"The baseline is **a\|b\*c**." in page


def test_a_report_is_a_file_for_a_browser_and_goes_with_the_other_forms(compare, tmp_path):
    folder = tmp_path / "reports"
    folder.mkdir()
    report = folder / "report.html"
    said = compare("compare", "better-0", "elsewhere-0", "--html", str(report))
    assert said.err == f"the report is in {report}\n"
    assert said.out == compare("compare", "better-0", "elsewhere-0").out
    page = report.read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "elsewhere-0 (5 runs) is not comparable in val/accuracy" in page
    assert 'class="line s2"' in page
    assert list(folder.iterdir()) == [report]
    with_json = compare("compare", "better-0", "--json", "--html", str(report))
    assert json.loads(with_json.out)["comparable"]
    assert "elsewhere" not in report.read_text(encoding="utf-8")


def test_a_report_into_no_folder_is_refused_in_one_line(compare, tmp_path):
    said = compare("compare", "better-0", "--html", str(tmp_path / "nowhere" / "report.html"))
    assert (said.status, said.err) == (1, f"trackside: no folder {tmp_path / 'nowhere'} to export to\n")


def test_python_gets_verdicts_and_a_frame(five_seeds):
    found = trackside.attach(five_seeds / "store").compare("better-0", baseline="base-0")
    assert found.rows[0].cells[0].verdict.word == "better"
    assert found.frame()["verdict"].to_list() == ["better", "untested"]
