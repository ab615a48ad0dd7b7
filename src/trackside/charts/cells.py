"""Text measured in the cells of a terminal: wide characters take two, combining ones none (Unicode TR 11 and TR 44)."""

import unicodedata

_BETWEEN_PARTS = "/.("


def width(text: str) -> int:
    """The cells that the text takes."""
    return len(text) if text.isascii() else sum(map(_width, text))


def cut(text: str, cells: int) -> str:
    """The text in at most so many cells, ending in an ellipsis where it was cut."""
    if width(text) <= cells:
        return text
    if cells < 1:
        return ""
    kept, room = "", cells - 1
    for character in text:
        room -= _width(character)
        if room < 0:
            break
        kept += character
    return kept + "…"


def cut_before(text: str, cells: int) -> str:
    """The end of a name in at most so many cells, a whole part of it where one fits: it tells names apart."""
    if width(text) <= cells:
        return text
    ends = [text[place:] for place in range(1, len(text)) if width(text[place:]) < cells]
    if not ends:
        return cut(text, cells)
    return "…" + next((end for end in ends if end[0] in _BETWEEN_PARTS), ends[0]).removeprefix(".")


def wrapped(text: str, cells: int, most: int) -> list[str]:
    """The text in lines of at most so many cells, broken between words; an ellipsis stands for what `most` cut off."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if width(longer) <= cells or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    if len(lines) > most:
        last = lines[most - 1]
        while " " in last and width(last) + 2 > cells:
            last = last.rpartition(" ")[0]
        lines = [*lines[: most - 1], f"{last} …"]
    return [cut(line, cells) for line in lines]


def padded(text: str, cells: int) -> str:
    """The text in exactly so many cells."""
    text = cut(text, cells)
    return text + " " * (cells - width(text))


def _width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
