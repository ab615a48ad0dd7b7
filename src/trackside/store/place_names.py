"""What several places are called where they stand together: as much of their addresses as tells them apart."""

from collections import Counter
from collections.abc import Sequence

from trackside.store.locate import FOLDER


def place_names(addresses: Sequence[str]) -> list[str]:
    """The last parts of each address, no more than it takes; `.trackside` counts for nothing where there is another."""
    parts = [_parts(address) for address in addresses]
    taken = [1] * len(parts)
    while True:
        names = ["/".join(part[-number:]) for part, number in zip(parts, taken, strict=True)]
        same = {name for name, count in Counter(names).items() if count > 1}
        longer = [
            number + 1 if name in same and number < len(part) else number
            for name, number, part in zip(names, taken, parts, strict=True)
        ]
        if longer == taken:
            return names
        taken = longer


def _parts(address: str) -> list[str]:
    parts = [part for part in address.split("/") if part]
    return parts[:-1] if len(parts) > 1 and parts[-1] == FOLDER else parts or [address]
