"""The comparison that a run tells of at its end: `python -m trackside.cli.closing STORE RUN`, which nobody types.

The run that ended starts it and waits a while (`record/comparison.py`). A list of sentences goes to standard output, as
JSON.
"""

import sys

import msgspec


def main(root: str, run_id: str) -> None:
    """Bring the store's index up to date and compare. Whatever stands in the way is raised: nobody reads it."""
    from trackside.services.comparison.closing import closing_sentences
    from trackside.services.places.opening import open_store

    store = open_store(root)
    store.refresh()
    sys.stdout.buffer.write(msgspec.json.encode(closing_sentences(store, run_id)))


if __name__ == "__main__":
    main(*sys.argv[1:])
