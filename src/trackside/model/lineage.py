"""Content that runs share: who made it as an artifact, and who used it as data."""

import msgspec

MOST_HOLDERS = 1_000
"""Of one content, so many times are told that a run made it, and so many that one used it: the newest."""


class Link(msgspec.Struct, frozen=True):
    """Content that a run made as the artifact `name`, maybe at a step, or used as data in the role `name`."""

    hash: str
    name: str
    made: bool
    step: int | None = None


class Holder(msgspec.Struct, frozen=True):
    """A run that has to do with some content. `created` is in seconds since the epoch."""

    run: str
    run_name: str
    created: float
    link: Link
