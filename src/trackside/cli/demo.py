"""`trackside demo`: small real models that train while the app shows them."""

import contextlib
import shlex
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import click

from trackside.cli.options import Place
from trackside.model.errors import TracksideError

_HEADLESS_SECONDS = 1.5


@click.command("demo", short_help="Train small models and watch them in the app.")
@click.option("--headless", is_flag=True, help="Train, print the table and leave: for a machine without a terminal.")
@click.option("--keep", type=click.Path(path_type=Path), metavar="FOLDER", help="Keep the store in FOLDER.")
@click.pass_obj
def demo_command(place: Place, headless: bool, keep: Path | None) -> None:
    """Train small real models in the background into a temporary store and open the app on them, live."""
    if place.paths:
        raise click.UsageError("the demo has a store of its own: --keep FOLDER says where, and --store is for others.")
    status = 0
    with _store(keep) as root:
        if headless:
            _train_and_print(root)
        else:
            status = _train_and_watch(root)
    sys.exit(status)


@contextlib.contextmanager
def _store(keep: Path | None) -> Iterator[Path]:
    """The folder of the demo's store: one that stays, or one that goes with the command."""
    from trackside.cli import output

    if keep is not None:
        yield keep
        output.remark(f"`trackside {shlex.quote(str(keep))}` opens the demo's runs")
        return
    with tempfile.TemporaryDirectory(prefix="trackside-demo-") as folder:
        yield Path(folder) / "store"
    output.remark("the demo's runs are gone with it; `trackside demo --keep FOLDER` keeps them in a store")


def _train_and_watch(root: Path) -> int:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise TracksideError("the app needs a terminal; `trackside demo --headless` trains without one")
    from trackside.services import demo

    with demo.start(root):
        from trackside.services.places.opening import open_places
        from trackside.tui.app import run

        return run(open_places([str(root)]).live())


def _train_and_print(root: Path) -> None:
    from trackside.cli import output
    from trackside.cli.runs import print_runs
    from trackside.services import demo
    from trackside.services.lookup import newest
    from trackside.store.store import Store

    with demo.start(root, seconds=_HEADLESS_SECONDS) as training, output.progress("training") as report:
        training.wait(report)
    store = Store.open(root)
    store.refresh()
    print_runs(newest(store, demo.PROJECT), time.time())
