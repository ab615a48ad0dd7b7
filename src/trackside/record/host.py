"""What this process is: a Python, a notebook's kernel, pytest. Being imported is not enough: libraries import both."""

import os
import sys
from pathlib import Path
from typing import Any

_OF_PYTEST = frozenset({"PYTEST_VERSION", "PYTEST_CURRENT_TEST"})


def is_kernel() -> bool:
    """Whether this is the kernel of a notebook."""
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if hasattr(ipython, "get_ipython") else None
    return getattr(shell, "kernel", None) is not None


def is_pytest() -> bool:
    """Whether tests are being run; a process that a test starts has its variables, but not its module."""
    return "_pytest" in sys.modules and not _OF_PYTEST.isdisjoint(os.environ)


def interpreter() -> str:
    """A Python to run something else in. OSError where a program embeds or freezes one: it would start itself again."""
    found = sys.executable or ""
    if getattr(sys, "frozen", False) or not Path(found).name.startswith("python"):
        raise OSError(f"{found or 'this program'} is no Python interpreter")
    return found
