"""What a person saves is noticed, wherever the file lies."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from trackside.config import paths
from trackside.config.changes import changes

SECONDS = 30.0


@pytest.fixture
def noticed() -> Iterator[Callable[[], None]]:
    """Follow what is saved; a call waits for one thing that is noticed."""
    stop, seen = threading.Event(), SimpleQueue[None]()
    following = threading.Thread(target=lambda: [seen.put(None) for _ in changes(stop)])

    def one() -> None:
        if not following.is_alive():
            following.start()
        seen.get(timeout=SECONDS)

    yield one
    stop.set()
    following.join()


def test_a_save_of_a_file_to_which_a_link_leads_is_noticed_and_of_the_next_one_it_leads_to(
    tmp_path: Path, noticed: Callable[[], None]
) -> None:
    first, second = tmp_path / "dotfiles" / "trackside.toml", tmp_path / "others" / "trackside.toml"
    for file in (first, second):
        file.parent.mkdir()
        file.touch()
    link = paths.config_file()
    link.parent.mkdir(parents=True)
    link.symlink_to(first)
    noticed()
    first.write_text('theme = "light"')
    noticed()
    link.with_suffix(".new").symlink_to(second)
    link.with_suffix(".new").rename(link)
    noticed()
    second.write_text('theme = "dark"')
    noticed()


def test_a_theme_in_a_folder_that_was_not_there_before_is_noticed(noticed: Callable[[], None]) -> None:
    paths.config_file().parent.mkdir(parents=True)
    noticed()
    paths.themes_folder().mkdir()
    (paths.themes_folder() / "mine.toml").write_text("dark = true")
    noticed()
