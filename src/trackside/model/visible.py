"""Text from strangers made harmless: what runs contain must not steer a terminal."""

import re
import unicodedata

MOST_MARKS = 8
"""Marks on one letter that are shown. Writing has at most five or six; hundreds of them cover the lines around."""

_PERHAPS_MARKS = re.compile(rf"(?:[^\w\s\x00-\x7f]|[\u1160-\u11ff\ud7b0-\ud7fb]){{{MOST_MARKS + 1},}}")
"""What holds all marks in a row and little else: the halves of Hangul syllables that take no cell of their own, too."""


def visible(text: str, *, keep: str = "") -> str:
    """`text` with every character made visible that a terminal would act on, except those of `keep`.

    Control characters become their pictures (`␛`, `␊`); others that do not print, their code. Of marks that are piled
    on one letter the first ones stay, and an ellipsis.
    """
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() or letter in keep else _picture(letter) for letter in text)
    return text if text.isascii() else _PERHAPS_MARKS.sub(_fewer_marks, text)


def beginning(text: str, most: int) -> str:
    """`text`, or of more than so many characters the first ones and an ellipsis."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _fewer_marks(found: re.Match[str]) -> str:
    shown, marks = [], 0
    for letter in found[0]:
        marks = marks + 1 if _is_mark(letter) else 0
        if marks <= MOST_MARKS:
            shown.append(letter)
        elif marks == MOST_MARKS + 1:
            shown.append("…")
    return "".join(shown)


def _is_mark(letter: str) -> bool:
    return unicodedata.category(letter) in ("Mn", "Me", "Lo")


def _picture(letter: str) -> str:
    code = ord(letter)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def is_encodable(text: str) -> bool:
    """Whether text is UTF-8: a file's name may be none, and JSON may hold halves of letters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
