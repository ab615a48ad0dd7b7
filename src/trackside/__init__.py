"""Experiment tracking for people at a terminal.

    import trackside

    with trackside.init(project="digits", params={"lr": 3e-4}) as run:
        run.log({"train/loss": 0.3})

A name is imported when it is first used, so that `import trackside` costs a training script next to nothing.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trackside.model.ids import new_id
    from trackside.record.capture.seeds import seed_everything
    from trackside.record.run import Run
    from trackside.record.start import init
    from trackside.services.attach import attach

__version__ = "0.1.0"
__all__ = ["Run", "__version__", "attach", "init", "new_id", "seed_everything"]

_HOMES = {
    "Run": "trackside.record.run",
    "attach": "trackside.services.attach",
    "init": "trackside.record.start",
    "new_id": "trackside.model.ids",
    "seed_everything": "trackside.record.capture.seeds",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'trackside' has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(home), name)
    return value


def __dir__() -> list[str]:
    return __all__
