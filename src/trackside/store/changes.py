"""What changed in a store."""

import msgspec


class Changes(msgspec.Struct, frozen=True):
    """What is not as it was: ids of runs, names of projects."""

    runs: frozenset[str] = frozenset()
    projects: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.runs or self.projects)

    def __or__(self, other: "Changes") -> "Changes":
        return Changes(self.runs | other.runs, self.projects | other.projects)
