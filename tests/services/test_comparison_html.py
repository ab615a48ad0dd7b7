"""The report in HTML: it says what the comparison found, loads nothing, and takes nothing from a run for markup."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest
from some_runs import METRIC, a_run, compared, seeds

from trackside.compare.sides import side_of_runs
from trackside.services.comparison import words
from trackside.services.comparison.reports.html_page import html
from trackside.services.comparison.reports.statistics_page import meanings
from trackside.store.curves import Series

VOID = {"meta"}
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=http://example.org/x onerror=alert(1)>',
    "</title></style><b>bold",
    "&lt;i&gt; & 'quotes'",
    "\x1b[31mred\x07\u202egnp.exe\n\0",
    "half \udcff of a letter",
    "🙂 \ufeff\u2028",
]


class Page(HTMLParser):
    """What a browser finds in a document: its tags, attributes and text; every element has to be closed in turn."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(document)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert tag == self.open.pop()

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


def straight(run_id: str, metric: str) -> Series:
    """Some curve."""
    return Series(np.arange(5), np.zeros(5), np.linspace(0.1, 0.9, 5))


def noisy(run_id: str, metric: str) -> Series:
    """A curve of each run's own."""
    return Series(np.arange(20), np.zeros(20), np.random.default_rng([*run_id.encode()]).normal(size=20))


def pictures(document: str) -> list[str]:
    return re.findall("<figure>(.*?)</figure>", document)


def slots(kind: str, picture: str) -> list[str]:
    """How the lines, or the bands, of a picture look."""
    return re.findall(rf'<path d="M[^"]+" class="{kind} (s\d)"', picture)


def page(comparison) -> str:
    return html(comparison, straight, store="/data/runs", made=1_700_000_000.0)


@pytest.fixture
def two_candidates():
    return compared(
        seeds(0.90, 0.91, 0.92, params={"lr": 0.1}),
        seeds(0.95, 0.96, 0.97, params={"lr": 0.3}),
        seeds(0.99, 0.98, 0.97, fingerprint="blake3:bb", params={"lr": 0.1}),
    )


def test_it_loads_nothing_and_runs_nothing(two_candidates):
    document = page(two_candidates)
    assert "default-src 'none'; style-src 'unsafe-inline'" in document
    for sign in ("://", "src=", "href", "<script", "<link", "url(", "@import", "javascript:", "<iframe", "<object"):
        assert sign not in document, sign
    assert not [name for name in Page(document).attributes if name.startswith("on")]


def test_it_says_what_the_comparison_found(two_candidates):
    text = Page(page(two_candidates)).text
    assert words.barring_sentences(two_candidates)[0] in text
    for cell in two_candidates.rows[0].cells:
        assert all(part in text for part in words.verdict_parts(cell))
        assert words.change_text(cell) in text
    assert '<th scope="row">lr</th><td>0.1</td><td>0.3</td><td>0.1</td>' in page(two_candidates)
    assert "from /data/runs by trackside" in text


def test_it_explains_every_sign_in_the_words_of_the_statistics_page(two_candidates):
    text = Page(page(two_candidates)).text
    assert len(meanings()) == 8
    for meaning in meanings():
        assert f"{meaning.signs} {meaning.called}{meaning.means}" in text


def test_a_note_of_whoever_accepted_a_reason_is_shown():
    sides = seeds(0.90, 0.91, 0.92), seeds(0.95, 0.96, 0.97, fingerprint="blake3:bb")
    accepted = {("eval_data", frozenset({"blake3:aa", "blake3:bb"})): "only sorted otherwise"}
    text = Page(page(compared(*sides, acknowledged=accepted))).text
    assert "Accepted by a person" in text
    assert "acknowledged: only sorted otherwise" in text
    assert "* accepted (only sorted otherwise): other eval data: blake3:aa" in text
    assert "▲*" in text
    assert "Accepted" not in Page(page(compared(*sides))).text


def test_each_side_has_a_line_and_a_band_of_its_own(two_candidates):
    curves, _ = pictures(page(two_candidates))
    assert slots("band", curves) == ["s0", "s1", "s2"]
    assert slots("line", curves) == ["s0", "s1", "s2"]


def test_the_difference_of_each_candidate_stands_below_with_a_band_where_something_may_be_claimed(two_candidates):
    document = html(two_candidates, noisy, store="s", made=0.0)
    curves, difference = pictures(document)
    assert slots("line", difference) == ["s1", "s2"]
    assert slots("band", difference) == ["s1"]
    assert (curves.count('class="level"'), difference.count('class="level"')) == (0, 1)
    text = Page(document).text
    assert "the curves do not part: nowhere is their difference outside a 95 % band" in text
    assert "where the curves part: the sides are not comparable" in text


def test_no_candidate_of_twenty_is_told_from_another_by_colour_alone():
    many = compared(seeds(0.90, 0.91, 0.92), *(side_of_runs([a_run(0.9)]) for _ in range(20)))
    looks = re.findall(r"\.s\d+ \{ --line: #\w+; (stroke-dasharray: .+;) \}", page(many))
    assert len(looks) == len(set(looks)) == 20


def test_night_has_colours_of_its_own(two_candidates):
    day, night = page(two_candidates).rsplit("@media (prefers-color-scheme: dark)")[-2:]
    assert ".s2 { --line:" in day
    assert ".s2 { --line:" in night


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_a_run_is_taken_for_markup(text, two_candidates):
    metric = f"val/{text}"
    hostile = {
        "metric": metric,
        "name": text,
        "project": text,
        "primary": metric,
        "params": {text: text},
        "status": "failed",
    }
    comparison = compared(
        side_of_runs([a_run(0.5, metric=metric, name="base", primary=metric)]), side_of_runs([a_run(0.6, **hostile)])
    )
    document = html(comparison, straight, store=text, made=0.0)
    document.encode()
    found, plain = Page(document), Page(page(two_candidates))
    assert found.tags <= plain.tags
    assert found.attributes <= plain.attributes
    assert words.barring_sentences(comparison)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028\ufeff]", document)


def test_the_name_of_a_run_is_shown_as_it_is():
    comparison = compared(side_of_runs([a_run(0.5)]), side_of_runs([a_run(0.6, name="<b>&amp; 'x'")]))
    assert "<b>&amp; 'x'" in Page(page(comparison)).text


def test_a_metric_without_a_point_to_draw_says_so():
    comparison = compared(seeds(0.90, 0.91, 0.92), seeds(0.95, 0.96, 0.97))
    none = Series(np.zeros(0, np.int64), np.zeros(0), np.zeros(0))
    document = html(comparison, lambda _run, _metric: none, store="s", made=0.0)
    assert "no point to draw" in Page(document).text
    assert METRIC in document
