"""Files of a run that became links out of the tree: what they lead to is shown nowhere."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from gathered import Gathered, find
from mlflow_samples import VERSIONS, unpack

from trackside.model.foreign import Facts, File, Found, Item, Points, Printed, Texts
from trackside.sources.comet import Comet
from trackside.sources.dvclive import Dvclive
from trackside.sources.guild import Guild
from trackside.sources.lightning import Lightning
from trackside.sources.opening import opened
from trackside.sources.protocol import Folder, Source, SourceError, read
from trackside.sources.sacred import Sacred
from trackside.sources.table import SOURCES
from trackside.sources.tensorboard import TensorBoard
from trackside.sources.ultralytics import Ultralytics
from trackside.sources.walk import Walk
from trackside.sources.wandb.source import Wandb

OWN = Path(__file__).parent / "samples"
FORMATS = sorted(folder.name for folder in OWN.iterdir() if folder.is_dir())
HIDDEN = "hidden-away"
KEY = f"{'a' * 32}.zip"
TEXT = f"secret: {HIDDEN}\n"
JSON = f'{{"secret": "{HIDDEN}"}}'


@pytest.mark.parametrize(
    ("source", "sample", "name", "content"),
    [
        (Guild(), "guild", ".guild/attrs/flags", TEXT),
        (Guild(), "guild", ".guild/attrs/label", TEXT),
        (Guild(), "guild", ".guild/output", TEXT),
        (Sacred(), "sacred", "config.json", JSON),
        (Sacred(), "sacred", "cout.txt", TEXT),
        (Wandb(), "wandb/0.31.0/raising", "files/requirements.txt", TEXT),
        (Wandb(), "wandb/0.31.0/raising", "files/diff.patch", TEXT),
        (Dvclive(), "dvclive/plain", "params.yaml", TEXT),
        (Lightning(), "lightning", "hparams.yaml", TEXT),
        (TensorBoard(), "tensorboard/tensors", "hparams.yaml", TEXT),
    ],
)
def test_a_link_out_of_the_tree_is_not_read(
    tmp_path: Path, source: Source, sample: str, name: str, content: str
) -> None:
    tree = Path(shutil.copytree(OWN / sample, tmp_path / "tree", symlinks=True))
    run = find(source, tree)[0]
    path = Path(run.address) / name
    path.unlink(missing_ok=True)
    path.write_text(content)
    assert HIDDEN in all_of(source, tree)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    found = Gathered(run).take(source.follow(run, None))
    assert found.facts is not None
    assert HIDDEN not in repr(found)
    assert HIDDEN not in all_of(source, tree)


@pytest.mark.parametrize("kind", [*FORMATS, "mlflow database"])
def test_of_files_that_are_links_out_of_the_tree_nothing_is_read_in_any_format(tmp_path: Path, kind: str) -> None:
    tree = tmp_path / "tree"
    if kind.startswith("mlflow"):
        unpack(VERSIONS[-1], "database" if kind.endswith("database") else "files", tree)
    else:
        shutil.copytree(OWN / kind, tree, symlinks=True)
    found = Walk(tree, SOURCES).find()
    assert found
    shutil.move(tree, tmp_path / "elsewhere")
    link_all(tree, tmp_path / "elsewhere")
    sources = {source.name: source for source in SOURCES}
    for run in [*found, *found_by_names(tree)]:
        said: list[Item] = []
        with suppress(SourceError):
            said.extend(read(sources[run.source], run))
        assert not [item for item in said if isinstance(item, Points | Texts | Printed | File)]
        assert all(item.params == {} for item in said if isinstance(item, Facts))


def found_by_names(tree: Path) -> list[Found]:
    """What sources find in a tree where links count as files."""
    found: list[Found] = []
    for path, folders, files in os.walk(tree):
        for source in SOURCES:
            folder = Folder(Path(path), set(folders), set(files), root=tree)
            with suppress(SourceError):
                found.extend(source.discover(folder) if source.sniff(folder) else ())
    return found


def link_all(tree: Path, there: Path) -> None:
    """The folders of another tree, with a link for each of its files."""
    for path, _, names in os.walk(there):
        folder = tree / Path(path).relative_to(there)
        folder.mkdir()
        for name in names:
            (folder / name).symlink_to(Path(path, name))


@pytest.mark.parametrize(("kind", "inner"), [("mlflow", "params"), ("mlflow", "tags"), ("wandb", "files")])
def test_a_folder_of_a_run_that_is_a_link_out_of_the_tree_is_not_read(tmp_path: Path, kind: str, inner: str) -> None:
    tree = tmp_path / "tree"
    if kind == "mlflow":
        unpack(VERSIONS[-1], "files", tree)
    else:
        shutil.copytree(OWN / "wandb/0.31.0/raising", tree)
    source = next(source for source in SOURCES if source.name == kind)
    run = next(run for run in Walk(tree, SOURCES).find() if (Path(run.address) / inner).is_dir())
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / HIDDEN).write_text(HIDDEN)
    shutil.rmtree(Path(run.address) / inner)
    (Path(run.address) / inner).symlink_to(tmp_path / "elsewhere")
    found = Gathered(run).take(read(source, run))
    assert HIDDEN not in repr(found)


@pytest.mark.parametrize(
    ("source", "names"),
    [(Lightning(), ("metrics.csv", "hparams.yaml")), (Ultralytics(), ("results.csv", "args.yaml")), (Comet(), (KEY,))],
)
def test_of_a_link_out_of_the_tree_that_is_named_as_a_run_it_is_told_why_it_is_not_read(
    tmp_path: Path, source: Source, names: tuple[str, ...]
) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / names[0]).symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").write_text(TEXT)
    folder = Folder(tree, set(), set(names), root=tree)
    assert source.sniff(folder)
    assert list(source.discover(folder)) == []
    assert ["lies outside of" in str(error) for error in folder.unread] == [True]


def all_of(source: Source, tree: Path) -> str:
    return repr([Gathered(run).take(source.follow(run, None)) for run in find(source, tree)])


def test_a_file_is_opened_in_its_tree_and_through_links_within_it(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    for path in (tree / "kept", tmp_path / "elsewhere"):
        path.write_text("a")
    (tree / "inside").symlink_to("kept")
    (tree / "out").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "same").symlink_to(tree)
    for path in (tree / "kept", tree / "inside", tmp_path / "same" / "inside"):
        with opened(path, tree) as file:
            assert file.read() == b"a"
    for path in (tree / "out", tree / ".." / "elsewhere"):
        with pytest.raises(SourceError, match="lies outside of"):
            opened(path, tree)
