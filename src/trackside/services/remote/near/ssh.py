"""The user's own ssh, and what it starts on the other side: trackside's agent, or a bare Python that is sent one.

ssh does all of it: configuration, keys, agent, jump hosts, shared connections. What it asks, it asks on the terminal
itself; it may only before the app takes the screen. Nothing that a person wrote reaches a shell on the other side.
"""

import subprocess

from trackside.services.remote.address import Remote
from trackside.services.remote.protocol.wire import GREETING, VERSION

_GREETING = GREETING.decode()
_BARE = (
    "import sys,zlib; i=sys.stdin.buffer; "
    f'print(\\"{_GREETING}{VERSION} bare %d.%d\\" % sys.version_info[:2],flush=True); '
    "n=int(i.readline()); exec(zlib.decompress(i.read(n)))"
)
COMMAND = (
    "exec sh -c '"
    'PATH="$PATH:$HOME/.local/bin"; '
    f"trackside agent {VERSION} 2>/dev/null && exit; "
    f'command -v python3 >/dev/null && exec python3 -I -c "{_BARE}"; '
    f"echo {_GREETING}{VERSION} none'"
)
"""In single quotes, which every login shell understands alike; so there is none within."""

_ALIVE = ("-oServerAliveInterval=10", "-oServerAliveCountMax=2")
_QUIETLY = ("-oBatchMode=yes",)
_PATIENCE = "-oConnectTimeout=10"


def typed(remote: Remote) -> str:
    """What a person types to log in there."""
    port = "" if remote.port is None else f"-p {remote.port} "
    return f"ssh {port}{remote.login}"


def start(remote: Remote, *, may_ask: bool) -> "subprocess.Popen[bytes]":
    """Ssh on its way there; without `may_ask` it fails where it would have to ask a person anything.

    OSError where there is no ssh.
    """
    user = () if remote.user is None else ("-l", remote.user)
    port = () if remote.port is None else ("-p", str(remote.port))
    options = [_PATIENCE, *_ALIVE, *(() if may_ask else _QUIETLY), *user, *port]
    return subprocess.Popen(
        ["ssh", "-T", "-oClearAllForwardings=yes", *options, "--", remote.host, COMMAND],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=not may_ask,
    )
