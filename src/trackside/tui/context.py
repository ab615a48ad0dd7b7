"""What every screen is given: the store that it shows, and how this person set the app up."""

from dataclasses import dataclass

from trackside.config.settings import Settings
from trackside.services.live import LiveStore
from trackside.store.store import Store


@dataclass(frozen=True)
class Context:
    """Handed from the app to its screens, and from them to their widgets."""

    live: LiveStore
    settings: Settings

    @property
    def store(self) -> Store:
        """The store that is open."""
        return self.live.store
