"""Comet: archives of its offline mode, and the folder that a run leaves which died before it had one."""

from trackside.sources.comet.source import Comet

__all__ = ["Comet"]
