"""Reads the LaTeX that tables are made of as LaTeX would, strictly: every brace, environment, command and cell.

It knows the few commands that such a table needs. Anything else that LaTeX would act on is a mistake.
"""

import re
from dataclasses import dataclass

_TOKEN = re.compile(r"\\[a-zA-Z]+ ?|\\.|[{}$&%#_^~]|\n[ \t]*\n|\s+|.", re.DOTALL)
_PRINTED = {
    r"\textbackslash": "\\",
    r"\textasciitilde": "~",
    r"\textasciicircum": "^",
    r"\textless": "<",
    r"\textgreater": ">",
    r"\textbar": "|",
    r"\textendash": "–",
    r"\ldots": "…",
    r"\pm": "±",
    r"\times": "×",
    r"\alpha": "α",
    **{f"\\{sign}": sign for sign in "&%$#_{}"},
}
_INVISIBLE = ("mathbf", "textsuperscript", "footnotesize", "par", "smallskip", "centering")
_LIGATURES = ("--", "''", ",,", "<<", ">>", "``", "!`", "?`")
_TABLE = re.compile(
    r"% needs \\usepackage\{booktabs\}\n\\begin\{table\}\n\s+\\centering\n\s+\\caption\{(?P<caption>.*)\}\n"
    r"\s+\\begin\{tabular\}\{(?P<columns>l+)\}\n\s+\\toprule\n(?P<heads>.*?)\n\s+\\midrule\n(?P<rows>.*)\n\s+\\bottomrule\n"
    r"\s+\\end\{tabular\}\n(?P<notes>.*)\\end\{table\}\n",
    re.DOTALL,
)


@dataclass(frozen=True)
class Table:
    """What is printed: the caption, the heads and the rows as texts of cells, the notes."""

    caption: str
    heads: list[list[str]]
    rows: list[list[str]]
    notes: str


def read(source: str) -> Table:
    """The table that LaTeX would print. AssertionError where it would complain, or print something else."""
    found = _TABLE.fullmatch(source)
    assert found, source
    width = len(found["columns"])
    heads = [_cells(line, width) for line in found["heads"].splitlines() if not line.strip().startswith(r"\cmidrule")]
    return Table(
        printed(found["caption"]),
        heads,
        [_cells(line, width) for line in found["rows"].splitlines()],
        printed(found["notes"].strip()),
    )


def printed(source: str) -> str:
    """The text that LaTeX would print."""
    text = ""
    depth, math = 0, False
    before = ""
    tokens = _TOKEN.findall(source)
    while tokens:
        token = tokens.pop(0)
        name = token.strip()
        if name == r"\char":
            text += chr(int(_digits(tokens)))
        elif name == r"\phantom":
            text += " " * len(printed(_group(tokens)))
        elif name in _PRINTED:
            assert math == (name in (r"\pm", r"\times", r"\alpha")), f"{name} in the wrong mode"
            text += _PRINTED[name] + " " * (math and token.endswith(" "))
        elif name.removeprefix("\\") in _INVISIBLE and name.startswith("\\"):
            assert (name == r"\mathbf") <= math, "mathbf outside of math"
        elif token == "{":
            depth += 1
        elif token == "}":
            depth -= 1
            assert depth >= 0, "a brace too many"
        elif token == "$":
            math = not math
        elif token == "^":
            assert math, "^ outside of math"
            text += "^"
        else:
            assert token not in tuple("&%#_~"), f"{token} acts"
            assert not token.startswith("\\"), f"{token} is no command of a table"
            assert "\n" not in token, "a line ends"
            assert token.isprintable(), repr(token)
            assert before + token not in _LIGATURES, f"{before + token} would be one sign"
            assert math or token not in '<>|"', f"{token} prints as another sign"
            text += token
        before = token
    assert depth == 0, "a brace is missing"
    assert not math, "a $ is missing"
    return text


def _cells(line: str, width: int) -> list[str]:
    source = line.strip()
    assert source.endswith(r" \\"), line
    source = source.removesuffix(r"\\")
    assert source.lstrip()[:1] not in ("[", "*"), "read as an option of the line before"
    cells: list[str] = []
    for part in re.split(r"(?<!\\)&", source):
        spanned = re.fullmatch(r"\s*\\multicolumn\{(\d+)\}\{c\}\{(.*)\}\s*", part)
        cells += [printed(spanned[2])] * int(spanned[1]) if spanned else [printed(part).strip()]
    assert len(cells) == width, f"{len(cells)} cells in {width} columns"
    return cells


def _digits(tokens: list[str]) -> str:
    digits = ""
    while tokens and tokens[0].isdigit():
        digits += tokens.pop(0)
    return digits


def _group(tokens: list[str]) -> str:
    assert tokens.pop(0) == "{"
    inside, depth = "", 1
    while depth:
        token = tokens.pop(0)
        depth += (token == "{") - (token == "}")
        inside += token if depth else ""
    return inside
