"""Who is told of what happens to a store."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from trackside.model.progress import OnProgress

if TYPE_CHECKING:
    from trackside.sources.walk import Skipped
    from trackside.store.changes import Changes


class Listener(msgspec.Struct, frozen=True):
    """Who is told of what happens to a store, each in the thread that found out.

    `changes` comes after the index took them in; its first call when everything is caught up, whether something had
    changed or not. `trouble` is given one line where the store cannot be read, and "" once it can be again; `skipped`
    what of another system's place cannot be; `caught_up` hears once all that such a place held is in the index.
    """

    changes: "Callable[[Changes], None]" = lambda _: None
    progress: OnProgress | None = None
    trouble: Callable[[str], None] = lambda _: None
    skipped: "Callable[[list[Skipped]], None]" = lambda _: None
    caught_up: Callable[[], None] = lambda: None
