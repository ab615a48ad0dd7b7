"""What the work tree has that the commit has not, as a patch that `git apply` takes.

Changes of tracked files, and untracked files of source or configuration, each up to a size. What may be a secret by
its file's name is left out, and what is one is masked line by line; the lines before the first `diff` say both.
"""

import os
import re
import stat
import threading
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from trackside.model.patch import path_of, sections, without_hunks
from trackside.model.visible import visible
from trackside.record.capture.git import Repository, find_repository
from trackside.record.secrets import masked

_MOST_BYTES = 4 << 20
_MOST_OF_A_FILE = 512 << 10
_MOST_UNTRACKED = 1 << 20
_MOST_OF_AN_UNTRACKED_FILE = 128 << 10
_MOST_SAID = 20

_CODE = """
    .py .pyx .pxd .pyi .ipynb .r .jl .m .lua .c .cc .cpp .cxx .h .hh .hpp .cu .cuh .cl .rs .go .java .kt .scala .swift
    .js .mjs .ts .tsx .jsx .cs .f90 .hs .ml .nim .zig .sql
"""
_CONFIGURATION = """
    .toml .yaml .yml .json .jsonnet .libsonnet .ini .cfg .conf .config .gin .properties .sh .bash .zsh .fish .sbatch
    .slurm .mk .cmake .nix .tf .hcl .j2 .smk
"""
_CODE_SUFFIXES = frozenset(_CODE.split())
_TEXT_SUFFIXES = _CODE_SUFFIXES | frozenset(_CONFIGURATION.split())
_TEXT_NAMES = (
    "makefile",
    "dockerfile",
    "justfile",
    "snakefile",
    "containerfile",
    "requirements*.txt",
    "constraints*.txt",
)
_NEVER = (
    ".env*", "*.env", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.kdbx", "*.ovpn", "*.ppk", "*.asc", "*.gpg",
    "*credential*", "id_*", ".netrc", "_netrc", ".pgpass", ".htpasswd", ".pypirc", ".npmrc", ".boto", "kaggle.json",
    "*secret*.json", "*secret*.y*ml", "*secret*.toml", "*secret*.ini", "*secret*.txt", "*service*account*.json",
)  # fmt: skip
_NEVER_BELOW = frozenset({".ssh", ".aws", ".azure", ".gnupg", ".kube", ".docker", ".git"})
_NOT_ONE_S_OWN = frozenset({
    ".trackside", ".venv", "venv", "site-packages", "node_modules", "__pycache__", "wandb", "mlruns", "lightning_logs",
})  # fmt: skip
"""Folders that tools fill: what is untracked in them is nobody's code."""

_DIFF = (
    "diff", "--no-ext-diff", "--no-textconv", "--no-color", "--no-renames", "--no-relative", "--full-index",
    "--ignore-submodules=dirty", "--submodule=short", "--src-prefix=a/", "--dst-prefix=b/", "--unified=3",
)  # fmt: skip
_NO_COMMIT = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
"""The hash of a tree without files: what a work tree is compared with before its first commit."""

_HUNK = re.compile(rb"(@@ [^@]{0,100} @@)(.*)", re.DOTALL)


class Part(NamedTuple):
    """The patch of one file, and how many of its lines were masked; without content, why it was left out."""

    path: str
    content: bytes = b""
    masked: int = 0
    left_out: str = ""


def capture(store: Path, stop: threading.Event) -> bytes | None:
    """The patch, without what lies in `store`; empty where all is as committed, None outside a work tree."""
    repository = find_repository()
    if repository is None:
        return None
    parts = []
    for part in (*_tracked(repository), *_untracked(repository, store)):
        if stop.is_set():
            return None
        parts.append(part)
    return _joined(parts)


def _joined(parts: list[Part]) -> bytes:
    said = []
    left_out = [f"{visible(part.path)} ({part.left_out})" for part in parts if part.left_out]
    if left_out:
        more = f", and {len(left_out) - _MOST_SAID:,} more" if len(left_out) > _MOST_SAID else ""
        said.append(f"# left out: {', '.join(left_out[:_MOST_SAID])}{more}\n")
    if count := sum(part.masked for part in parts):
        lines = "1 line holds a secret and is" if count == 1 else f"{count:,} lines hold secrets and are"
        said.append(f"# {lines} masked\n")
    return "".join(said).encode(errors="replace") + b"".join(part.content for part in parts)


