"""Who is let in: by the token, under a name of ours, from our own page."""

import pytest

from trackside.web.gate import Gate, new_token

GATE = Gate("right", frozenset({"GPU3", "gpu3.lab.example"}))


def test_the_token_alone_lets_in() -> None:
    assert GATE.knows("right")
    assert not any(GATE.knows(token) for token in ("wrong", "righ", "", "right ", "ríght", "\udcff", "\ud800"))


def test_each_token_is_another() -> None:
    assert len({new_token() for _ in range(100)}) == 100
    assert min(map(len, (new_token() for _ in range(100)))) >= 43


@pytest.mark.parametrize(
    "host", ["localhost:8000", "localhost", "127.0.0.1:9000", "[::1]:8000", "10.0.0.7:1", "gpu3:80", "GPU3.lab.example"]
)
def test_names_of_this_machine_and_addresses_are_answered(host: str) -> None:
    assert GATE.answers_to(host)


@pytest.mark.parametrize("host", ["evil.example:8000", "localhost.evil.example", "", None, "[::1", "gpu4"])
def test_a_strangers_name_that_was_made_to_lead_here_is_not(host: str | None) -> None:
    assert not GATE.answers_to(host)


def test_a_page_may_ask_only_where_it_came_from() -> None:
    assert GATE.is_own_page("http://localhost:8000", "localhost:8000")
    assert GATE.is_own_page("https://gpu3:8000", "gpu3:8000")
    others = ["http://localhost:9000", "http://evil.example", "http://127.0.0.1:8000", "http://[", "null", "", None]
    assert not any(GATE.is_own_page(origin, "localhost:8000") for origin in others)
    assert not GATE.is_own_page("", "")
