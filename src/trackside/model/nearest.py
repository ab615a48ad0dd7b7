"""Which known word somebody meant who typed one that is not known."""

from collections.abc import Iterable
from difflib import get_close_matches

_AS_NEAR = 0.6


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like it, if one is."""
    return next(iter(get_close_matches(word, list(known), n=1, cutoff=_AS_NEAR)), None)


def meant(word: str, known: Iterable[str], mark: str = ",") -> str:
    """`, did you mean NEAREST?`, to end a sentence with after `mark`; nothing where no known word is near."""
    near = nearest(word, known)
    return "" if near is None else f"{mark} did you mean {near}?"
