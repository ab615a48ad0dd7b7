"""What is captured around a run: tasks for the thread beside training and for the run's end, samples of the machine."""

import threading
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from trackside.model.imported import written
from trackside.record.background import Task
from trackside.record.capture import code, data, determinism, environment, imported, interpreter, packages, patch
from trackside.record.capture.interpreter import Interpreter
from trackside.record.capture.parts import Part
from trackside.record.capture.trees import OverError
from trackside.record.roles import MAIN
from trackside.record.secrets import masked_url
from trackside.record.voice import Voice
from trackside.record.writer import Writer
from trackside.store import manifest
from trackside.store.journal import Kind
from trackside.store.layout import RunPaths

_NO_CODE = dict.fromkeys((
    *("commit", "branch", "dirty", "remote", "root", "patch_bytes", "patch_file"),
    *("imported", "imported_hash", "imported_file"),
))  # fmt: skip
"""What a resume says first, so that nothing of an earlier commit stands beside its own."""


class Captures:
    """The tasks of one run. Each writes what it found into the log, and files into the run's folder."""

    def __init__(self, parts: frozenset[Part], run: RunPaths, mode: int, writer: Writer, voice: Voice) -> None:
        self._parts = parts
        self._run = run
        self._mode = mode
        self._writer = writer
        self._life = None if (writer.role, writer.resume) == (MAIN, 0) else writer.name
        self._voice = voice
        self._imports = imported.Imports() if "imports" in parts else None

    def beside_training(self, places: Mapping[str, str]) -> list[Task]:
        """What takes longer than `init()` may. `places` are those of the data, by role."""
        tasks: dict[Part, list[Task]] = {
            "code": [self._keep_code],
            "imports": [self._keep_imports],
            "patch": [self._keep_patch],
            "environment": [self._keep_environment],
            "data": [
                partial(self._fingerprint, role, masked_url(place), data.absolute(place))
                for role, place in places.items()
            ],
        }
        return [task for part, some in tasks.items() if part in self._parts for task in some]

    def later(self) -> list[Task]:
        """What is known when the script has begun in earnest, since it may be killed, and better when it is through."""
        return [self._keep_imports] if "imports" in self._parts else []

    def at_the_end(self) -> list[Task]:
        """What is only known when the script is through; nothing that takes time."""
        return [self._keep_determinism] if "environment" in self._parts else []

    def _keep_code(self, _: threading.Event) -> None:
        self._say("code", {**_NO_CODE, **code.capture()})

    def _keep_imports(self, _: threading.Event) -> None:
        if self._imports is not None and self._imports.look():
            files, file = self._imports.files, self._run.imported(self._life)
            self._write(file, written(files).encode())
            said = {"imported": len(files), "imported_hash": self._imports.fingerprint(), "imported_file": file.name}
            self._say("code", said if files else {"imported": 0})

    def _keep_patch(self, stop: threading.Event) -> None:
        content = patch.capture(self._run.store, stop)
        if content is not None:
            file = self._run.patch(self._life)
            self._write(file, content)
            self._say("code", {"patch_bytes": len(content), "patch_file": file.name if content else None})

    def _keep_environment(self, stop: threading.Event) -> None:
        python = interpreter.current()
        self._say("environment", environment.capture(python))
        if python is not None:
            self._keep_packages(python)
        self._keep_determinism(stop)

    def _keep_packages(self, python: Interpreter) -> None:
        lock, file = packages.lock(python), self._run.lock(self._life)
        self._write(file, lock.text.encode(errors="backslashreplace"))
        if listed := packages.conda_lock(python):
            self._write(self._run.conda_lock(self._life), listed.encode())
        self._say("environment", {"packages": lock.packages, "lock": lock.fingerprint, "lock_file": file.name})

    def _keep_determinism(self, _: threading.Event) -> None:
        self._say("environment", {"determinism": determinism.capture()})

    def _fingerprint(self, role: str, shown: str, place: str, stop: threading.Event) -> None:
        try:
            for read in data.fingerprints(place, stop):
                self._say("data", {role: {"uri": shown, **read._asdict()}})
        except OSError as error:
            self._voice.once(f"data {role}", f"data {role!r} at {shown} has no fingerprint: {error.strerror}")
        except OverError:
            self._voice.once(f"data {role}", f"data {role!r} at {shown} has too many files to be listed in time")

    def _say(self, section: str, found: Mapping[str, Any]) -> None:
        self._writer.say(Kind.STATE, {section: found})

    def _write(self, path: Path, content: bytes) -> None:
        if content:
            manifest.write_whole(path, content, self._mode)
