"""Style sheets are parsed once for all apps of a process, not anew for each app, screen and theme."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet


@contextmanager
def parsed_once() -> Iterator[None]:
    """In here what was parsed is kept by its text, its place and the variables that it was parsed with."""
    parse, kept = Stylesheet._parse_rules, dict[object, list[RuleSet]]()

    def parsed(sheet: Stylesheet, *place: object, **more: Any) -> list[RuleSet]:
        known = (tuple(sheet._variables.items()), place, tuple(more.items()))
        if known not in kept:
            kept[known] = parse(sheet, *place, **more)
        return kept[known]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", parsed)
        yield
