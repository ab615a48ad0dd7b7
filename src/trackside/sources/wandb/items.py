"""The items of many history and summary records at once: which key has its value where.

An item is `0A size | key | 82 01 size value`, where the key is a name (`0A size text`) or a path (`12 size text` each).
The bytes 82 01 are looked for everywhere; which of them begin a value is decided by the lengths, which have to lead
from the beginning of the record to its end without a gap. Records that are made otherwise are left to be read one by
one, and so are values of more than 127 bytes.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from trackside.sources.wandb.keys import Keys

HISTORY, SUMMARY = 2, 3
_STEP = _PATH = 0x12
_WEIGHT = np.uint64(0x9E3779B97F4A7C15)


class Bodies(msgspec.Struct, frozen=True):
    """The payload of each record: its field number and its bounds in the buffer; number 0 where it is not so plain.

    Plain is `[08 num] tag size body`, and nothing else, with a history or a summary in it.
    """

    number: NDArray[np.uint8]
    start: NDArray[np.int64]
    end: NDArray[np.int64]


class Items(msgspec.Struct, frozen=True):
    """The items of some records, in order: those of record i are `first[i]:first[i + 1]`.

    `key` is a number of `Keys`; `start` and `size` are of the value's text in the buffer. A record that is not `sound`
    has to be read in another way; its items mean nothing.
    """

    first: NDArray[np.int64]
    sound: NDArray[np.bool_]
    key: NDArray[np.int64]
    start: NDArray[np.int64]
    size: NDArray[np.int64]

    def by_keys(self, records: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """These records, which are sound, apart by the set of their keys; each in order."""
        weight = (np.arange(int(self.key.max(initial=0)) + 1, dtype=np.uint64) + np.uint64(1)) * _WEIGHT
        weight ^= weight >> np.uint64(29)
        weight *= weight | np.uint64(1)
        added = np.concatenate([np.zeros(1, np.uint64), np.cumsum(weight[self.key])])
        sums = added[self.first[records + 1]] - added[self.first[records]]
        _, group, count = np.unique(sums, return_inverse=True, return_counts=True)
        if len(count) < 2:
            return [records] if len(records) else []
        return np.split(records[np.argsort(group, kind="stable")], np.cumsum(count)[:-1])


def bodies(buffer: bytearray, start: NDArray[np.int64], end: NDArray[np.int64]) -> Bodies:
    """What each record has, as far as the eye falls on it."""
    plain = np.frombuffer(buffer, np.uint8)
    at = start.copy()
    goes_on = plain[at] == 0x08
    numbered = goes_on
    for _ in range(9):
        at += goes_on
        goes_on = goes_on & (plain[at] >= 0x80)
        if not goes_on.any():
            break
    at += numbered
    tag, size, at = plain[at], plain[at + 1].astype(np.int64), at + 2
    for shift in (7, 14, 21):
        longer = (size >> shift != 0) & (plain[at - 1] >= 0x80)
        if not longer.any():
            break
        size += longer * ((plain[at].astype(np.int64) - 1) << shift)
        at += longer
    ok = ((tag == HISTORY << 3 | 2) | (tag == SUMMARY << 3 | 2)) & (at + size == end)
    return Bodies(np.where(ok, tag >> 3, 0).astype(np.uint8), at, end)


def echoes(buffer: bytearray, found: Bodies) -> NDArray[np.bool_]:
    """Which summaries are those that the core writes before each row: the same items again, in another order.

    They are as long as the items of the history after them, and their keys are paths; a value that somebody sets in a
    summary has a plain key. Nearly half of a log are echoes.
    """
    plain = np.frombuffer(buffer, np.uint8)
    size = (found.end - found.start)[:-1]
    behind = found.start[1:] + size
    step = found.end[1:] - behind
    same = (found.number[:-1] == SUMMARY) & (found.number[1:] == HISTORY) & (size > 2) & (step >= 0)
    behind = np.where(same, behind, 0)
    same &= (step == 0) | ((plain[behind] == _STEP) & (plain[behind + 1] + 2 == step))
    same &= plain[found.start[:-1] + 2] == _PATH
    echo = np.zeros(len(found.number), bool)
    echo[:-1] = same
    return echo


def items(buffer: bytearray, found: Bodies, keys: Keys) -> Items:
    """The items of all these records, which are plain histories and summaries in the order of the buffer."""
    plain = np.frombuffer(buffer, np.uint8)
    tag = _values(plain)
    first = np.searchsorted(tag, found.start)
    last = np.searchsorted(tag, found.end)
    tag = tag[_ranges(first, last)]
    count = last - first
    first = np.concatenate([[0], np.cumsum(count)])
    begins, ends = first[:-1][count > 0], first[1:][count > 0] - 1

    size = plain[tag + 2].astype(np.int64)
    end = tag + 3 + size
    begin = np.empty_like(end)
    begin[1:] = end[:-1]
    begin[begins] = found.start[count > 0]
    good = (plain[begin] == 0x0A) & (plain[begin + 1] + begin + 2 == end) & (plain[begin + 1] < 0x80)
    good &= (size > 0) & (size < 0x80) & (tag - begin > 2)
    key = keys.numbers(buffer, begin + 2, np.where(good, tag - begin - 2, keys.LONGEST))
    good &= key >= 0

    stops = end[ends]
    whole = stops == found.end[count > 0]
    step = (found.number[count > 0] == HISTORY) & (plain[stops] == _STEP) & (plain[stops + 1] < 0x80)
    whole |= step & (stops + 2 + plain[stops + 1] == found.end[count > 0])
    sound = np.zeros(len(count), bool)
    sound[count > 0] = whole
    record = np.repeat(np.arange(len(count)), count)
    sound[record[~good]] = False
    return Items(first, sound, key, tag + 3, size)


def _values(plain: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Where the bytes 82 01 are."""
    at: NDArray[np.int64] = np.flatnonzero(plain[:-1] == 0x82)
    return np.compress(plain[at + 1] == 0x01, at)


def _ranges(first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.int64]:
    """All numbers from each first up to each last, one range after the other."""
    count = last - first
    shift: NDArray[np.int64] = np.repeat(first - np.concatenate([[0], np.cumsum(count)[:-1]]), count)
    shift += np.arange(len(shift))
    return shift
