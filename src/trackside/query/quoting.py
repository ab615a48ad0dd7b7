"""How names and values stand in the text of a filter: in quotes where they would be read as something else."""

import re

QUOTED = r'"(?:[^"\\]|\\.)*"'
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_KEY_NEEDS_QUOTES = re.compile(r'[\s()":,<>=~]|^-|^$')
_NAME_NEEDS_QUOTES = re.compile(r'[()"]|^\s|\s$|^$')
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
    """What is meant: quotes are taken off and what was escaped in them is itself."""
    return _ESCAPED.sub(r"\1", text[1:-1]) if text.startswith('"') else text


def _in_quotes(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
