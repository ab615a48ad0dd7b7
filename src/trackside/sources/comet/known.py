"""What is known of a Comet run by now, from all of its messages: JSON, so that reading goes on from it."""

import math
import re
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import msgspec

from trackside.model.foreign import Facts
from trackside.model.run import Code, DataRef, Environment, Param
from trackside.model.status import CRASHED, FAILED, FINISHED
from trackside.sources.comet.messages import Message, decoded, text, texts
from trackside.sources.numbers import moment_of

_NOISE = frozenset({"curr_step", "curr_epoch"})
"""Params that the client writes at each step."""

_ARGUMENT = re.compile(r"run_arg_\d+")
_OWN_WORDS = frozenset({"offline_experiment", "hasNestedParams", "Created from"})
_MOST_REMOTE = 1_000
_DEEPEST = 16


class Known(msgspec.Struct, kw_only=True):
    """All that is no curve, no console and no file. Times are seconds since the epoch."""

    key: str
    created: float
    name: str | None = None
    workspace: str | None = None
    project: str | None = None
    ended: float | None = None
    heard: float | None = None
    """The last time that a message states."""
    whole: bool = False
    error: str | None = None
    tags: list[str] = []
    notes: str = ""
    params: dict[str, Param] = {}
    user: str | None = None
    host: str | None = None
    command: list[str] = []
    data_info: str | None = None
    data_hash: str | None = None
    remote: dict[str, str] = {}
    code: dict[str, Any] = {}
    patch: str | None = None
    packages: list[str] = []
    python: str | None = None
    platform: str | None = None
    cpu: str | None = None
    gpu: list[str] = []
    next_step: dict[str, int] = {}
    """By metric, the step after its last: where a point goes that has no whole step of its own."""
    uploads: dict[str, int] = {}
    """How often a name was used for an upload."""

    def began(self, experiment: dict[str, Any]) -> None:
        """What an archive says of the run as a whole; a later archive goes on with the same run."""
        if not experiment:
            return
        start, stop = moment_of(experiment.get("start_time")), moment_of(experiment.get("stop_time"))
        if start is not None and not self.whole:
            self.created = start
        self.ended, self.whole = stop, True
        self.workspace = text(experiment.get("workspace")) or self.workspace
        self.project = text(experiment.get("project_name")) or self.project
        said = text(experiment.get("customer_error_message")) or "an error was reported"
        self.error = said if experiment.get("customer_error_reported") is True else None
        self.tags = sorted({*self.tags, *texts(experiment.get("tags"))})

    def hear(self, message: Message) -> dict[str, str]:
        """Take in a message. What it comes back with are texts that the script logged without a step."""
        fields = message.fields
        match message.kind:
            case "parameter_msg":
                self._param(fields.get("param") if "param" in fields else fields.get("params"))
            case "log_other":
                return self._other(text(fields.get("key")), fields.get("value"))
            case "system_details":
                self._system(fields)
            case "git_metadata":
                self._git(message.inner("git_metadata"))
            case "installed_packages":
                self.packages = texts(fields.get("installed_packages"))
            case "gpu_static_info":
                self._cards(fields.get("gpu_static_info"))
            case "remote_file":
                self._remote(text(fields.get("remote_uri")), message.inner("additional_params"))
        return {}

    def facts(self, *, running: bool) -> Facts:
        """The run in trackside's words."""
        project = self.project or "general"
        return Facts(
            name=self.name or self.key,
            project=f"{self.workspace}/{project}" if self.workspace else project,
            created=self.created,
            ended=self.ended,
            status=FAILED if self.error else FINISHED if self.whole else CRASHED,
            running=running,
            traceback=self.error,
            tags=self.tags,
            notes=self.notes,
            user=self.user,
            host=self.host,
            command=self.command,
            params=dict(self.params),
            data=self._data(),
            code=self._code(),
            environment=Environment(
                python=self.python,
                platform=self.platform,
                packages=len(self.packages) or None,
                gpu=self.gpu,
                cpu=self.cpu,
            ),
            patch=self.patch,
            lock="".join(f"{package}\n" for package in self.packages) or None,
        )

    def _param(self, said: Any) -> None:
        if not isinstance(said, dict) or (name := text(said.get("paramName"))) is None:
            return
        source, value = said.get("source"), said.get("paramValue")
        if name == "dataset_hash" and source != "manual":
            self.data_hash = text(value)
        elif source == "manual":
            self._keep(name.replace("|", "."), value)
        elif name in _NOISE or _ARGUMENT.fullmatch(name):
            return
        else:
            self._keep(name.replace("|", "."), value if "source" in said else _opened(value))

    def _keep(self, name: str, value: Any, depth: int = 0) -> None:
        if isinstance(value, dict) and value and depth < _DEEPEST:
            for key, inner in value.items():
                self._keep(f"{name}.{text(key) or ''}", inner, depth + 1)
        else:
            self.params[name] = plain(value)

    def _other(self, key: str | None, value: Any) -> dict[str, str]:
        if key is None or key in _OWN_WORDS:
            return {}
        said = value if isinstance(value, str) else msgspec.json.encode(plain(value)).decode()
        said = text(said) or ""
        if key == "Name":
            self.name = said or self.name
        elif key in ("notes", "Description"):
            self.notes = said
        elif key == "dataset_info":
            self.data_info = said or None
        else:
            return {key: said}
        return {}

    def _system(self, fields: dict[str, Any]) -> None:
        self.command = texts(fields.get("command"))
        self.host, self.user = text(fields.get("hostname")), text(fields.get("user"))
        self.python, self.platform = text(fields.get("python_version")), text(fields.get("os"))
        self.cpu = text(fields.get("processor"))

    def _git(self, said: dict[str, Any]) -> None:
        branch = text(said.get("branch"))
        self.code = {
            "commit": text(said.get("parent")),
            "branch": branch.removeprefix("refs/heads/") if branch else None,
            "remote": _without_login(text(said.get("origin"))),
            "status": text(said.get("status")),
        }

    def _cards(self, said: Any) -> None:
        cards = said if isinstance(said, list) else [said]
        self.gpu = [name for card in cards if isinstance(card, dict) and (name := text(card.get("name")))]

    def _remote(self, uri: str | None, more: dict[str, Any]) -> None:
        if uri is not None and len(self.remote) < _MOST_REMOTE:
            self.remote[text(more.get("fileName")) or uri] = uri

    def _data(self) -> dict[str, DataRef]:
        data = {role: DataRef(uri=uri) for role, uri in self.remote.items()}
        if self.data_info or self.data_hash:
            fingerprint = f"comet:{self.data_hash}" if self.data_hash else None
            data["dataset"] = DataRef(uri=self.data_info or "", fingerprint=fingerprint)
        return data

    def _code(self) -> Code:
        dirty = True if self.patch or self.code.get("status") else None
        return Code(
            commit=self.code.get("commit"),
            branch=self.code.get("branch"),
            remote=self.code.get("remote"),
            dirty=dirty,
            patch_bytes=len(self.patch.encode()) if self.patch else None,
        )


def plain(value: Any, depth: int = 0) -> Any:
    """A value of JSON as a store takes it: integers that 64 bits hold, texts that UTF-8 can spell.

    Numbers that are not finite become the words that Comet itself has for them.
    """
    if isinstance(value, str):
        return text(value) or ""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if -(1 << 63) <= value < 1 << 64 else str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if depth > _DEEPEST:
        return "…"
    if isinstance(value, list):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {text(key) or "": plain(item, depth + 1) for key, item in value.items()}
    return value


def _opened(value: Any) -> Any:
    """A dict that an old client made text of, or the value as it is."""
    if not isinstance(value, str) or not value.startswith("{"):
        return value
    nested = decoded(value.encode(errors="replace"))
    return nested if isinstance(nested, dict) else value


def _without_login(address: str | None) -> str | None:
    """An address without what stands before its host, which may be a password."""
    if address is None or "://" not in address:
        return address
    try:
        parts = urlsplit(address)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    except ValueError:
        return None
