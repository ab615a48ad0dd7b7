"""Themes that a person wrote, right and mistaken ones."""

from pathlib import Path

import pytest

from trackside.config import paths, themes

SHIPPED = (themes._shipped_folder() / "dark.toml").read_text()


@pytest.fixture
def folder() -> Path:
    folder = paths.themes_folder()
    folder.mkdir(parents=True)
    return folder


def test_a_person_s_own_comes_first(folder: Path) -> None:
    (folder / "dark.toml").write_text(SHIPPED.replace("#5fafff", "#abcdef"))
    (folder / "mauve.toml").write_text(SHIPPED)
    assert themes.theme("dark")[0].curves[0] == "#abcdef"
    assert "mauve" in themes.names()
    assert "mauve" in [theme.name for theme in themes.themes()[0]]


@pytest.mark.parametrize(
    ("right", "mistaken", "line", "says"),
    [
        ('muted = "#9e9e9e"', 'mutde = "#9e9e9e"', 9, "colours lacks muted"),
        ('muted = "#9e9e9e"', 'muted = "grey"', 14, "colours.muted is a colour such as '#5fafff', not 'grey'"),
        ('"#ff005f"', '"ff005f"', 5, "curves is a colour such as '#5fafff', not 'ff005f'"),
        ("dark = true", "dark = yes", 3, "Invalid value"),
        ("dark = true", "dark = true\nansi = true", 6, "curves has '#5fafff', which is none of the sixteen"),
    ],
)
def test_a_mistake_is_told_by_its_line_and_another_theme_shown(
    folder: Path, right: str, mistaken: str, line: int, says: str
) -> None:
    file = folder / "dark.toml"
    file.write_text(SHIPPED.replace(right, mistaken))
    found, (mistake, *_) = themes.theme("dark")
    assert found == themes.usual()
    assert (mistake.file, mistake.line) == (file, line)
    assert says in mistake.says
    assert mistake in themes.themes()[1]


def test_a_mistaken_theme_with_a_name_of_its_own_is_not_offered(folder: Path) -> None:
    (folder / "mauve.toml").write_text("dark = true")
    assert themes.theme("mauve")[0] == themes.usual()
    assert "mauve" not in [theme.name for theme in themes.themes()[0]]
    assert "it lacks colours and curves" in str(themes.theme("mauve")[1][0])
