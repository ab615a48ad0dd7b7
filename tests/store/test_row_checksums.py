"""Checksums of many rows at once are those of each."""

import zlib

import numpy as np
import pytest

from trackside.store import row_checksums


@pytest.mark.parametrize("number", [0, 1, 2_047, 2_048, 5_000])
@pytest.mark.parametrize("length", [1, 7, 42, 512, 513])
def test_the_checksums_of_many_rows_are_those_of_each(number, length):
    rows = np.random.default_rng(length).integers(0, 256, (number, length + 8), np.uint8)[:, 4:-4]
    found = row_checksums.of_rows(rows)
    assert found.dtype == np.uint32
    assert found.tolist() == [zlib.crc32(bytes(row)) for row in rows]
