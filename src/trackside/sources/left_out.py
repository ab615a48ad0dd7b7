"""What sources say of values that are there and make no sense."""

from trackside.model.counting import counted


def histograms(number: int) -> str:
    """A sentence on so many histograms."""
    return f"left out {counted(number, 'histogram')} whose edges and values do not fit one another"
