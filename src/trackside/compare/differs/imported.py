"""Which of the files that differ the runs imported, and which others they imported with other content."""

from collections.abc import Iterator

from msgspec.structs import replace

from trackside.compare.differs.code import ChangedFile, CodeDifference, KeptCode, Who
from trackside.model.counting import listed
from trackside.model.visible import visible

_MOST_NAMES = 5


def with_imported(found: CodeDifference, baseline: KeptCode, candidate: KeptCode) -> CodeDifference:
    """A difference with who imported each file; files that are told of nowhere else but in what was imported, too."""
    files = tuple(replace(file, imported=_who(file.path, baseline, candidate)) for file in found.files)
    told = {file.path for file in files}
    untold = tuple(path for path in _unlike(baseline, candidate) if path not in told)
    if not untold:
        return replace(found, files=files)
    names = listed([*map(visible, untold)], _MOST_NAMES)
    return replace(
        found,
        state="different",
        files=(*files, *(ChangedFile(path, imported="both") for path in untold)),
        remarks=(*found.remarks, f"Both imported {names} with other content, of which the patch has nothing."),
    )


def _who(path: str, baseline: KeptCode, candidate: KeptCode) -> Who | None:
    """Who imported a file; None where a run that does not list it may have."""
    if path in baseline.imported:
        return "both" if path in candidate.imported else "baseline"
    if path in candidate.imported:
        return "candidate"
    return "neither" if baseline.code.imported_hash and candidate.code.imported_hash else None


def _unlike(baseline: KeptCode, candidate: KeptCode) -> Iterator[str]:
    """The files that both imported, of which it is known that they held something else."""
    for path, name in baseline.imported.items():
        other = candidate.imported.get(path)
        if name is not None and other is not None and name != other:
            yield path
