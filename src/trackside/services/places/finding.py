"""From a place that a person names to what looks for runs of other systems there.

The address costs little; who looks there and who reads it is loaded where it is asked for, for it is much.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trackside.model.errors import StoreError, UsageError
from trackside.model.visible import is_encodable, visible
from trackside.services.places.in_place import InPlace
from trackside.services.places.no_store import not_there
from trackside.store import locate
from trackside.store.locate import is_address

if TYPE_CHECKING:
    from trackside.sources.addresses import Addressed
    from trackside.sources.finder import Finder
    from trackside.sources.protocol import Source


_KNOWN = "http(s)://HOST is an MLflow server, postgresql://HOST/DATABASE its database, and ./PATH a folder"


def in_place(text: str) -> InPlace:
    """A place of another system. UsageError or StoreError where it is none."""
    finder, sources, address = finder_of(text)
    return InPlace(address, finder, sources)


def finder_of(text: str) -> "tuple[Finder, Sequence[Source], str]":
    """Where to look for runs of other systems, who reads them, and the place as it is shown, without a login.

    UsageError or StoreError where nothing can be there.
    """
    shown = address_of(text)
    if is_address(text):
        from trackside.sources.addresses import AtAddress

        address = text.strip()
        source = _source_at(address)
        return AtAddress(source, address), [source], shown
    from trackside.sources.table import SOURCES
    from trackside.sources.walk import Walk

    return Walk(locate.expanded(text), SOURCES), SOURCES, shown


def address_of(text: str) -> str:
    """The place as it is shown: a path that is absolute, or a URL without a login.

    UsageError or StoreError where nothing can be there.
    """
    if is_address(text):
        return _url(text.strip())
    path = locate.expanded(text)
    if not path.exists():
        raise StoreError(not_there(path))
    place = str(path.resolve())
    if not is_encodable(place):
        raise UsageError(f"the name of {visible(place)} is not UTF-8, so its runs could not be named; rename it")
    return place


def _url(address: str) -> str:
    from trackside.sources.shown import ESCAPED, is_ambiguous, shown

    _source_at(address)
    if is_ambiguous(address):
        raise UsageError(f"{shown(address)}: where its host begins is not certain; {ESCAPED}")
    return shown(address)


def _source_at(address: str) -> "Addressed":
    """Who reads what is at a URL."""
    from trackside.sources.addresses import source_of
    from trackside.sources.shown import shown

    source = source_of(address)
    if source is None:
        raise UsageError(f"{shown(address)}: what is at such an address is not known; {_KNOWN}")
    return source
