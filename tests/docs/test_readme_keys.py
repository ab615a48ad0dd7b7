"""The README's table of keys is the app's."""

from refresh_readme import README, refreshed


def test_the_readmes_keys_are_those_of_the_app() -> None:
    text = README.read_text()
    assert "<!-- keys -->" in text
    assert refreshed(text) == text, "`just keys` refreshes them"
