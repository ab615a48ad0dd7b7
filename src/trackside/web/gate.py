"""Who may come in: whoever has the token, from our own page, under a name that is ours.

Other users of a machine reach its loopback ports, so that an address alone lets nobody in. It knows no web framework.
"""

import secrets
from ipaddress import ip_address
from urllib.parse import urlsplit

import msgspec

_TOKEN_BYTES = 32


def new_token() -> str:
    """A word that nobody guesses, and that stands in an address as it is."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


class Gate(msgspec.Struct, frozen=True):
    """`token` lets in; `names` are what this machine is called beside `localhost` and its addresses."""

    token: str
    names: frozenset[str] = frozenset()

    def knows(self, token: str) -> bool:
        """Whether it is the token, told in a time that says nothing of it."""
        return secrets.compare_digest(token.encode(errors="replace"), self.token.encode())

    def answers_to(self, host: str | None) -> bool:
        """Whether a request was meant for us by its `Host`.

        The name of a stranger that was made to lead here is refused: to a browser their page would be ours.
        """
        name = _name(host)
        if name is None:
            return False
        return name == "localhost" or any(name == own.lower() for own in self.names) or _is_address(name)

    def is_own_page(self, origin: str | None, host: str | None) -> bool:
        """Whether the page that asks, by its `Origin`, came from where it asks, by `Host`."""
        try:
            return bool(origin and host) and urlsplit(origin or "").netloc == host
        except ValueError:
            return False


def _name(host: str | None) -> str | None:
    """The name in a `Host`, in small letters and without its port; None for what is no host."""
    try:
        return urlsplit(f"//{host or ''}").hostname
    except ValueError:
        return None


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
