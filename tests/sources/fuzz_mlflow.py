"""MLflow's stores with damage of any kind: one error or what is left of them, and never more memory than they take."""

from pathlib import Path

from mlflow_samples import VERSIONS, unpack
from mutations import survives

from trackside.sources.mlflow.source import Mlflow


def small(folder: Path, root: Path) -> dict[str, bytes]:
    """The files of one run of a store, and those of its experiment."""
    run = next(
        path for path in sorted(folder.rglob("metrics")) if (path / "val").is_dir() and "models" not in path.parts
    )
    inside = [path for path in run.parent.rglob("*") if path.is_file() and "artifacts" not in path.parts]
    return {str(path.relative_to(root)): path.read_bytes() for path in (*inside, run.parent.parent / "meta.yaml")}


def test_damaged_file_stores(tmp_path):
    root = unpack(VERSIONS[-1], "files", tmp_path / "made")
    survives(Mlflow(), tmp_path / "damaged", small(root, root))


def test_damaged_databases(tmp_path):
    root = unpack(VERSIONS[0], "database", tmp_path / "made")
    survives(Mlflow(), tmp_path / "damaged", {"mlflow.db": (root / "mlflow.db").read_bytes()}, seed=1)
