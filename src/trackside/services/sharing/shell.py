"""Commands quoted so that they can be pasted into a shell, which takes control characters for keys."""

import shlex
from collections.abc import Iterable

_ASCII = 0x80
_BYTES = range(0xDC80, 0xDD00)
"""What stands for the bytes of a file's name that are no UTF-8, as `os.fsdecode` has them."""


def joined(words: Iterable[str]) -> str:
    """The words as one command line."""
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    """As `shlex.quote` does, but with escapes, which bash, zsh and ksh know within `$''`, for what does not print."""
    if word.isprintable():
        return shlex.quote(word)
    return f"$'{''.join(map(_written, word))}'"


def _written(letter: str) -> str:
    if letter.isprintable():
        return f"\\{letter}" if letter in "\\'" else letter
    code = ord(letter)
    if code < _ASCII or code in _BYTES:
        return f"\\x{code & 0xFF:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
