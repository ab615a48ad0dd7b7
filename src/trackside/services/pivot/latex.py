"""A pivot as a LaTeX table with booktabs, which pdfLaTeX, XeLaTeX and LuaLaTeX take.

Text of runs is text: what LaTeX would act on is written as the command that prints it. What pdfLaTeX has no letters
for, such as Chinese, stands as it is.
"""

import re
from collections.abc import Sequence

from trackside.compare.pivot import Pivot
from trackside.services.pivot.figures import Figures, Number
from trackside.services.pivot.page import MISSING, Entry, Page, page

_COMMANDS = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"{\char34}",
    "`": r"{\char96}",
    "±": r"$\pm$",
    "×": r"$\times$",
    "α": r"$\alpha$",
    "–": r"\textendash{}",
    "…": r"\ldots{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    **{sign: f"{{{sign}}}" for sign in "[]*"},
}
"""What stands for a sign. One in braces would be read as an option of the line before."""

_LIGATURES = re.compile(r"(?<=([-',]))\1")


def latex(pivot: Pivot) -> str:
    """A `table` with what its reader must know in the caption, and footnotes and remarks below."""
    said = page(pivot)
    width = len(said.row_heads) + len(said.heads)
    lines = [
        "% needs \\usepackage{booktabs}",
        "\\begin{table}",
        "  \\centering",
        f"  \\caption{{{escaped(said.title.rstrip('.'))}. {' '.join(map(escaped, said.reading))}}}",
        f"  \\begin{{tabular}}{{{'l' * width}}}",
        "    \\toprule",
        *(f"    {line}" for line in _heads(said)),
        "    \\midrule",
        *(f"    {_row([*map(escaped, line.labels), *map(_cell, line.entries)])}" for line in said.lines),
        "    \\bottomrule",
        "  \\end{tabular}",
        *_below(said),
        "\\end{table}",
        "",
    ]
    return "\n".join(lines)


def escaped(text: str) -> str:
    """Text that LaTeX prints as it is; what no line of print can hold stands as its code."""
    shown = (_COMMANDS.get(letter, letter) if letter.isprintable() else _code(letter) for letter in text)
    return _LIGATURES.sub(lambda found: f"{{{found[0]}}}", "".join(shown))


def _code(letter: str) -> str:
    return f"\\textbackslash{{}}x{ord(letter):02x}"


def _heads(said: Page) -> list[str]:
    """The heads; values stand over their columns where there are several of both."""
    labels = [escaped(head) for head in said.row_heads]
    if len(said.groups) == 1 or len(said.columns) == 1:
        return [_row([*labels, *map(escaped, said.heads)])]
    number = len(said.columns)
    spans = [f"\\multicolumn{{{number}}}{{c}}{{{escaped(group)}}}" for group in said.groups]
    starts = [len(labels) + 1 + number * at for at in range(len(spans))]
    rules = " ".join(f"\\cmidrule(lr){{{start}-{start + number - 1}}}" for start in starts)
    columns = list(map(escaped, said.columns)) * len(spans)
    return [_row([*[""] * len(labels), *spans]), rules, _row([*labels, *columns])]


def _row(cells: Sequence[str]) -> str:
    return f"{' & '.join(cells)} \\\\"


def _cell(entry: Entry) -> str:
    count = f" ({entry.count})" if entry.count else ""
    letter = f"\\textsuperscript{{{entry.letter}}}" if entry.letter else ""
    return f"{_figures(entry.figures, bold=entry.bold) or escaped(MISSING)}{count}{letter}"


def _figures(figures: Figures, *, bold: bool) -> str:
    numbers = [_number(number) for number in figures.numbers]
    power = f" \\times 10^{{{figures.exponent}}}" if figures.exponent else ""
    if not figures.interval:
        return ", ".join(f"${number}{power}$" for number in numbers)
    shown = " \\pm ".join(numbers)
    scaled = f"({shown}){power}" if power else shown
    return f"$\\mathbf{{{scaled}}}$" if bold else f"${scaled}$"


def _number(number: Number) -> str:
    """A minus in braces is a sign also behind what is not printed."""
    text = number.text.replace("-", "{-}")
    return f"{_phantom(number.before)}{text}{_phantom(number.after)}"


def _phantom(text: str) -> str:
    return f"\\phantom{{{text}}}" if text else ""


def _below(said: Page) -> list[str]:
    footnotes = [f"\\textsuperscript{{{letter}}} {escaped(text)}" for letter, text in said.footnotes]
    notes = [*(["; ".join(footnotes) + "."] if footnotes else []), *map(escaped, said.remarks)]
    return [f"  \\par\\smallskip{{\\footnotesize {' '.join(notes)}\\par}}"] if notes else []
