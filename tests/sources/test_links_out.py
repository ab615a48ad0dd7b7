"""Files of a run that became links out of the tree: what they lead to is shown nowhere."""

import shutil
from pathlib import Path

import pytest
from gathered import Gathered, find

from trackside.sources.dvclive import Dvclive
from trackside.sources.guild import Guild
from trackside.sources.lightning import Lightning
from trackside.sources.opening import opened
from trackside.sources.protocol import Source, SourceError
from trackside.sources.sacred import Sacred
from trackside.sources.tensorboard import TensorBoard
from trackside.sources.wandb.source import Wandb

OWN = Path(__file__).parent / "samples"
HIDDEN = "hidden-away"
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
        with pytest.raises(SourceError, match="leads out of"):
            opened(path, tree)
