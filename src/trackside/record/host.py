"""Who has this process: a notebook's kernel, or pytest. Being imported is not enough: libraries import either."""

import os
import sys
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
