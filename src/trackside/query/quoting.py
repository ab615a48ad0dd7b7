r"""How names and values stand in the text of a filter: in quotes where they would be read as something else.

In quotes `\"` and `\\` are these signs, and `\n` and `\r` the ends of lines: a filter is one line wherever it is typed
and shown. Before any other sign a backslash is itself, as patterns need it.
"""

import re

QUOTED = r'"(?:[^"\\]|\\.)*"'
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"}
_MEANT = {escaped: sign for sign, escaped in _ESCAPES.items()}
_LINE_ENDS = re.compile(r"[\r\n]+")
_QUOTED_OR_LINE_ENDS = re.compile(rf"{QUOTED}?|{_LINE_ENDS.pattern}", re.DOTALL)
"""What is quoted, up to the end of the text where the quote does not end."""

_ESCAPED = re.compile("|".join(map(re.escape, _MEANT)))
_ESCAPING = str.maketrans(_ESCAPES)
_KEY_NEEDS_QUOTES = re.compile(r'[\s()":,<>=~]|^-|^$')
_NAME_NEEDS_QUOTES = re.compile(r'[()"\r\n]|^\s|\s$|^$')
_VALUE_NEEDS_QUOTES = re.compile(r'[\s()",*]|^$')


def quoted_key(name: str) -> str:
    """The name of a field, param or metric as a term begins with it."""
    return _in_quotes(name) if _KEY_NEEDS_QUOTES.search(name) else name


def quoted_call(statistic: str, name: str) -> str:
    """A statistic of a metric as a term begins with it: `best(loss)`."""
    return f"{statistic}({_in_quotes(name) if _NAME_NEEDS_QUOTES.search(name) else name})"


def quoted_value(value: str) -> str:
    """A value as it stands after its operator; a star is a star."""
    return _in_quotes(value) if _VALUE_NEEDS_QUOTES.search(value) else value


def unquoted(text: str) -> str:
    """What is meant: quotes are taken off, and what was escaped in them is what it stands for."""
    return _ESCAPED.sub(lambda found: _MEANT[found[0]], text[1:-1]) if text.startswith('"') else text


def in_one_line(text: str) -> str:
    """A filter that means the same in one line; from a link or a file it may come in several."""
    return _QUOTED_OR_LINE_ENDS.sub(_without_line_ends, text)


def _without_line_ends(found: re.Match[str]) -> str:
    if not _LINE_ENDS.search(found[0]):
        return found[0]
    is_quoted = re.fullmatch(QUOTED, found[0], re.DOTALL)
    return _in_quotes(unquoted(found[0])) if is_quoted else _LINE_ENDS.sub(" ", found[0])


def _in_quotes(text: str) -> str:
    return f'"{text.translate(_ESCAPING)}"'
