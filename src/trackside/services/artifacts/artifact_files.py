"""The files of a run's artifacts: found by name."""

from pathlib import PurePosixPath

from trackside.model.errors import UsageError
from trackside.model.run import Artifact, Run
from trackside.services.sharing.shell import joined

_LONGEST_NAME = 60
"""Characters, of as many bytes as any file system takes."""


def named(artifact: Artifact, path: str) -> str:
    """What a file is asked for by: the artifact's name, and the path within it where it has several files."""
    return artifact.name if len(artifact.files) == 1 else f"{artifact.name}/{path}"


def find(run: Run, name: str) -> tuple[Artifact, str]:
    """The artifact and the path within it that `name` asks for. UsageError, with the names there are, where none."""
    known = {named(artifact, path): (artifact, path) for artifact in run.artifacts.values() for path in artifact.files}
    if name not in known:
        from rapidfuzz import process

        nearest = [found for found, *_ in process.extract(name, list(known), limit=3)]
        there = f"it has {', '.join(map(repr, nearest))}" if nearest else "it has none"
        raise UsageError(f"{run.name} has no file {name!r} among its artifacts; {there}")
    return known[name]


def file_name(name: str) -> str:
    """The last part of a name, or the end of that, as the name of a new file: one that prints and is not hidden."""
    plain = "".join(sign if sign.isprintable() else "-" for sign in PurePosixPath(name).name)
    return plain[-_LONGEST_NAME:].lstrip("-. ") or "artifact"


def command(run_id: str, name: str) -> str:
    """The command line that writes a file of an artifact into one in the present folder."""
    return f"{joined(('trackside', 'show', run_id, '--artifact', name))} > {joined((file_name(name),))}"
