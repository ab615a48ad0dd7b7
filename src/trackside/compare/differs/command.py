"""Two command lines, argument by argument."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import takewhile

import msgspec

Arguments = tuple[str, ...]

_MOST = 500
"""Arguments that are matched; where more stand between what begins and what ends alike, they differ as a whole."""


class Stretch(msgspec.Struct, frozen=True):
    """Arguments that follow each other: the same ones, or those that stand in place of each other, if any."""

    baseline: Arguments
    candidate: Arguments

    @property
    def same(self) -> bool:
        """Whether both sides have them."""
        return self.baseline == self.candidate


def stretches(baseline: Sequence[str], candidate: Sequence[str]) -> tuple[Stretch, ...]:
    """Both command lines whole, in stretches; arguments in place of as many others stand one by one."""
    ours, theirs = tuple(baseline), tuple(candidate)
    start = _alike(ours, theirs)
    end = _alike(ours[start:][::-1], theirs[start:][::-1])
    middle = [side[start : len(side) - end] for side in (ours, theirs)]
    found = [Stretch(ours[:start], theirs[:start]), *_matched(*middle), Stretch(*([ours[len(ours) - end :]] * 2))]
    return tuple(stretch for stretch in found if stretch.baseline or stretch.candidate)


def _alike(ours: Arguments, theirs: Arguments) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(ours, theirs, strict=False)))


def _matched(ours: Arguments, theirs: Arguments) -> Iterator[Stretch]:
    if max(len(ours), len(theirs)) > _MOST:
        yield Stretch(ours, theirs)
        return
    for kind, begin, end, their_begin, their_end in SequenceMatcher(None, ours, theirs, False).get_opcodes():
        mine, other = ours[begin:end], theirs[their_begin:their_end]
        if kind == "replace" and len(mine) == len(other):
            yield from (Stretch((one,), (another,)) for one, another in zip(mine, other, strict=True))
        else:
            yield Stretch(mine, other)
