"""A real sshd on loopback with keys and a configuration of its own, and an ssh that knows it as `box`.

It is started as a normal user: one of a namespace of its own, where whoever runs the tests is that user, may do no more
than users may, and nothing is left of it. Where there are no such namespaces, it is whoever runs the tests.
"""

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from waiting import until

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
needs_sshd = pytest.mark.skipif(
    SSHD is None or shutil.which("ssh") is None, reason="no sshd here: Debian has it in openssh-server"
)

_UID = 1000
_AS_USER = f'mount --bind "$0" /etc/passwd && exec unshare --user --map-user={_UID} --map-group={_UID} "$@"'
_IN_NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", _AS_USER)

_SERVER = """\
ListenAddress 127.0.0.1:{port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/key.pub
PidFile none
UsePAM no
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
SetEnv PATH={path} HOME={home} XDG_STATE_HOME={home}/state XDG_CONFIG_HOME={home}/config TRACKSIDE_CACHE={home}/cache
"""
_CLIENT = """\
Host box
  HostName 127.0.0.1
  Port {port}
  User {user}
  IdentityFile {folder}/key
  IdentitiesOnly yes
  UserKnownHostsFile {folder}/known_hosts
  GlobalKnownHostsFile none
  StrictHostKeyChecking yes
"""


class Box:
    """The other machine: its home, and the processes of its sshd."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.port = port
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Take connections."""
        assert SSHD is not None
        as_user = [*_IN_NAMESPACE, str(self.folder / "passwd")] if has_namespaces() else []
        command = [*as_user, SSHD, "-D", "-e", "-f", str(self.folder / "sshd_config")]
        with (self.folder / "sshd.log").open("ab") as log:
            self._server = subprocess.Popen(command, stderr=log)
        until(self._answers)

    def stop(self) -> None:
        """Take no connection any more, and break those there are."""
        assert self._server is not None
        self.cut()
        self._server.kill()
        self._server.wait()

    def cut(self) -> None:
        """Break every connection."""
        assert self._server is not None
        for process in _below(self._server.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def _answers(self) -> bool:
        with socket.socket() as trial:
            return trial.connect_ex(("127.0.0.1", self.port)) == 0


@cache
def has_namespaces() -> bool:
    """Whether a process may have users of its own here."""
    if shutil.which("unshare") is None:
        return False
    tried = subprocess.run([*_IN_NAMESPACE, "/etc/passwd", "true"], capture_output=True, check=False)
    return tried.returncode == 0


@contextmanager
def box(folder: Path, *, trackside: bool = True, python: bool = True, shell: str = "/bin/sh") -> Iterator[Box]:
    """A box that runs until the end, with or without `trackside` and any Python on its PATH.

    Its user logs in with `shell`, where processes may have users of their own.
    """
    folder.mkdir()
    commands = folder / "bin"
    commands.mkdir()
    if trackside:
        (commands / "trackside").symlink_to(Path(sys.executable).with_name("trackside"))
    (commands / "sh").symlink_to("/bin/sh")
    port = _free_port()
    made = Box(folder, port)
    made.home.mkdir()
    for name in ("host_key", "key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    host = (folder / "host_key.pub").read_text()
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {host}")
    (folder / "sshd_config").write_text(
        _SERVER.format(
            port=port, folder=folder, path=f"{commands}:/usr/bin:/bin" if python else commands, home=made.home
        )
    )
    if os.getuid() == 0 and not has_namespaces():
        Path("/run/sshd").mkdir(exist_ok=True)
    user = "ana" if has_namespaces() else getpass.getuser()
    (folder / "ssh_config").write_text(_CLIENT.format(port=port, folder=folder, user=user))
    (folder / "passwd").write_text(f"{user}:x:{_UID}:{_UID}::{made.home}:{shell}\n")
    made.start()
    try:
        yield made
    finally:
        made.stop()


def ssh_for(folder: Path) -> Path:
    """A folder for the PATH, whose `ssh` reads the configuration in `folder`."""
    place = folder / "client"
    place.mkdir(exist_ok=True)
    wrapper = place / "ssh"
    wrapper.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {folder}/ssh_config "$@"\n')
    wrapper.chmod(0o755)
    return place


def _below(process: int) -> list[int]:
    """All processes below one, the nearest first."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                words = (entry / "stat").read_text().rpartition(")")[2].split()
                parents.setdefault(int(words[1]), []).append(int(entry.name))
    found = list(parents.get(process, ()))
    for child in found:
        found.extend(parents.get(child, ()))
    return found


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])
