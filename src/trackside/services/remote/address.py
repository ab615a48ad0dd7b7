"""`ssh://[user@]host[:port]/path`: what a person may write, and what of it ssh is given.

A host or a user that ssh could take for an option, or a shell for a word of its own, is refused. The path is for the
agent alone: no shell ever sees it. `/~/runs` is a path in the home there, no path at all the store that is meant there.
"""

import re
from urllib.parse import unquote

import msgspec

from trackside.model.errors import UsageError
from trackside.model.visible import visible

SCHEME = "ssh://"
_ADDRESS = re.compile(
    r"ssh://(?:(?P<user>[^@/]*)@)?(?P<host>\[[0-9A-Fa-f:.]+(?:%\w+)?\]|[^:/@]*)(?::(?P<port>[^/]*))?(?P<path>/.*)?",
    re.IGNORECASE | re.DOTALL,
)
_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]*")
_MOST_PORT = 65_535


class Remote(msgspec.Struct, frozen=True):
    """Where a store lies on another machine; `host` may be any name that ssh's configuration knows."""

    host: str
    path: str = ""
    user: str | None = None
    port: int | None = None

    @property
    def login(self) -> str:
        """Whom ssh logs in as, and where, as a person writes it."""
        return self.host if self.user is None else f"{self.user}@{self.host}"

    @property
    def address(self) -> str:
        """The whole, as it is shown."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        user = "" if self.user is None else f"{self.user}@"
        port = "" if self.port is None else f":{self.port}"
        path = f"/{self.path}" if self.path.startswith("~") else self.path
        return f"{SCHEME}{user}{host}{port}{path}"


def is_remote(named: str) -> bool:
    """Whether a place is named as one that ssh reaches."""
    return named.strip()[: len(SCHEME)].lower() == SCHEME


def parsed(named: str) -> Remote:
    """The parts of an address. UsageError, in one line, where it is mistaken."""
    text = named.strip()
    found = _ADDRESS.fullmatch(text)
    user, host, port = ("", "", None) if found is None else found.group("user", "host", "port")
    if found is not None and user is not None and ":" in user:
        raise UsageError("an address with a password in it: ssh asks for one itself, or uses a key")
    in_brackets = host.startswith("[")
    host = host.strip("[]")
    if found is None or not (in_brackets or _WORD.fullmatch(host)) or (user is not None and not _WORD.fullmatch(user)):
        raise UsageError(f"{visible(text)} is no address of a store: write ssh://[user@]host[:port]/path")
    if port is not None and not (port.isascii() and port.isdecimal() and 0 < int(port) <= _MOST_PORT):
        raise UsageError(f"{visible(port)} is no port: ssh://host:2222/path, a number up to {_MOST_PORT}")
    path = unquote(found["path"] or "", errors="surrogateescape")
    if "\0" in path:
        raise UsageError("a path cannot hold a zero byte")
    path = path[1:] if path.startswith("/~") else path
    return Remote(host, "" if path == "/" else path, user, None if port is None else int(port))
