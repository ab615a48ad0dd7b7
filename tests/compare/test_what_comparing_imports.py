"""SciPy is loaded by the first test that needs it, and by nothing before."""

import subprocess
import sys
from pathlib import Path

import pytest

import trackside.compare

ROOM = sorted(path.stem for path in Path(trackside.compare.__file__).parent.glob("*.py") if path.stem != "__init__")


@pytest.mark.parametrize(
    "imports",
    ["trackside", "trackside.cli.main", "trackside.tui.app", ", ".join(f"trackside.compare.{name}" for name in ROOM)],
    ids=["sdk", "command line", "app", "compare"],
)
def test_scipy_is_not_loaded_before_something_is_tested(imports):
    code = f"import sys, {imports}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "scipy" not in loaded
