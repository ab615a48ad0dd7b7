"""Charts in an app are waited for as in tests of the app."""

from collections.abc import Iterator

import pytest
from idle_waits import short_waits
from style_sheets import parsed_once


@pytest.fixture(scope="session", autouse=True)
def no_longer_than_it_takes() -> Iterator[None]:
    """After each key a test waits until the app has done what there is to do, and no style sheet is parsed twice."""
    with short_waits(), parsed_once():
        yield