def _tracked(repository: Repository) -> Iterator[Part]:
    base = "HEAD" if repository.line("rev-parse", "--verify", "--quiet", "HEAD") else _NO_COMMIT
    said = repository.ask(*_DIFF, base, "--", most=_MOST_BYTES)
    if said is None:
        yield Part("changes", left_out="git could not tell them")
        return
    _, files = sections(said)
    if len(said) == _MOST_BYTES and files:
        yield Part(os.fsdecode(path_of(files.pop())), left_out="too long, with all that follows")
    for section in files:
        path = os.fsdecode(path_of(section))
        head, _ = without_hunks(section)
        if _may_be_secret(path):
            yield Part(path, left_out="may be secret")
        elif b"\nBinary files " in head or b"\nGIT binary patch" in head:
            yield Part(path, left_out="binary")
        elif len(section) > _MOST_OF_A_FILE:
            yield Part(path, left_out="too long")
        else:
            yield _without_secrets(path, section)


def _untracked(repository: Repository, store: Path) -> Iterator[Part]:
    said = repository.ask("ls-files", "--others", "--exclude-standard", "-z", most=_MOST_BYTES) or b""
    room = _MOST_UNTRACKED
    paths = [os.fsdecode(path) for path in said.split(b"\0")[:-1]]
    for path in sorted(paths, key=lambda path: not path.startswith(repository.inside)):
        if not _NOT_ONE_S_OWN.isdisjoint(path.split("/")) or (repository.top / path).is_relative_to(store):
            continue
        if _may_be_secret(path):
            yield Part(path, left_out="may be secret")
        elif _is_text_name(path):
            part = _new_file(repository.top, path, room)
            room -= len(part.content)
            yield part


def _new_file(top: Path, path: str, room: int) -> Part:
    """An untracked file as a patch that makes it."""
    file = top / path
    try:
        found = file.lstat()
        if not stat.S_ISREG(found.st_mode) or any(ord(letter) < ord(" ") or letter in '"\\' for letter in path):
            return Part(path, left_out="no plain file")
        if found.st_size > min(room, _MOST_OF_AN_UNTRACKED_FILE):
            return Part(path, left_out="too long")
        content = file.read_bytes()
    except OSError as error:
        return Part(path, left_out=error.strerror or "unreadable")
    if b"\0" in content:
        return Part(path, left_out="binary")
    mode = "100755" if found.st_mode & stat.S_IXUSR else "100644"
    head = f"diff --git a/{path} b/{path}\nnew file mode {mode}\n"
    if not content:
        return Part(path, os.fsencode(f"{head}index 0000000..e69de29\n"))
    lines = content.split(b"\n")
    ended = lines[-1] == b""
    lines = lines[:-1] if ended else lines
    tab = "\t" if " " in path else ""
    head += f"--- /dev/null\n+++ b/{path}{tab}\n@@ -0,0 +1{f',{len(lines)}' if len(lines) > 1 else ''} @@\n"
    body = b"".join(b"+" + line + b"\n" for line in lines)
    return _without_secrets(path, os.fsencode(head) + body + (b"" if ended else b"\\ No newline at end of file\n"))


def _without_secrets(path: str, section: bytes) -> Part:
    """A section whose lines are masked as the text that they make up, each behind its first character."""
    head, hunks = without_hunks(section)
    if not hunks:
        return Part(path, section)
    lines = hunks.split(b"\n")
    prefixes, texts = zip(*map(_prefixed, lines), strict=True)
    plain = b"\n".join(texts).decode(errors="surrogateescape")
    shown = masked(plain, code=_suffix(path) in _CODE_SUFFIXES).encode(errors="surrogateescape").split(b"\n")
    count = sum(text != text_shown for text, text_shown in zip(texts, shown, strict=True))
    if not count:
        return Part(path, section)
    return Part(path, head + b"\n".join(map(bytes.__add__, prefixes, shown)), count)


def _prefixed(line: bytes) -> tuple[bytes, bytes]:
    """A line of a hunk in two: what the format needs, and the text."""
    if found := _HUNK.fullmatch(line):
        return found[1], found[2]
    return line[:1], line[1:]


def _may_be_secret(path: str) -> bool:
    *folders, name = path.lower().split("/")
    return any(fnmatchcase(name, pattern) for pattern in _NEVER) or not _NEVER_BELOW.isdisjoint(folders)


def _is_text_name(path: str) -> bool:
    name = path.lower().rpartition("/")[2]
    return _suffix(path) in _TEXT_SUFFIXES or any(fnmatchcase(name, pattern) for pattern in _TEXT_NAMES)


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()  # noqa: PTH122  a path of git, of which only the end counts
