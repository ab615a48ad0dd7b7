"""What stores of files and databases say of a run alike, beside its facts and points."""

from collections.abc import Iterator
from typing import Any
from zlib import crc32

from trackside.model.foreign import File, Remark, Texts
from trackside.model.visible import visible
from trackside.sources.mlflow import artifacts, facts
from trackside.sources.mlflow.artifacts import Kept


def texts(tags: dict[str, str], at: float, state: dict[str, Any]) -> Iterator[Texts]:
    """The user's tags that are no labels, where they are other than `state` says that they were."""
    values = facts.texts(tags)
    digest = crc32(repr(sorted(values.items())).encode(errors="replace")) if values else None
    if digest is not None and digest != state.get("texts"):
        yield Texts(0, at, values)
    state["texts"] = digest


def files(kept: Kept, state: dict[str, Any]) -> Iterator[File]:
    """The artifacts that are other than `state` says that they were."""
    before = state.get("artifacts", {})
    state["artifacts"] = {name: artifacts.digest(file) for name, file in kept.files.items()}
    for name, file in kept.files.items():
        if before.get(name) != state["artifacts"][name]:
            yield file


def remarks(kept: Kept, artifact_uri: str) -> Iterator[Remark]:
    """What there is to say of artifacts that are not read."""
    if kept.left_out:
        yield Remark(f"it has {kept.left_out:,} artifact files more than the {artifacts.MOST:,} that are listed")
    if kept.outside is not None:
        place = visible(str(kept.outside))
        yield Remark(
            f"artifacts of it are in {place}, outside of the place that was opened; open a folder that has both"
        )
    elif not kept.files and (where := artifacts.elsewhere(artifact_uri)):
        yield Remark(f"its artifacts are at {where}, which is not read")
