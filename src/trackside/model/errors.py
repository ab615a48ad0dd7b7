"""Errors that a person is meant to read: one line that says what is wrong and what to do."""


class TracksideError(Exception):
    """Something failed that a person can act on. The message is one line; the command line exits with 1."""

    exit_status = 1


class UsageError(TracksideError):
    """The call itself is mistaken: an unknown run, a bad filter, an argument of the wrong type. Exit status 2."""

    exit_status = 2


class StoreError(TracksideError):
    """A store cannot be opened, read or written as it is."""


class DamagedError(StoreError):
    """Bytes that were written are not the bytes that are read: a checksum or a length does not hold."""
