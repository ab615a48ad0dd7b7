"""What kind of file system a path lies on. Standard library only: a recording process asks too."""

import os
from pathlib import Path

from trackside.store import locate

_MOUNTS = Path("/proc/self/mounts")
_NETWORK = frozenset(
    {
        "nfs",
        "nfs3",
        "nfs4",
        "lustre",
        "cifs",
        "smb3",
        "smbfs",
        "beegfs",
        "gpfs",
        "ceph",
        "glusterfs",
        "afs",
        "9p",
        "orangefs",
    }
    | {
        "fuse.sshfs",
        "fuse.glusterfs",
        "fuse.ceph",
        "fuse.s3fs",
        "fuse.rclone",
        "fuse.juicefs",
        "fuse.goofys",
        "wekafs",
        "panfs",
    }
)


def on_network(path: Path) -> bool:
    """Whether `path` (or the nearest folder above it that exists) is on another machine.

    The mounts tell, and of what they do not know the folders that were named (`locate.network_folders()`).
    """
    real = os.path.realpath(path)
    return any(_is_inside(real, os.path.realpath(folder)) for folder in locate.network_folders()) or _is_mounted(real)


def _is_mounted(real: str) -> bool:
    if not _MOUNTS.exists():
        return False
    best, kind = "", ""
    for line in _MOUNTS.read_text(errors="surrogateescape").splitlines():
        _, mounted, found, *_ = line.split(" ")
        point = mounted.encode().decode("unicode_escape")
        if _is_inside(real, point) and len(point) >= len(best):
            best, kind = point, found
    return kind in _NETWORK


def _is_inside(real: str, folder: str) -> bool:
    return real == folder or real.startswith(folder.rstrip("/") + "/")
