"""Neptune: the Parquet files that neptune-exporter wrote of a project's runs, of 2.x and of 3.x."""

from trackside.sources.neptune.source import Neptune

__all__ = ["Neptune"]
