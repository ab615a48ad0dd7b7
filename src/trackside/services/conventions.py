"""What a person set up for whatever is shown anywhere, put into force: which clock, and how numbers are written."""

from trackside.config.settings import Settings
from trackside.model import clock, numerals


def adopt(settings: Settings) -> None:
    """Tell times and write numbers by these settings from now on."""
    clock.tell_by(settings.time_zone)
    numerals.write_by(settings.numbers.digits, settings.numbers.thousands)
