"""What a terminal has no room for is said, and what it shows is whole: no number is cut."""

import pytest
from command_on_terminal import in_terminal

import trackside
from trackside.cli.grid import NAME, WORDS, Column, fitted


@pytest.fixture
def sweep(tmp_path):
    """Two runs with long names; one has much to say of its health."""
    root = tmp_path / "sweep"
    for seed in (1, 2):
        name, tags = f"learning-rate-0.05-seed-{seed}", ["architecture-search", "kept-for-the-paper"]
        with trackside.init(
            project="digits", name=name, tags=tags, params={"lr": seed / 8}, group="lr-sweep", store=root, quiet=True
        ) as run:
            run.define_metric("val/accuracy", goal="max", primary=True)
            run.log({"val/accuracy": 0.9125, "train/loss": float("nan"), "val/loss": float("nan")}, step=1233)
    with trackside.attach(root) as store:
        store.runs()
    return root


def plain(store, width, *arguments):
    return in_terminal(store, *arguments, COLUMNS=str(width), NO_COLOR="1").splitlines()


@pytest.mark.parametrize("width", [60, 80, 100, 120, 160])
def test_names_and_numbers_are_whole_at_every_width(sweep, width):
    lines = plain(sweep, width, "ls")
    head, *rows = lines[:3]
    assert all(len(line) <= width for line in (head, *rows))
    for row, seed in zip(rows, (2, 1), strict=True):
        assert f"learning-rate-0.05-seed-{seed}  " in row
        assert ("best" in head) == ("val/accuracy 0.9125" in row)
        assert ("progress" in head.split()) == ("1,234" in row)
        assert ("lr" in head.split()) == (f"{seed / 8:g}" in row)


def test_which_columns_have_no_room_is_said_and_how_to_have_them(sweep):
    assert plain(sweep, 80, "ls")[-1] == (
        "and 6 columns more: progress, took, lr, group, tags, health; --columns chooses"
    )
    assert plain(sweep, 80, "ls", "--columns", "name,lr")[-1].split() == ["learning-rate-0.05-seed-1", "0.125"]
    assert plain(sweep, 40, "ls", "--group-by", "group")[-1].endswith("; --columns chooses")


def test_words_are_cut_before_a_column_is_left_out_and_names_last():
    columns = [Column("name", least=NAME), Column("loss", "right"), Column("tags", least=WORDS)]
    rows = [("a" * 30, "0.12345", "t" * 30)]
    assert fitted(columns, rows, 80).lines[1] == ["a" * 30, "0.12345", "t" * 30]
    assert fitted(columns, rows, 60).lines[1] == ["a" * 30, "0.12345", "t" * 18 + "…"]
    narrow = fitted(columns, rows, 45)
    assert narrow.lines[1] == ["a" * 30, "0.12345"]
    assert narrow.left_out == ("tags",)
    assert fitted(columns, [("日本" * 30, "0.12345", "")], 43).lines[1] == ["日本" * 8 + "… ", "0.12345"]
    assert fitted(columns, rows, 10).lines[1] == ["a" * 9 + "…"]


def test_a_number_in_the_first_column_is_whole_where_it_alone_is_wider_than_the_terminal():
    narrow = fitted([Column("loss", "point"), Column("name", least=NAME)], [("123456789.25", "a")], 6)
    assert (narrow.lines[1], narrow.left_out) == (["123456789.25"], ("name",))


def test_the_metrics_of_a_run_are_whole_on_a_narrow_terminal(sweep):
    lines = plain(sweep, 60, "show", "@last")
    table = lines[lines.index("metrics") + 1 :]
    table = table[: table.index("")]
    assert all(len(line) <= 60 for line in table)
    assert table[1].split() == ["val/accuracy", "*", "0.9125", "1,233", "0.9125", "1,233", "0.9125"]
    assert " ".join(table).endswith("; a wider terminal shows them")


def test_what_a_run_says_of_its_health_is_broken_between_words(tmp_path):
    root = tmp_path / "failed"
    said = "no such file: " + " ".join(f"word{number}" for number in range(30))
    with pytest.raises(OSError, match="word29"), trackside.init(name="typo", notes=said, store=root, quiet=True):
        raise OSError(said)
    lines = plain(root, 60, "show", "typo")
    told = lines[lines.index("health") + 1 : lines.index("metrics") if "metrics" in lines else None]
    sentence = told[: told.index("")]
    assert len(sentence) > 1
    assert all(len(line) <= 60 for line in sentence)
    assert said in " ".join(sentence)
    notes = [line for line in lines if line.startswith(("notes", "   "))]
    assert " ".join(line.removeprefix("notes").strip() for line in notes[:5]).startswith(said[:150])
