"""`trackside export`: runs as one file that a store takes in again, as another system's, or their metrics alone."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from trackside.cli import output
from trackside.cli.completion import complete_filter, complete_runs
from trackside.cli.options import Place, as_json, with_store
from trackside.model.counting import counted
from trackside.services.wording import size

if TYPE_CHECKING:
    from trackside.services.exchange.export_mlflow import Exported
    from trackside.store.store import Store


@click.command("export", short_help="Write runs into one file, or their metrics as CSV or Parquet.")
@click.argument("runs", nargs=-1, metavar="RUN…", shell_complete=complete_runs)
@click.option("--filter", "filter_", metavar="FILTER", help="All runs of a filter.", shell_complete=complete_filter)
@click.option("--csv", "form", flag_value="csv", help="Every point of every metric, as comma-separated text.")
@click.option("--parquet", "form", flag_value="parquet", help="Every point of every metric, as Parquet.")
@click.option("--out", metavar="FILE", help="Where to; - is standard output, for CSV and Parquet.")
@click.option("--mlflow", metavar="DIR", type=Path, help="Whole runs, as a new folder that MLflow opens.")
@click.option("--tensorboard", metavar="DIR", type=Path, help="Metrics, texts, histograms and params, for TensorBoard.")
@as_json
@with_store
def export_command(
    place: Place,
    runs: tuple[str, ...],
    filter_: str | None,
    form: str | None,
    out: str | None,
    mlflow: Path | None,
    tensorboard: Path | None,
    json_: bool,
) -> None:
    """Write each RUN whole, with its artifacts, into FILE, which `trackside import FILE` takes into another store.

    With --csv or --parquet, or a FILE that ends so: every point of every metric, one a row: run, name, metric, step,
    time, value. With --mlflow, DIR becomes a file store of MLflow; with --tensorboard, a folder of event files, in
    a folder for each run.
    """
    from trackside.services.exchange.metrics_file import FORMATS
    from trackside.services.lookup import chosen

    folders = {"--mlflow": mlflow, "--tensorboard": tensorboard}
    given = [way for way, value in {**folders, "--out": out, f"--{form}": form}.items() if value is not None]
    if given and (folder := folders.get(given[0])):
        if len(given) > 1:
            raise click.UsageError(f"{given[0]} beside {given[1]}: choose one of them.")
        _folder(place, runs, filter_, given[0], folder, json_)
        return
    if out is None:
        raise click.UsageError("where to? --out FILE, --mlflow DIR or --tensorboard DIR.")
    columns = FORMATS.get(form or Path(out).suffix.removeprefix("."))
    if columns is None and out == "-":
        raise click.UsageError("which format? --csv or --parquet go to standard output, whole runs into a FILE.")
    if json_ and out == "-":
        raise click.UsageError("--json beside --out -: both want standard output, choose one of them.")
    if columns is None:
        done, said = _bundle(place.store(), runs, filter_, Path(out))
    else:
        from trackside.services.exchange.metrics_file import export

        store = place.open()
        ids = chosen(store, runs, filter_, remark=output.remark)
        with output.progress("exporting runs") as report:
            points = export(store, ids, sys.stdout.buffer if out == "-" else Path(out), columns, report)
        done = {"runs": ids, "points": points, "out": out}
        said = f"{counted(points, 'point')} of {counted(len(ids), 'run')} {_are_in(points, out)}"
    if json_:
        output.json(done)
    elif out != "-":
        output.say(said)


def _bundle(store: "Store", runs: tuple[str, ...], filter_: str | None, out: Path) -> tuple[dict[str, Any], str]:
    from trackside.services.exchange.bundles import export_bundle
    from trackside.services.lookup import chosen

    ids = chosen(store, runs, filter_, remark=output.remark)
    with output.progress("exporting runs") as report:
        done = export_bundle(store, ids, out, report)
    said = f"{counted(len(ids), 'run')}, {size(done['bytes'])}, {_are_in(len(ids), out)}"
    return done, f"{said}; `trackside import` takes the file in"


def _folder(place: Place, runs: tuple[str, ...], filter_: str | None, way: str, out: Path, json_: bool) -> None:
    """Write whole runs into a folder of another system, and say how that opens it."""
    from trackside.services.exchange import export_mlflow, export_tensorboard
    from trackside.services.lookup import chosen

    store = place.open()
    ids = chosen(store, runs, filter_, remark=output.remark)
    done: export_mlflow.Exported | export_tensorboard.Exported
    with output.progress("exporting runs") as report:
        if way == "--mlflow":
            done = export_mlflow.export_mlflow(store, ids, out, report)
            said = _said_of_mlflow(done, out)
        else:
            done = export_tensorboard.export_tensorboard(store, ids, out, report)
            said = f" as float32, {_are_in(len(ids), out)}; `tensorboard --logdir {out}` shows them"
    for left_out in done.left_out:
        output.remark(f"left out: {left_out}")
    if json_:
        output.json({**msgspec.structs.asdict(done), "out": str(out)})
    else:
        output.say(f"{counted(len(ids), 'run')}, {counted(done.points, 'point')}{said}")


def _are_in(count: int, out: str | Path) -> str:
    return f"{'is' if count == 1 else 'are'} in {out}"


def _said_of_mlflow(done: "Exported", out: Path) -> str:
    renamed = f", {counted(len(done.renamed), 'name')} changed to what MLflow takes" if done.renamed else ""
    return (
        f", {_are_in(len(done.runs), out)}{renamed}; "
        f"`MLFLOW_ALLOW_FILE_STORE=true mlflow server --backend-store-uri {out}` shows them, "
        f"`mlflow migrate-filestore --source {out} --target sqlite:///mlflow.db` makes a database of them"
    )
