"""When Python looks for garbage that refers to itself.

A look at everything takes a tenth of a second once all that the app needs is loaded: longer than a person waits for a
cursor without noticing. What is loaded stays until the end, so it is never looked at.
"""

import gc


def look_later() -> None:
    """Do not look at all while the app is being loaded: it only grows."""
    gc.disable()


def look_at_new_only() -> None:
    """Look from now on, but at nothing that is there already."""
    gc.freeze()
    gc.enable()
