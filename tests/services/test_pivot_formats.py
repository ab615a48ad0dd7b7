"""A pivot in print: rounded figures, captions that say all, and text of runs that is text in every format."""

import csv
import io
import math
import re

import latex_reader
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from trackside.compare.pivot import Pivot, Result, grouped
from trackside.services.documents import to_json
from trackside.services.pivot.data import csv_text, document
from trackside.services.pivot.latex import escaped as in_latex
from trackside.services.pivot.latex import latex
from trackside.services.pivot.markdown import markdown
from trackside.services.pivot.plain import plain, rows

HOSTILE = [
    "[x]",
    "*",
    r"\input{/etc/passwd}",
    "a & b % c $ d # e _ f { } ~ ^ | g",
    "-- '' ,, << >> `` !` ?`",
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "<script>alert(1)</script>",
    "![x](https://example.org/x.png) [y](javascript:z) www.example.org",
    "**bold** `code` # head",
    "\x1b[31mred\x07\n\nnew paragraph\r\t",
    '"quoted"',
    "\\\\",
    "&amp;",
    "a\u202eb",
    "日本 é",
]


def results(row, values, column=None, **facts):
    return [
        Result(
            **{
                "run": f"{row}{column}{seed}",
                "row": (row,),
                "column": (column,),
                "status": "finished",
                "value": value,
                "seed": seed,
            }
            | facts
        )
        for seed, value in enumerate(values)
    ]


def table(
    *values,
    goal="max",
    name="best(val/acc)",
    columns=((None,),),
    keys=("model",),
    column_keys=("lr",),
    archived=None,
    mixed=None,
    **facts,
):
    group = grouped(name, [result for some in values for result in some], goal, archived=archived, mixed=mixed)
    places = dict.fromkeys(result.row for some in values for result in some)
    return Pivot(keys, column_keys, tuple(places), columns, (group,), **facts)


def bare(*values, **facts):
    """The same without columns."""
    found = table(*values, column_keys=(), **facts)
    cells = {(row, ()): cell for (row, _), cell in found.groups[0].cells.items()}
    group = found.groups[0]
    return Pivot(found.row_keys, (), found.rows, ((),), (type(group)(group.value, group.goal, cells),), found.filter)


def texts(pivot):
    return [row[1] for row in rows(plain(pivot))]


def spread(mean, half):
    """Three values of that mean and that half-width of its interval."""
    step = half / 4.302652729911275 * math.sqrt(3)
    return [mean - step, mean, mean + step]


@pytest.mark.parametrize(
    ("mean", "half", "shown"),
    [
        (0.93124, 0.00432, "0.9312 ± 0.0043"),
        (0.93124, 0.0996, "0.93 ± 0.10"),
        (0.93124, 0.00996, "0.931 ± 0.010"),
        (12.345, 1.2, "12.3 ± 1.2"),
        (-12.345, 34.7, "-12 ± 35"),
        (123456.0, 1234.0, "123500 ± 1200"),
        (0.0, 0.5, "0.00 ± 0.50"),
        (-0.0001, 0.5, "0.00 ± 0.50"),
        (1.234e-7, 2.1e-8, "(1.23 ± 0.21)e-7"),
        (-4.56e12, 1.2e10, "(-4.560 ± 0.012)e12"),
    ],
)
def test_figures_are_rounded_to_two_digits_of_the_half_width(mean, half, shown):
    assert texts(table(results("a", spread(mean, half)))) == [f"{shown} (3)"]


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([0.9123, 0.93456], "0.9123, 0.9346 (2)"),
        ([0.9], "0.9 (1)"),
        ([1234567.0], "1234567 (1)"),
        ([1e-9, 2e-9], "(1, 2)e-9 (2)"),
        ([0.0], "0 (1)"),
        ([5e-324], "4.941e-324 (1)"),
        ([1.7e308], "1.7e308 (1)"),
        ([0.5] * 3, "0.5 (3) [a]"),
    ],
)
def test_fewer_than_three_seeds_and_identical_ones_show_values(values, shown):
    assert texts(table(results("a", values))) == [shown]


def test_decimal_points_of_a_column_lie_below_one_another():
    shown = texts(table(results("a", spread(0.93124, 0.00432)), results("b", spread(-12.3, 1.2)), results("c", [1.0])))
    assert shown[0].index(".") == shown[1].index(".")
    assert shown[0].index("±") == shown[1].index("±")
    assert shown[0].index("(") == shown[1].index("(")


def test_a_place_without_runs_and_a_missing_key_are_dashes():
    found = table(results("a", [1.0], "x"), results(None, [2.0], "y"), columns=(("x",), ("y",)))
    said = plain(found)
    assert said.heads == ["lr=x", "lr=y"]
    assert rows(said) == [["a", "1 (1)", "–"], ["–", "–", "2 (1)"]]


