"""`trackside demo`: small real models that train while the app shows them."""

import sys
from pathlib import Path

import click


@click.command("demo", short_help="Train small models and watch them in the app.")
@click.option("--headless", is_flag=True, help="Train, print the table and leave: for a machine without a terminal.")
@click.option("--keep", type=click.Path(path_type=Path), metavar="FOLDER", help="Keep the store in FOLDER.")
def demo_command(headless: bool, keep: Path | None) -> None:
    """Train small real models in the background into a temporary store and open the app on them, live."""
    from trackside.services.demo import run_demo

    sys.exit(run_demo(keep=keep, headless=headless))
