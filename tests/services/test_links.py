"""Links to what is seen, and the commands that open and print it: what is written is what is read again."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackside.model.errors import UsageError
from trackside.services.sharing.commands import opening, printing
from trackside.services.sharing.links import link, parse
from trackside.services.sharing.seen import (
    CHART_WAYS,
    COMPARE_TABS,
    LOG_AXES,
    RUN_TABS,
    Chart,
    Compare,
    Pivot,
    Run,
    Runs,
    Seen,
)

text = st.text(max_size=12)
word = st.text(min_size=1, max_size=12)
words = st.lists(word, max_size=4).map(tuple)
some = st.lists(word, min_size=1, max_size=4).map(tuple)
number = st.none() | st.floats(allow_nan=False, allow_infinity=False).map(lambda value: float(f"{value:.15g}"))
points = st.sampled_from(("", "last", "best", "primary-best", "common", "mean-last=10", "step=1000", "time=2h"))
ways = st.lists(st.sampled_from(CHART_WAYS), unique=True).map(tuple)
ANYTHING = st.one_of(
    st.builds(Runs, text, words, words, words),
    st.builds(Run, word, st.sampled_from(("", *RUN_TABS)), text, number),
    st.builds(Chart, word, some, text, st.sampled_from(("", *LOG_AXES)), number, number, ways),
    st.builds(Compare, some, text, points, st.sampled_from(("", *COMPARE_TABS)), text),
    st.builds(Pivot, words, words, words, text, words, st.booleans()),
)


@given(ANYTHING)
def test_whatever_is_seen_a_link_to_it_shows_the_same(seen: Seen) -> None:
    assert parse(link(seen)) == seen


@given(ANYTHING)
def test_a_shell_hands_the_link_on_as_it_is(seen: Seen) -> None:
    assert shlex.split(opening(seen, ["/data/my runs"])) == ["trackside", "/data/my runs", "--open", link(seen)]
    assert not set(link(seen)) & set(" '\"\n\\$`;")


def test_links_read_as_a_person_would_write_them() -> None:
    assert link(Runs("status:failed lr<1e-3", ("-val/loss", "name"))) == (
        "runs?filter=status:failed%20lr<1e-3&sort=-val/loss,name"
    )
    assert link(Run("01ABC", "charts", "train/loss")) == "run/01ABC?tab=charts&metric=train/loss"
    assert parse("run/@last?tab=console&step=120") == Run("@last", "console", step=120)
    assert parse("chart?runs=a,b&metric=loss&log=xy&smooth=0.9") == Chart("loss", ("a", "b"), log="xy", smooth=0.9)
    assert parse("compare?runs=a&at=step%3D10&tab=why") == Compare(("a",), at="step=10", tab="why")
    assert parse("runs") == Runs()


@pytest.mark.parametrize(
    ("mistaken", "says"),
    [
        ("rums", "no screen 'rums', did you mean runs?"),
        ("", "no screen ''; it is SCREEN?KEY=VALUE"),
        ("runs?fliter=x", "'fliter=x' is none of its parts, did you mean filter?; runs has filter, sort, columns, by"),
        ("runs?filter", "'filter' is none of its parts"),
        ("runs?filter=a&filter=b", "filter stands there twice"),
        ("runs/x", "nothing comes behind runs/"),
        ("run", "a run is named, run/ID"),
        ("run/x?run=y", "'run=y' is none of its parts"),
        ("run/x?tab=plots", "tab=plots is none of overview, charts"),
        ("run/x?step=soon", "step=soon is no number"),
        ("run/x?step=nan", "step=nan is no number"),
        ("chart?runs=a", "chart needs metric"),
        ("chart", "chart needs metric and runs"),
        ("chart?metric=loss&runs=a&log=z", "log=z is none of x, y, xy"),
        ("compare?runs=", "compare needs runs"),
        ("pivot?mix=no", "mix=no: it is yes, or not there"),
    ],
)
def test_a_mistake_in_a_link_is_told_in_a_line_with_what_would_be_right(mistaken: str, says: str) -> None:
    with pytest.raises(UsageError) as told:
        parse(mistaken)
    assert str(told.value).startswith(f"--open {mistaken}: ")
    assert says in str(told.value)
    assert "\n" not in str(told.value)


def test_the_command_that_prints_a_view_is_quoted_for_a_shell() -> None:
    place = ["/data/my runs"]
    assert printing(Runs("lr<1e-3 -tag:debug", ("-val/loss",), ("name", "param.lr")), place) == (
        "trackside --store '/data/my runs' ls --sort=-val/loss --columns=name,param.lr 'lr<1e-3 -tag:debug'"
    )
    assert printing(Runs("-tag:debug"), []) == "trackside ls -- -tag:debug"
    assert printing(Runs(by=("lr",), columns=("name",)), []) == "trackside ls --group-by=lr"
    assert printing(Run("A", "console"), []) == "trackside show --console A"
    assert printing(Run("A", "charts", "loss"), []) == "trackside curve loss A"
    assert printing(Chart("-loss", ("A", "B"), "time", "xy", 0.9), []) == (
        "trackside curve --x=time --smooth=0.9 --log -- -loss A B"
    )
    assert printing(Compare(("A", "B"), "C", "step=10"), []) == "trackside compare --at=step=10 --baseline=C A B"
    assert printing(Compare(("A",), tab="why"), []) == "trackside why A"
    assert printing(Pivot(("lr",), ("net",), ("best(val/loss)",), runs=("A", "B"), mix=True), []) == (
        "trackside table --rows=lr --cols=net '--value=best(val/loss)' --mix-eval-data id:A,B"
    )
