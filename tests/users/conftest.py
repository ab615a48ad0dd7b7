"""Ana and Ben share a group, Cleo is a stranger. All of it needs root, to become them."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from people import Person

GROUP = 54000


@pytest.fixture
def commons() -> Iterator[Path]:
    """A folder that everybody may enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="trackside-users-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def others_enter() -> None:
    """Others than root may enter the folders of Python and of trackside."""
    if os.geteuid() != 0:
        pytest.skip("only root can become other users")
    nobody = Person(53999, -1, Path("/"))
    entered = subprocess.run(nobody.command("-c", "import trackside"), capture_output=True, check=False, cwd="/")
    if entered.returncode != 0:
        pytest.skip(f"other users may not enter the folder of {sys.executable}")


@pytest.fixture
def person(commons: Path, others_enter: None) -> Callable[..., Person]:
    """Somebody with a home folder."""
    made = iter(range(54001, 55000))

    def make(group: int = GROUP, mask: int = 0o022) -> Person:
        uid = next(made)
        home = commons / f"home-{uid}"
        home.mkdir(mode=0o700)
        os.chown(home, uid, uid)
        return Person(uid, group, home, mask)

    return make


@pytest.fixture
def ana(person: Callable[..., Person]) -> Person:
    return person()


@pytest.fixture
def ben(person: Callable[..., Person]) -> Person:
    return person()


@pytest.fixture
def cleo(person: Callable[..., Person]) -> Person:
    return person(group=-1)


@pytest.fixture
def store(commons: Path, ana: Person) -> Path:
    """A store that Ana made for the group, in a folder that is open to all."""
    place = commons / "lab"
    place.mkdir()
    os.chown(place, ana.uid, ana.group)
    ana.trackside("store", "init", place / "runs", f"--shared={GROUP}")
    return place / "runs"
