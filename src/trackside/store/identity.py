"""Who writes: the name of a writer, which no other has, and that of the person behind it. Standard library only."""

import getpass
import os
from uuid import uuid4

from trackside.store.layout import file_name


def new_writer() -> str:
    """A name for one who writes files of its own: host, process, and what makes it the only one."""
    return f"{file_name(os.uname().nodename.partition('.')[0])}-{os.getpid()}-{uuid4().hex[:8]}"


def user() -> str:
    """The name of the user; the number of one who has none, as in many containers."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return str(os.getuid())
