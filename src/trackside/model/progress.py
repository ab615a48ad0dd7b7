"""How what takes long says how far it is."""

from collections.abc import Callable
from typing import TypeAlias

OnProgress: TypeAlias = Callable[[int, int], object]
"""Called with how many are done, and of how many."""
