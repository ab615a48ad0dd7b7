"""Random draws that are the same each time, on each machine and with each version of numpy.

The seed is made of what is drawn over, ids and not scores, so that neither a swap of the sides nor another scale of
the scores draws anything else. Only the raw bits of PCG64 are used: numpy promises that these stay as they are.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2b

import numpy as np
from numpy.random import PCG64

from trackside.compare.statistics.difference import Flags, Indices

_AT_ONCE = 4_000_000
"""Bits that are held unpacked at one time."""


def seed_of(parts: Iterable[str]) -> int:
    """A seed made of texts, in their order."""
    digest = blake2b(digest_size=16)
    for part in parts:
        text = part.encode()
        digest.update(len(text).to_bytes(8, "little") + text)
    return int.from_bytes(digest.digest(), "little")


def coin_flips(seed: int, rows: int, columns: int) -> Iterator[Flags]:
    """Fair flips, `rows` × `columns` in all, some rows at a time."""
    bits = PCG64(seed)
    words = -(-columns // 64)
    step = max(1, _AT_ONCE // (words * 64))
    for start in range(0, rows, step):
        count = min(step, rows - start)
        raw = bits.random_raw((count, words)).astype("<u8").view(np.uint8)
        yield np.unpackbits(raw, axis=1, count=columns).astype(np.bool_)


def dealt(seed: int, count: int, heaps: int) -> Indices:
    """A heap for each of `count` things, dealt at random into heaps of one size, give or take one."""
    order = np.argsort(PCG64(seed).random_raw(count), kind="stable")
    heap = np.empty(count, np.intp)
    heap[order] = np.arange(count) % heaps
    return heap
