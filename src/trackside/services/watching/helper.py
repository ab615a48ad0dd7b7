"""A watch that goes on after logout: `python -m trackside.services.watching.helper NAME`, which nobody types.

In its folder below the person's state lie what it does (`watch.json`, readable by that person alone: an address may be
a secret), what it told (`told`), its log, and `lock`, which it holds as long as it lives and in which its pid stands.
One that is started again tells first what happened while none was there.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from trackside.config.paths import watches_folder
from trackside.model.errors import TracksideError, UsageError
from trackside.services.watching.spec import Printed, Spec
from trackside.services.watching.telling import Teller
from trackside.services.watching.told import ToldFile
from trackside.services.watching.watch import Watch

_SPEC, _TOLD, _LOG, _LOCK = "watch.json", "told", "log", "lock"
_READY = b"ready"
_SECONDS = 10.0
_LOOK = 0.05


class Standing(msgspec.Struct, frozen=True):
    """A watch as it stands: the pid of its helper, None without one, and when it last looked."""

    name: str
    spec: Spec
    pid: int | None
    looked: float | None
    log: Path


def start(name: str, spec: Spec) -> Standing:
    """Start the helper of a watch. UsageError where it goes on already, TracksideError with what stands in its way."""
    folder = _folder(name)
    if _pid(folder) is not None:
        raise UsageError(f"{name} goes on already: `trackside watch --stop {name}` ends it, --name names another one")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write_secret(folder / _SPEC, msgspec.json.encode(spec))
    ours, its = os.pipe()
    with (folder / _LOG).open("ab") as log:
        subprocess.run(
            [sys.executable, "-m", "trackside.services.watching.helper", name, str(its)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            pass_fds=[its],
            start_new_session=True,
            check=True,
        )
    os.close(its)
    with os.fdopen(ours, "rb") as said:
        if said.read() != _READY:
            raise TracksideError(f"the helper did not start: {_last_line(folder / _LOG)}")
    return standing(name)


def stop(name: str) -> None:
    """End the helper of a watch, and wait until it is gone; what it told is forgotten. UsageError where none is."""
    folder = _folder(name)
    if not (folder / _SPEC).exists():
        known = [one.name for one in every()]
        raise UsageError(f"no watch is called {name!r}; " + (f"there are {', '.join(known)}" if known else "none is"))
    pid = _pid(folder)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + _SECONDS
        while _pid(folder) is not None:
            if time.monotonic() > deadline:
                raise TracksideError(f"the helper of {name} (pid {pid}) does not end")
            time.sleep(_LOOK)
    shutil.rmtree(folder)


def every() -> Iterator[Standing]:
    """Every watch by its name, those included whose helper is gone."""
    folder = watches_folder()
    for one in sorted(folder.iterdir()) if folder.exists() else ():
        if (one / _SPEC).exists():
            yield standing(one.name)


def standing(name: str) -> Standing:
    """How a watch stands."""
    folder = _folder(name)
    spec = msgspec.json.decode((folder / _SPEC).read_bytes(), type=Spec)
    told = folder / _TOLD
    return Standing(name, spec, _pid(folder), told.stat().st_mtime if told.exists() else None, folder / _LOG)


def main(name: str, ready: int) -> None:
    """Watch until SIGTERM comes."""
    from trackside.services.places.opening import open_places

    folder = _folder(name)
    os.set_inheritable(ready, False)
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.truncate(lock, 0)
    os.write(lock, str(os.getpid()).encode())
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    spec = msgspec.json.decode((folder / _SPEC).read_bytes(), type=Spec)
    opened = open_places(spec.places)
    opened.catch_up()
    told = ToldFile(folder / _TOLD)
    watch = Watch(opened.store, spec.filter, spec.conditions, told)
    if told.is_new:
        told.add(event.key for event in watch.all())
    os.write(ready, _READY)
    os.close(ready)
    teller = Teller(watch, [Printed(_say), *spec.ways()], opened.store.addresses, _say)
    teller.follow(opened.live(), stopping)
    told.seen()


def _folder(name: str) -> Path:
    if not name or name.startswith(".") or "/" in name:
        raise UsageError(f"{name!r} cannot be the name of a watch")
    return watches_folder() / name


def _pid(folder: Path) -> int | None:
    """Of the helper that holds the lock; None where nobody does."""
    try:
        with (folder / _LOCK).open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(lock.read() or b"0") or None
    except FileNotFoundError:
        return None
    return None


def _write_secret(file: Path, content: bytes) -> None:
    coming = file.with_name(f".{file.name}")
    with os.fdopen(os.open(coming, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as stream:
        stream.write(content)
    coming.rename(file)


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def _say(line: str) -> None:
    print(time.strftime("%Y-%m-%d %H:%M:%S"), line, flush=True)  # noqa: T201  its log


if __name__ == "__main__":
    if os.fork():  # whoever started it has no child to wait for, and no terminal can become its own
        os._exit(0)
    main(sys.argv[1], int(sys.argv[2]))
