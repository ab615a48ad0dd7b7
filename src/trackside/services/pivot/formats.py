"""A pivot as text in the format that is asked for, and the endings of the names of files in them."""

from collections.abc import Callable, Mapping

from trackside.compare.pivot import Pivot
from trackside.services.pivot.data import csv_text
from trackside.services.pivot.latex import latex
from trackside.services.pivot.markdown import markdown

FORMATS: Mapping[str, Callable[[Pivot], str]] = {"Markdown": markdown, "LaTeX": latex, "CSV": csv_text}
ENDINGS = {".tex": "LaTeX", ".md": "Markdown", ".csv": "CSV"}
