"""The `run.json` of a run that another system recorded."""

from pathlib import Path

import msgspec

from trackside.model.foreign import Found
from trackside.store import files, journal


def write_manifest(path: Path, run: Found, run_id: str, created: float) -> None:
    """Make the folder of a copy a run: by its `run.json`, which appears whole."""
    said = {
        "format": journal.FORMAT,
        "id": run_id,
        "created": created,
        "source": run.source,
        "source_id": run.identity,
        "address": run.address,
    }
    temporary = path.with_name(f"{files.TEMPORARY}run.json")
    temporary.write_bytes(msgspec.json.encode(said))
    temporary.chmod(path.parent.stat().st_mode & 0o666)
    temporary.rename(path)
