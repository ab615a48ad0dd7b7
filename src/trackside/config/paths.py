"""Where a person's configuration and state lie."""

from pathlib import Path

from platformdirs import user_config_path, user_state_path

APP = "trackside"


def config_file() -> Path:
    """Settings, written by the person: `config.toml`."""
    return user_config_path(APP) / "config.toml"


def themes_folder() -> Path:
    """Themes of the person's own."""
    return user_config_path(APP) / "themes"


def state_file(store_uuid: str) -> Path:
    """What was open, filtered and chosen in a store, kept for the next start."""
    return user_state_path(APP) / f"{store_uuid}.json"


def watched_file() -> Path:
    """Watch rules that were made in the app."""
    return user_state_path(APP) / "watched.json"


def watches_folder() -> Path:
    """A folder for each watch that goes on after logout: what it watches for, what it told, and its log."""
    return user_state_path(APP) / "watches"


def views_file(store_uuid: str) -> Path:
    """The views of a store that a person keeps under names."""
    return user_state_path(APP) / f"{store_uuid}.views.json"


def walls_file(store_uuid: str) -> Path:
    """How the charts of a store's runs are laid out."""
    return user_state_path(APP) / f"{store_uuid}.walls.json"
