"""What tells a run from all others whose format states neither an id nor a time."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def by_first_row(path: Path, row: Mapping[str, Any]) -> str:
    """The real path of its file or folder, and its first row without the cells that are empty.

    So a file that grows stays the same run, also where it is written anew with more columns, and one that another
    training overwrites becomes another.
    """
    cells = {key: value for key, value in row.items() if value is not None and value != ""}
    canonical = json.dumps(cells, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"{path.resolve()}#{hashlib.blake2b(canonical.encode(), digest_size=16).hexdigest()}"
