"""Parquet files of an export, damaged at random places: nothing but a word about it, and no end of the process."""

from pathlib import Path

import pytest
from mutations import survives

from trackside.sources.neptune import Neptune, parquet

SAMPLES = Path(__file__).parent / "samples" / "neptune" / "data"


@pytest.fixture(scope="module", autouse=True)
def no_process_is_left():
    yield
    parquet.APART.close()


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("sample", ["ana_digits-*/*_part_10.parquet", "ana_old/part_0.parquet", "team_net-*/*"])
def test_exports_bear_any_damage(tmp_path, sample):
    (path,) = SAMPLES.glob(sample)
    survives(Neptune(), tmp_path, {f"data/p/{path.name}": path.read_bytes()})
