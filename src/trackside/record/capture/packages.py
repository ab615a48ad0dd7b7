"""The installed distributions, as requirements that can be installed from.

Their metadata is not read, which takes long: names and versions stand in the names of their folders.
"""

import configparser
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from trackside.model.packages import normal_name
from trackside.record import hashes
from trackside.record.capture.interpreter import Interpreter
from trackside.record.secrets import masked_url
from trackside.store import locate

_INSTALLED = re.compile(r"(?P<name>[\w.]+?)-(?P<version>\d[^-]*)(?:-py[\d.]+)?\.(?:dist-info|egg-info)")
_TORCH_BUILD = re.compile(r"\+(cu\d+|cpu|rocm[\d.]+)$")
_TORCH_INDEX = "https://download.pytorch.org/whl/"
_PIP_SECTIONS = ("global", "install")
_PIP_OPTIONS = ("index-url", "extra-index-url", "find-links")


class Lock(NamedTuple):
    """Requirements as a file, how many there are, and the fingerprint of their list."""

    text: str
    packages: int
    fingerprint: str


class _Record(msgspec.Struct):
    """What conda knows of an installed package, as far as it is needed."""

    url: str = ""
    md5: str = ""


def lock(python: Interpreter) -> Lock:
    """All that `python` has installed, for `pip install -r`: versions, editable and other direct installs as such."""
    found: dict[str, tuple[str, str]] = {}
    for folder in map(Path, python.path):
        for name, version, place in _installed(folder):
            found.setdefault(normal_name(name), (version, _requirement(name, version, place)))
    required = [requirement for _, (_, requirement) in sorted(found.items())]
    head = [
        f"# Python {python.version}; pip install --no-deps -r environment.lock",
        *_indexes(python.prefix),
        *_torch_index(found.get("torch", ("", ""))[0]),
    ]
    text = "\n".join([*head, *required]) + "\n"
    return Lock(text, len(required), hashes.of_bytes("\n".join(required).encode()))


def conda_lock(python: Interpreter) -> str | None:
    """All that conda installed where `python` is conda's, for `conda create --file`; else None."""
    folder = python.prefix / "conda-meta"
    if not folder.is_dir():
        return None
    decode = msgspec.json.Decoder(_Record).decode
    records = [decode(path.read_bytes()) for path in sorted(folder.glob("*.json"))]
    lines = [masked_url(f"{record.url}#{record.md5}" if record.md5 else record.url) for record in records if record.url]
    return "\n".join(["# conda create --name NAME --file environment.conda.lock", "@EXPLICIT", *lines]) + "\n"


def _installed(folder: Path) -> Iterator[tuple[str, str, Path]]:
    try:
        places = sorted(folder.iterdir())
    except OSError:
        return
    for place in places:
        if found := _INSTALLED.fullmatch(place.name):
            yield found["name"], found["version"], place


def _requirement(name: str, version: str, place: Path) -> str:
    """One line of the lock."""
    name = name.replace("_", "-")
    direct = _direct(place)
    url = masked_url(str(direct.get("url") or ""))
    if not url:
        return f"{name}=={version}"
    below = f"#subdirectory={direct['subdirectory']}" if direct.get("subdirectory") else ""
    if versioned := direct.get("vcs_info"):
        return f"{name} @ {versioned['vcs']}+{url}@{versioned['commit_id']}{below}"
    if direct.get("dir_info", {}).get("editable"):
        return f"-e {url}{below}"
    digest = direct.get("archive_info", {}).get("hash")
    return f"{name} @ {url}{f'#{digest}' if digest else below}"


def _direct(place: Path) -> dict[str, Any]:
    """What `direct_url.json` says of an install that did not come from an index; nothing of one by conda."""
    try:
        said = msgspec.json.decode((place / "direct_url.json").read_bytes(), type=dict[str, Any])
        installer = (place / "INSTALLER").read_text(errors="replace").strip()
    except (OSError, msgspec.MsgspecError):
        return {}
    return {} if installer == "conda" else said


def _indexes(prefix: Path) -> Iterator[str]:
    """Where pip's own configuration looks for packages, without passwords."""
    home = locate.home()
    for file in (
        Path("/etc/pip.conf"),
        home / ".pip/pip.conf",
        home / ".config/pip/pip.conf",
        prefix / "pip.conf",
    ):
        settings = configparser.RawConfigParser(strict=False)
        try:
            settings.read(file, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            continue
        for section in _PIP_SECTIONS:
            for option in _PIP_OPTIONS:
                for place in settings.get(section, option, fallback="").split():
                    yield f"--{option} {masked_url(place)}"


def _torch_index(version: str) -> Iterator[str]:
    """Builds of torch for one kind of card are in an index of their own."""
    if build := _TORCH_BUILD.search(version):
        yield f"--extra-index-url {_TORCH_INDEX}{build[1]}"
