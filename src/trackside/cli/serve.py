"""`trackside serve`: the app in a browser, for whoever has the address that it prints."""

import getpass
import shlex
import socket
import sys

import click

from trackside.cli import output
from trackside.cli.options import Place, with_store
from trackside.model.errors import TracksideError

_LOOPBACK = "127.0.0.1"
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  told apart, not listened on


@click.command("serve", short_help="Show the app in a browser.")
@click.argument("places", nargs=-1, metavar="[STORE]…")
@click.option("--host", default=_LOOPBACK, show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="The port; 0 is any free one."
)
@click.option("--read-only", is_flag=True, help="Nothing can be edited there.")
@with_store
def serve_command(place: Place, places: tuple[str, ...], host: str, port: int, read_only: bool) -> None:
    """Show the app in a browser. Its address is printed, with the token that lets one in, and how to reach it.

    Every page that is opened is a session of its own, and runs as you, on this machine. ctrl+c ends all of them.
    """
    from trackside.services.places.opening import open_places

    places = places or place.paths
    open_places(places, create=not places).store.close()
    try:
        from trackside.web.gate import Gate, new_token
        from trackside.web.server import Served, serve
    except ModuleNotFoundError as error:
        raise TracksideError("a browser is served by textual-serve: pip install 'trackside[serve]'") from error
    listening = _listening(host, port)
    port = listening.getsockname()[1]
    gate = Gate(new_token(), frozenset({host, socket.gethostname(), socket.getfqdn()}))
    for line in _how_to_reach(host, port, gate.token, read_only=read_only):
        output.say(line)
    sys.stdout.flush()
    serve(Served(gate, _command(places, read_only=read_only)), listening)


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise TracksideError(f"{host} port {port}: {error.strerror or error}; --port 0 takes any free one") from error


def _command(places: tuple[str, ...], *, read_only: bool) -> str:
    """What starts a session, for a shell. The terminal that we run in, and a tmux around it, are not the browser's."""
    own_terminal = ["env", "-u", "TMUX", "-u", "TMUX_PANE", "LC_ALL=C.UTF-8", "TERM=xterm-256color"]
    stores = [word for place in places for word in ("--store", place)]
    options = ["--read-only"] if read_only else []
    return "exec " + shlex.join([*own_terminal, sys.executable, "-m", "trackside", *stores, *options])


def _how_to_reach(host: str, port: int, token: str, *, read_only: bool) -> list[str]:
    """The address, and what is to be known before it is given away."""
    local = _LOOPBACK if host in _EVERYWHERE else host
    shown = f"[{local}]" if ":" in local else local
    may = "looks" if read_only else "looks and edits"
    lines = [
        f"trackside is at http://{shown}:{port}/?token={token}",
        f"from another machine: ssh -L {port}:{shown}:{port} {getpass.getuser()}@{socket.gethostname()}",
        f"whoever has this address {may} as {getpass.getuser()}; ctrl+c ends it",
    ]
    if host not in (_LOOPBACK, "::1", "localhost"):
        lines.append("what goes to another machine without ssh is not encrypted: others on the network can read it")
    return lines
