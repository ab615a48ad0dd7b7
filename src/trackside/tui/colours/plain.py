"""Signs for a terminal without UTF-8."""

from rich.cells import get_character_cell_size
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_PLAIN = str.maketrans("▲▼△▽◇Δ·…±–−★→←ρη×✎↓↑", "AV^vod-.+--B><rexnv^")
"""A claim on two methods is a capital, one on two runs alone is small."""

_DRAWN = str.maketrans(
    {
        **dict.fromkeys("─━═╌╍┄┅┈┉╴╶╸╺▔", "-"),
        **dict.fromkeys("│┃║╎╏┆┇┊┋╵╷╹╻▏▎▍▌▐▕", "|"),
        **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯╔╗╚╝╠╣╦╩╬┏┓┗┛", "+"),
        **dict.fromkeys("▊▋█▉▇▆▅▓", "#"),
        **dict.fromkeys("▁▂▃▄", "_"),
        **dict.fromkeys("▀░▒", " "),
        **dict.fromkeys("●•◆■", "*"),
        **dict.fromkeys("○□", "o"),
        **dict.fromkeys("▸▶›»", ">"),
        **dict.fromkeys("▾", "v"),
        **dict.fromkeys("◂◀‹«", "<"),
        **dict.fromkeys("✓✔", "+"),
        **dict.fromkeys("✗✘", "x"),
        **dict.fromkeys("“”„", '"'),
        **dict.fromkeys("‘’", "'"),
        "—": "-",
        "≤": "<",
        "≥": ">",
        "≠": "!",
        "≈": "~",
        "🔎": "/ ",
    }
)
"""Lines, blocks and signs that widgets draw which know nothing of the terminal: Textual's own do not."""


def plain_text(text: str, *, plain: bool) -> str:
    """The text, or in a terminal without UTF-8 one that stands for it."""
    return text.translate(_PLAIN) if plain else text


class Plain(LineFilter):
    """The last to look at each line that is painted: nothing leaves it that is not ASCII, and nothing changes place."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """The segments in ASCII, as wide as they were."""
        return [Segment(_ascii(text), style, control) for text, style, control in segments]


def _ascii(text: str) -> str:
    if text.isascii():
        return text
    text = text.translate(_PLAIN).translate(_DRAWN)
    return "".join(letter if letter.isascii() else "?" * get_character_cell_size(letter) for letter in text)
