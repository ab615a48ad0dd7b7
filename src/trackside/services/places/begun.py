"""Reading begins before what opens a place is loaded, for that takes as long as to read a small one."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trackside.services.places.no_store import is_store
from trackside.store.locate import expanded, is_address

if TYPE_CHECKING:
    from trackside.services.places.process import ReadingProcess


def begun(places: Sequence[str]) -> "dict[str, ReadingProcess]":
    """Processes that read those of these places already that are of other systems, by what the places are called.

    What is wrong with a place is told by opening it.
    """
    named = [text for text in dict.fromkeys(places) if not is_address(text)]
    foreign = [text for text in named if not is_store(text) and expanded(text).exists()]
    if not foreign:
        return {}
    from trackside.services.places.process import ReadingProcess

    return {text: ReadingProcess(text) for text in foreign}
