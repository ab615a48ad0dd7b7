"""The command line as a person at a terminal sees it."""

import os
import pty
import select
import sys
import time


def in_terminal(store, *arguments, **environment):
    """What `trackside` writes to a terminal of its own."""
    process, terminal = pty.fork()
    if process == 0:
        os.environ.update({"TERM": "xterm-256color", "PAGER": "cat", "COLUMNS": "120", "LINES": "40"} | environment)
        os.execv(sys.executable, [sys.executable, "-m", "trackside", "--store", str(store), *arguments])
    written = b""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if select.select([terminal], [], [], 1)[0]:
            try:
                written += os.read(terminal, 65536)
            except OSError:
                break
    os.close(terminal)
    os.waitpid(process, 0)
    return written.decode()
