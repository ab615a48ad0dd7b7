"""Whether what a person leaves running is ended at logout: systemd may be set up so."""

import getpass
import os
import shutil
import subprocess
from pathlib import Path

_ASK = (
    "busctl",
    "get-property",
    "org.freedesktop.login1",
    "/org/freedesktop/login1",
    "org.freedesktop.login1.Manager",
    "KillUserProcesses",
)
_LINGERING = Path("/var/lib/systemd/linger")
_SECONDS = 2.0


def ended_at_logout() -> str:
    """What to do where a helper would be ended at logout, in one sentence; nothing where it would not, as usual."""
    if os.getuid() == 0 or shutil.which(_ASK[0]) is None or (_LINGERING / getpass.getuser()).exists():
        return ""
    try:
        said = subprocess.run(_ASK, capture_output=True, text=True, timeout=_SECONDS, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
    if said.strip() != "b true":
        return ""
    return "systemd ends it at logout here (KillUserProcesses=yes): `loginctl enable-linger` lets it go on"
