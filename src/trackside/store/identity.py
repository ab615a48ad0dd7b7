"""Who writes: a name that no other writer has, the process, and the person behind it.

Standard library and msgspec only.
"""

import getpass
import os
from pathlib import Path
from uuid import uuid4

from trackside.store.layout import file_name


def new_writer() -> str:
    """A name for one who writes files of its own: host, process, and what makes it the only one."""
    return f"{file_name(os.uname().nodename.partition('.')[0])}-{os.getpid()}-{uuid4().hex[:8]}"


def start_of_process(pid: int | None = None) -> int | None:
    """When a process, else this one, was started, in clock ticks since boot: a pid is used again, the two together not.

    None where the system does not tell.
    """
    try:
        return int(Path(f"/proc/{'self' if pid is None else pid}/stat").read_bytes().rpartition(b")")[2].split()[19])
    except (OSError, IndexError, ValueError):
        return None


def user() -> str:
    """The name of the user; the number of one who has none, as in many containers."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return str(os.getuid())