def test_how_many_runs_failed_diverged_or_go_on_is_in_the_cell_and_below():
    found = table(
        results("a", [0.9, 0.91, 0.92])
        + results("a", [0.5], status="failed")
        + results("a", [math.nan])
        + results("a", [0.1], status="running"),
        results("b", [0.5], status="crashed"),
        results("c", [0.5], status="running"),
    )
    said = plain(found)
    assert [row[1].split("(")[-1] for row in rows(said)] == ["3 of 5) [a]", "0 of 1) [b]", "– [c]"]
    assert said.footnotes == (
        ("a", "1 diverged, 1 failed, 1 still going and left out"),
        ("b", "1 crashed"),
        ("c", "1 still going and left out"),
    )


def test_how_many_runs_were_archived_stands_below_and_in_the_data():
    found = table(results("a", [0.9, 0.91]), archived={(("a",), (None,)): 3})
    assert plain(found).footnotes == (("a", "3 archived and left out"),)
    assert next(csv.DictReader(io.StringIO(csv_text(found))))["note"] == "3 archived and left out"
    assert document(found)["values"][0]["cells"][0]["archived"] == 3


def test_a_cell_of_several_methods_says_what_it_mixes_and_that_it_was_not_tested():
    values = [results(name, [0.9, 0.91, 0.93], name) for name in "ab"]
    found = table(*values, columns=(("a",), ("b",)), mixed={(("a",), ("a",)): ("dropout", "code")})
    assert plain(found).footnotes == (("a", "mixes dropout, code"),)
    assert "1 cell (runs of several methods)" in " ".join(plain(found).remarks)
    assert document(found)["values"][0]["cells"][0]["mixes"] == ["dropout", "code"]


def test_the_caption_says_that_folds_are_tested_apart():
    said = "Folds share data: only cells of the same fold are tested on one another."
    assert said in plain(table(results("a", [0.9, 0.91], fold=0), results("b", [0.1, 0.2], fold=1))).reading
    assert said not in plain(table(results("a", [0.9, 0.91], fold=0), results("b", [0.1, 0.2], fold=0))).reading


def test_the_caption_says_which_interval_which_test_and_what_was_not_tested():
    found = table(
        results("a", [0.90, 0.91, 0.92]),
        results("b", [0.1, 0.2, 0.3]),
        results("c", [0.95, 0.96]),
        filter="tag:paper",
    )
    said = " ".join(plain(found).sentences)
    for part in (
        "Mean ± 95 % confidence interval over seeds, their number in brackets.",
        "Fewer than 3 seeds: the values themselves.",
        "*: the best mean and those not significantly worse.",
        "Tested (larger is better): Welch's t, Holm over 3 pairs of cells, α = 0.05.",
        "Not tested and never marked: 1 cell (fewer than 3 seeds); the best mean of all is one of them.",
        "Eval data unverified for 8 runs.",
        "Of the runs that match tag:paper.",
    ):
        assert part in said


def test_the_caption_says_that_no_goal_is_known():
    said = plain(table(results("a", [0.90, 0.91, 0.92]), goal=None)).sentences
    assert "Nothing is marked as best: whether small or large is better is not known." in said


def test_mixed_eval_data_are_in_the_caption_with_their_fingerprints():
    found = table(
        results("a", [0.9, 0.91, 0.92], eval_data="blake3:aaaa"), results("b", [0.1, 0.2], eval_data="blake3:bbbb")
    )
    for said in (latex_reader.read(latex(found)).caption, markdown(found), " ".join(document(found)["notes"])):
        assert "Unlike eval data are mixed (blake3:aaaa, blake3:bbbb)" in said


def test_a_latex_table_has_a_cell_for_each_column_and_prints_what_the_plain_one_shows():
    found = table(
        results("a", spread(0.93124, 0.00432), "0.1") + results("a", [0.5], "0.01", status="failed"),
        results("b", spread(-12.3, 1.2), "0.1") + results("b", spread(1.5e-7, 2e-8), "0.01"),
        columns=(("0.01",), ("0.1",)),
    )
    read = latex_reader.read(latex(found))
    assert read.heads == [["model", "lr=0.01", "lr=0.1"]]
    assert [row[0] for row in read.rows] == ["a", "b"]
    assert [re.sub(r"\s+", " ", cell) for cell in read.rows[0]] == ["a", "– (0 of 1)a", "0.9312 ± 0.0043 (3)"]
    assert [re.sub(r"\s+", " ", cell) for cell in read.rows[1]] == [
        "b",
        "(1.50 ± 0.20) × 10^-7 (3)",
        "-12.3 ± 1.2 (3)",
    ]
    assert read.notes.startswith("a 1 failed. ")
    assert r"\mathbf{" in latex(found)


