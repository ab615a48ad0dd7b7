"""What tests of foreign formats read: real samples, where they lie beside the repository."""

from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples"


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of samples that are no part of the project: `public/<format>` and `vendor/<format>`."""
    if not SAMPLES.is_dir():
        pytest.skip(f"the samples are not here: no folder {SAMPLES}")
    return SAMPLES
