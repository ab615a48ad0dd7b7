"""What makes a first run in a store that has none: three lines for a script, and what else there is to do."""

import json

import msgspec

from trackside.model.errors import UsageError
from trackside.store.any_store import AnyStore
from trackside.store.locate import find_store


class FirstSteps(msgspec.Struct, frozen=True):
    """Lines of a script that records into the store, and commands, each with what it does."""

    script: tuple[str, ...]
    commands: tuple[tuple[str, str], ...]


def first_steps(store: AnyStore) -> FirstSteps:
    """The store is named where it is not the one that a script would take by itself."""
    address = store.addresses[0]
    named = not _is_usual(address)
    given = f'store={json.dumps(address)}, project="digits"' if named else 'project="digits", params={"lr": 0.1}'
    option = f" --store {address}" if named else ""
    return FirstSteps(
        (
            "import trackside",
            f"with trackside.init({given}) as run:",
            '    run.log({"train/loss": 0.5}, step=0)',
        ),
        (
            (f"trackside{option} run -- python train.py", "records a script as it is"),
            (f"trackside{option} import FOLDER", "takes in runs of other trackers"),
            ("trackside FOLDER", "shows such runs where they lie"),
            ("trackside demo", "trains small models, to look around"),
        ),
    )


def _is_usual(address: str) -> bool:
    try:
        return str(find_store()) == address
    except UsageError:
        return False