def test_values_of_a_latex_table_stand_over_their_columns():
    one = table(results("a", [1.0], "x") + results("a", [2.0], "y"), columns=(("x",), ("y",)))
    both = Pivot(one.row_keys, one.column_keys, one.rows, one.columns, one.groups * 2)
    read = latex_reader.read(latex(both))
    assert read.heads == [["", *["best(val/acc)"] * 4], ["model", "lr=x", "lr=y", "lr=x", "lr=y"]]
    assert r"\cmidrule(lr){2-3} \cmidrule(lr){4-5}" in latex(both)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_runs_is_text_in_a_latex_table(text):
    found = table(
        results(text, [1.0, 2.0], text), name=text, columns=((text,),), keys=(text,), column_keys=(text,), filter=text
    )
    read = latex_reader.read(latex(found))
    shown = "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)
    assert read.rows[0][0] == shown.strip()
    assert f"that match {shown}." in read.notes


@given(st.text(max_size=30))
def test_any_text_prints_as_itself_in_latex(text):
    shown = "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)
    assert latex_reader.printed(in_latex(text)) == shown


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_runs_is_text_in_a_markdown_table(text):
    found = table(results(text, [1.0, 2.0], text), name=text, columns=((text,),), keys=(text,), column_keys=(text,))
    parsed = MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(markdown(found))
    assert not [token for token in parsed if token.type.startswith(("html", "heading", "fence", "code", "hr"))]
    inside = [part for token in parsed if token.type == "inline" for part in token.children or []]
    kinds = {part.type for part in inside}
    assert kinds <= {"text", "text_special", "strong_open", "strong_close", "html_inline", "hardbreak", "softbreak"}
    assert {part.content for part in inside if part.type == "html_inline"} <= {"<sup>", "</sup>"}
    cells = [
        "".join(part.content for part in parsed[at + 1].children or []).replace("\u200b", "")
        for at, token in enumerate(parsed)
        if token.type == "td_open"
    ]
    assert len(cells) == 2
    assert cells[0] == plain(found).lines[0].labels[0] or not text.isprintable()


def test_bold_cells_are_bold_in_markdown_and_starred_in_plain_text():
    found = table(results("a", [0.90, 0.91, 0.92]), results("b", [0.1, 0.2, 0.3]))
    assert "| **0.910 ± 0.025** (3)" in markdown(found)
    assert [text[0] for text in texts(found)] == ["*", " "]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_of_a_csv_table_is_a_formula(text):
    found = table(
        results(text, [1.0, 2.0], text, eval_data=text),
        name=text,
        columns=((text,),),
        keys=(text,),
        column_keys=(text,),
    )
    heads, row = csv.reader(io.StringIO(csv_text(found)))
    assert len(heads) == len(row)
    for cell in (*heads, *row):
        assert not re.match(r"\s*[=+@-]", cell)
        assert cell.isprintable()
    assert row[0].removeprefix("'") == text or not text.isprintable()


def test_numbers_of_a_csv_table_are_numbers_whatever_their_sign():
    found = table(results("-1.5", spread(-0.5, 0.1)), columns=((None,),))
    (row,) = csv.DictReader(io.StringIO(csv_text(found)))
    assert row["model"] == "-1.5"
    assert float(row["mean"]) == pytest.approx(-0.5)
    assert float(row["half_width_95"]) == pytest.approx(0.1)
    assert (row["n"], row["of"], row["bold"]) == ("3", "3", "false")
    assert [float(value) for value in row["values"].split()] == pytest.approx(spread(-0.5, 0.1))


def test_the_json_document_has_every_figure_unrounded():
    found = table(results("a", [0.90, 0.91, 0.92]) + results("a", [1.0], status="failed"), results("b", [0.1, 0.2]))
    a, b = document(found)["values"][0]["cells"]
    assert a["row"] == {"model": "a"}
    assert (a["n"], a["of"], a["left_out"], a["why_not"]) == (3, 4, {"failed": 1}, "runs left out")
    assert a["mean"] == pytest.approx(0.91)
    assert a["level"] == 0.95
    assert (b["half_width"], b["level"], b["values"]) == (None, None, [0.1, 0.2])
    assert to_json(document(found))


def test_a_table_without_column_keys_has_the_value_for_its_head():
    found = bare(results("a", [1.0]), filter="x")
    assert plain(found).heads == ["best(val/acc)"]
    assert latex_reader.read(latex(found)).heads == [["model", "best(val/acc)"]]
