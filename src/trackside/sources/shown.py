"""Addresses as they are shown, and as what is kept of them is named: without a login.

People paste passwords with characters in them that an address should have escaped. So whatever may belong to a login is
cut; an address that is then of another host than before is ambiguous, and is to be refused.
"""

import re
from urllib.parse import urlsplit

HARMLESS = frozenset(
    {"host", "hostaddr", "port", "dbname", "service", "target_session_attrs", "connect_timeout"}
    | {"sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "channel_binding", "gssencmode"}
)
"""Options of an address that are shown; of any other, nobody knows whether it is a secret."""

_BEGINNING = re.compile(r"\s*([a-z][a-z0-9+.-]*:[/\\]*)", re.IGNORECASE)
_LOGIN = r"(?:[^/?#]*@)?"
_HOST = r"(?:\[[^/?#@\]]*\]|[^/?#@:\[\]]+)(?::\d+)?"
_PAGE = re.compile(rf"({_LOGIN}{_HOST}(?:/[^?#@]*)?)(?:\?[^#@]*)?#(/[\w./%-]*)")
"""A page of a server; what is searched for on it may hold an `@`."""


def shown(address: str) -> str:
    """An address without a login before its host, and of its options those that are known to be harmless."""
    found = _BEGINNING.match(address)
    rest = (address[found.end() :] if found else address).strip()
    page = _PAGE.match(rest)
    place, fragment = (page[1], f"#{page[2]}") if page else (rest, "")
    place, _, options = place.rpartition("@")[2].partition("#")[0].partition("?")
    kept = "&".join(option for option in options.split("&") if option.partition("=")[0] in HARMLESS)
    return f"{found[1].lower() if found else ''}{place}{'?' if kept else ''}{kept}{fragment}"


def is_ambiguous(address: str) -> bool:
    """Whether what is shown of an address may not be the host that it is of: an `@` stands after the host."""
    try:
        return urlsplit(address.strip()).netloc.rpartition("@")[2] != urlsplit(shown(address)).netloc
    except ValueError:
        return True


ESCAPED = "in a name, a password or a path, @ is written as %40, / as %2F, ? as %3F and # as %23"
"""What to do about an address that is ambiguous."""
