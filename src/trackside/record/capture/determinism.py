"""What decides whether a run can be repeated exactly: seeds that are set, and flags of libraries that are loaded.

Nothing is imported for it: a library that the script did not import by then has nothing to say.
"""

import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

_VARIABLES = ("PYTHONHASHSEED", "PL_GLOBAL_SEED", "CUBLAS_WORKSPACE_CONFIG", "TF_DETERMINISTIC_OPS")
"""Those hold numbers and sizes."""

_TORCH_UNSEEDED = 67280421310721
_NUMPY_UNSEEDED = 0x80000000
_NUMPY_UNUSED = 624


def capture() -> dict[str, Any]:
    """Seeds and flags by name, such as `torch.deterministic`; only of libraries that are loaded."""
    said: dict[str, Any] = {name.lower(): os.environ[name] for name in _VARIABLES if name in os.environ}
    for library, ask in (("numpy", _numpy), ("torch", _torch)):
        module = sys.modules.get(library)
        if module is not None:
            said |= {f"{library}.{name}": value for name, value in _answers(module, ask)}
    return said


def _answers(module: Any, ask: Callable[[Any], Iterator[tuple[str, Any]]]) -> Iterator[tuple[str, Any]]:
    """What a library says; one that is still being imported, or older than the question, says less."""
    try:
        yield from ask(module)
    except AttributeError:
        return


def _numpy(numpy: Any) -> Iterator[tuple[str, Any]]:
    """The seed stands first in the state of the global generator, until its first numbers are drawn."""
    _, keys, position, *_ = numpy.random.get_state()
    if position == _NUMPY_UNUSED and int(keys[0]) != _NUMPY_UNSEEDED:
        yield "seed", int(keys[0])


def _torch(torch: Any) -> Iterator[tuple[str, Any]]:
    seed = int(torch.initial_seed())
    if seed != _TORCH_UNSEEDED:
        yield "seed", seed
    yield "deterministic", bool(torch.are_deterministic_algorithms_enabled())
    yield "threads", int(torch.get_num_threads())
    yield "matmul_precision", str(torch.get_float32_matmul_precision())
    cudnn = torch.backends.cudnn
    yield "cudnn.deterministic", bool(cudnn.deterministic)
    yield "cudnn.benchmark", bool(cudnn.benchmark)
