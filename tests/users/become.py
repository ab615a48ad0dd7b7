"""Becomes another user, and goes on as Python: `become.py UID GROUP MASK ARGUMENTS…`, started as root.

Where a folder above the interpreter or the code is closed to others, as a root user's home is, only what is needed of
it is made visible, in mount points that this process alone sees.
"""

import ctypes
import os
import sys
import tempfile
from pathlib import Path

_OTHERS_ENTER = 0o001
_NEW_MOUNTS = 0x20000
_BIND, _PRIVATE, _RECURSIVE = 0x1000, 1 << 18, 0x4000
_libc = ctypes.CDLL(None, use_errno=True)


def needed() -> list[Path]:
    """The folders that Python and trackside are loaded from."""
    code = Path(__file__).resolve().parents[2]
    return [Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve(), code]


def closed_above(folder: Path) -> Path | None:
    """The uppermost folder on the way to `folder` that others may not enter."""
    for above in reversed([folder, *folder.parents]):
        if not above.stat().st_mode & _OTHERS_ENTER:
            return above
    return None


def open_the_way() -> None:
    behind: dict[Path, list[Path]] = {}
    for folder in needed():
        closed = closed_above(folder)
        if closed is not None:
            behind.setdefault(closed, []).append(folder)
    if not behind:
        return
    _check(_libc.unshare(_NEW_MOUNTS))
    _mount("none", "/", None, _PRIVATE | _RECURSIVE)
    with tempfile.TemporaryDirectory() as folder:
        _mount("none", folder, "tmpfs", 0)
        for closed, folders in behind.items():
            held = []
            for number, kept in enumerate(folders):
                place = Path(folder, str(number))
                place.mkdir(exist_ok=True)
                _mount(str(kept), str(place), None, _BIND)
                held.append((place, kept))
            _mount("none", str(closed), "tmpfs", 0, "mode=755")
            for place, kept in held:
                kept.mkdir(parents=True, exist_ok=True)
                _mount(str(place), str(kept), None, _BIND)
                _check(_libc.umount(str(place).encode()))
        _check(_libc.umount(folder.encode()))


def _mount(what: str, where: str, kind: str | None, flags: int, options: str = "") -> None:
    _check(_libc.mount(what.encode(), where.encode(), kind and kind.encode(), ctypes.c_ulong(flags), options.encode()))


def _check(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def main() -> None:
    uid, group, mask, *arguments = sys.argv[1:]
    here = Path.cwd()
    open_the_way()
    os.setgroups([int(group)] if int(group) >= 0 else [])
    os.setgid(int(uid))
    os.umask(int(mask, 8))
    os.setuid(int(uid))
    os.chdir(here)
    os.execv(sys.executable, [sys.executable, *arguments])


if __name__ == "__main__":
    main()
