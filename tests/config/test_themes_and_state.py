"""What a person sets up and what the app keeps for them: files that may be missing, mistaken or damaged."""

from pathlib import Path

import pytest

from trackside.config import paths, state, themes
from trackside.config.state import SavedView
from trackside.model.errors import UsageError

LEVELS = (0x00, 0x5F, 0x87, 0xAF, 0xD7, 0xFF)


def is_xterm_256(colour: str) -> bool:
    """Whether a colour is one of the 216 of the cube or the 24 greys."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    grey = red == green == blue and red in range(8, 239, 10)
    return grey or all(level in LEVELS for level in (red, green, blue))


class TestThemes:
    def test_a_dark_and_a_light_one_are_shipped(self) -> None:
        shipped = themes.themes()
        assert shipped["dark"].dark
        assert not shipped["light"].dark

    @pytest.mark.parametrize("name", ["dark", "light"])
    def test_every_colour_survives_a_terminal_of_256(self, name: str) -> None:
        theme = themes.theme(name)
        assert [colour for colour in (*theme.colours.values(), *theme.curves) if not is_xterm_256(colour)] == []

    @pytest.mark.parametrize("name", ["dark", "light"])
    def test_ten_curves_or_more_have_colours_of_their_own(self, name: str) -> None:
        curves = themes.theme(name).curves
        assert len(set(curves)) == len(curves) >= 10

    def test_a_person_s_own_comes_first(self) -> None:
        folder = paths.themes_folder()
        folder.mkdir(parents=True)
        own = themes.theme("dark")
        lines = [f'{name} = "{colour}"' for name, colour in own.colours.items()]
        (folder / "dark.toml").write_text('dark = true\ncurves = ["#ff0000"]\n[colours]\n' + "\n".join(lines))
        assert themes.theme("dark").curves == ["#ff0000"]

    def test_an_unknown_one_is_told_with_those_there_are(self) -> None:
        with pytest.raises(UsageError, match="dark, light"):
            themes.theme("mauve")

    def test_a_theme_that_cannot_be_read_is_named(self) -> None:
        folder = paths.themes_folder()
        folder.mkdir(parents=True)
        (folder / "broken.toml").write_text("dark = maybe")
        with pytest.raises(UsageError, match=r"broken\.toml"):
            themes.themes()


class TestKeptView:
    def test_what_was_kept_is_found(self, tmp_path: Path) -> None:
        view = SavedView(filter="tag:x", sort=["param.lr", "-created"], columns=["name"], marks=["A"])
        file = tmp_path / "state" / "store.json"
        state.save(file, view)
        assert state.load(file) == view
        assert [path.name for path in file.parent.iterdir()] == ["store.json"]

    def test_what_a_later_version_kept_besides_is_let_pass(self, tmp_path: Path) -> None:
        file = tmp_path / "store.json"
        file.write_text('{"filter": "tag:x", "groups": ["a"]}')
        assert state.load(file).filter == "tag:x"

    @pytest.mark.parametrize("content", [b"", b"{", b'{"filter": 3}', b"\xff\xfe"])
    def test_what_is_damaged_is_as_if_it_were_not_there(self, tmp_path: Path, content: bytes) -> None:
        file = tmp_path / "store.json"
        file.write_bytes(content)
        assert state.load(file) == SavedView()
