"""Tests against the vendors' own clients: in an environment that has these, as `just vendors` makes it."""

import os

import pytest

ASKED = "TRACKSIDE_VENDORS" in os.environ


@pytest.fixture(autouse=True)
def asked_for(all_captured: None) -> None:
    if not ASKED:
        pytest.skip("needs the vendors' clients: `just vendors` runs it")
