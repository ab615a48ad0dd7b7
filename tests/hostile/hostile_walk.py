"""A walk through all places of the app, and all that it tells a terminal there."""

import re

OF_THE_APP = re.compile(
    r"\x1b(?:\[[0-9;]*m|\[\d+(?:;\d+)?[HG]|\[[?<>=]?[0-9;]*[hlu]|\[6n|\[\?2026\$p|\]22;[a-z]+\x07|\[\?\d+;?\d*\$p)"
)
"""All that the app tells a terminal but text: looks, places, modes, whether it has kept up, the pointer's shape."""

COPIED = re.compile("\x1b]52;c;([A-Za-z0-9+/=]*)\x07")
"""What the terminal is asked to put on the clipboard."""

WALK = {
    "the facets": "\t",
    "the tags": "t",
    "a tag": "tag99",
    "the tags, left": "\x1b",
    "the facets, left": "\t",
    "the columns": "C",
    "the columns, left": "\x1b",
    "the metrics": "m",
    "the metrics, left": "\x1b",
    "the palette": ":",
    "a run in the palette": "HHH",
    "the palette, left": "\x1b",
    "a chart": "z",
    "a chart with its console": "K",
    "a chart, left": "q",
    "a pivot": "V",
    "a pivot, left": "q",
    "a run": "G\r",
    **{f"tab {number} of the run": str(number) for number in range(2, 9)},
    "another artifact": "7j",
    "a third artifact": "j",
    "notes": "a",
    "notes, left": "\x1b",
    "the name": "r",
    "the name, left": "\x1b",
    "a copied id": "yi",
    "a copied link": "yl",
    "the copied command that prints it": "yc",
    "a run, left": "q",
    "a copied value": "Gyy",
    "a copied row": "yr",
    "what it can be exported to": "e",
    "what it can be exported to, left": "\x1b",
    "watch rules": "w",
    "watch rules, left": "\x1b",
    "all marked": "gvGv",
    "a comparison": "c",
    **{f"tab {number} of the comparison": str(number) for number in range(2, 8)},
    "a comparison, left": "q",
}
"""What is come to, and the keys that lead there from what was before."""
