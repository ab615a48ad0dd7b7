"""The grammar of filters. lark is loaded when the first filter is parsed or completed."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lark import Lark

GRAMMAR = r"""
start: [either]
?either: both (_OR both)*
?both: one (_AND? one)*
?one: _NOT one -> negated
    | _MINUS one -> negated
    | "(" either ")"
    | key OPERATOR values -> term
    | key MATCHES pattern -> term
    | WORD -> word
    | QUOTED -> word

?key: CALL | QUOTED_KEY | KEY
values: value ("," value)*
?value: VALUE | QUOTED
?pattern: PATTERN | QUOTED

_OR.4: /or(?=[\s(]|$)/i
_AND.4: /and(?=[\s(]|$)/i
_NOT.4: /not(?=[\s(]|$)/i
_MINUS.4: /-(?=\S)/
CALL.3: /(?:param|metric|last|min|max|mean|best|at_best)\((?:"(?:[^"\\]|\\.)*"|[^()"]+)\)(?=\s*(?::|[<>]=?|=|~))/
QUOTED_KEY.3: /(?:(?:param|metric)\.)?"(?:[^"\\]|\\.)*"(?=\s*(?::|[<>]=?|=|~))/
KEY.2: /[^\s()":,<>=~-][^\s()":,<>=~]*(?=\s*(?::|[<>]=?|=|~))/
OPERATOR: /:|<=|>=|<|>|=/
MATCHES: "~"
VALUE: /[^\s()",]+/
PATTERN: /(?:[^\s()\\"]|\\.|\([^\s()]*\))+/
QUOTED: /"(?:[^"\\]|\\.)*"/
WORD: /[^\s()":<>=~,-][^\s()":<>=~]*/

%ignore /\s+/
"""

NAMES = {
    "RPAR": ")",
    "LPAR": "(",
    "COMMA": ",",
    "OPERATOR": "one of : = < <= > >=",
    "MATCHES": "~",
    "VALUE": "a value",
    "PATTERN": "a pattern",
}
"""How a person would call what the grammar expects."""


@cache
def parser() -> "Lark":
    """The parser. Its lexer looks only for what may come next, so that a value may hold what a key may not."""
    from lark import Lark

    return Lark(GRAMMAR, parser="lalr", lexer="contextual", propagate_positions=True, maybe_placeholders=False)
