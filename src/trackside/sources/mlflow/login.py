"""What MLflow's own environment variables and its file of credentials say on how to reach a tracking server."""

import base64
import configparser
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from trackside.sources.numbers import of_cell
from trackside.sources.protocol import SourceError

_WORKSPACE_HEADER = "X-MLFLOW-WORKSPACE"
_OTHER_WAYS = ("MLFLOW_TRACKING_AUTH", "MLFLOW_TRACKING_AWS_SIGV4")
_PATIENCE = 60.0
_MOST_PATIENCE = 3_600.0
_NO = ("", "false", "0")


@dataclass(frozen=True, slots=True)
class Login:
    """How to be let in: `headers` go with every request; `how` says where a name, password or token came from.

    `patience` are seconds for connecting, and for each piece of an answer. The headers are left out where a login is
    printed.
    """

    how: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    unverified: bool = False
    authorities: str | None = None
    own_certificate: str | None = None
    patience: float = _PATIENCE

    def tls(self) -> ssl.SSLContext:
        """How certificates are checked, and which one is shown. SourceError where a file is none."""
        try:
            context = ssl.create_default_context()
            if self.unverified:
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            elif self.authorities:
                folder = Path(self.authorities).is_dir()
                context.load_verify_locations(
                    capath=self.authorities if folder else None, cafile=None if folder else self.authorities
                )
            if self.own_certificate:
                context.load_cert_chain(self.own_certificate)
        except (OSError, ValueError) as error:
            raise SourceError(
                f"no certificate can be read ({error}): see MLFLOW_TRACKING_SERVER_CERT_PATH and _CLIENT_CERT_PATH"
            ) from error
        return context


def login(host: str, userinfo: tuple[str, str] | None, environ: Mapping[str, str] = os.environ) -> Login:
    """The login for a server; `userinfo` are name and password that its address was given with.

    Name and password go before a token, the address before variables, and these before the file. Where
    MLFLOW_TRACKING_URI names another server, the variables are that one's, and none is given away.
    SourceError where MLflow is set to log in by a package of its own.
    """
    headers = {}
    if workspace := environ.get("MLFLOW_WORKSPACE", "").strip():
        headers[_WORKSPACE_HEADER] = _one_line("MLFLOW_WORKSPACE", workspace)
    how, authorization = _authorization(host, userinfo, environ)
    if authorization:
        headers["Authorization"] = authorization
    return Login(
        how,
        headers,
        unverified=environ.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() not in _NO,
        authorities=environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH") or None,
        own_certificate=environ.get("MLFLOW_TRACKING_CLIENT_CERT_PATH") or None,
        patience=_patience(environ.get("MLFLOW_HTTP_REQUEST_TIMEOUT", "")),
    )


def _authorization(host: str, userinfo: tuple[str, str] | None, environ: Mapping[str, str]) -> tuple[str, str]:
    if userinfo is not None:
        return "the address", _basic(*userinfo)
    meant = _host_of(environ.get("MLFLOW_TRACKING_URI", ""))
    if meant and meant != host:
        return "", ""
    for variable in _OTHER_WAYS:
        if environ.get(variable, "").lower() not in _NO:
            raise SourceError(
                f"{variable} asks for a login that MLflow's own packages make; "
                "use MLFLOW_TRACKING_USERNAME and _PASSWORD, or MLFLOW_TRACKING_TOKEN"
            )
    kept = _kept(Path(environ.get("HOME") or Path.home()) / ".mlflow" / "credentials")
    name = environ.get("MLFLOW_TRACKING_USERNAME") or kept.get("mlflow_tracking_username", "")
    password = environ.get("MLFLOW_TRACKING_PASSWORD") or kept.get("mlflow_tracking_password", "")
    if name and password:
        return "MLFLOW_TRACKING_USERNAME and _PASSWORD", _basic(name, password)
    if token := environ.get("MLFLOW_TRACKING_TOKEN", "").strip():
        return "MLFLOW_TRACKING_TOKEN", f"Bearer {_one_line('MLFLOW_TRACKING_TOKEN', token)}"
    return "", ""


def _patience(seconds: str) -> float:
    given = of_cell(seconds)
    return given if given is not None and 0 < given <= _MOST_PATIENCE else _PATIENCE


def _kept(path: Path) -> Mapping[str, str]:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, OSError, ValueError) as error:
        raise SourceError(f"{path} cannot be read as MLflow's credentials: {type(error).__name__}") from None
    return parser["mlflow"] if parser.has_section("mlflow") else {}


def _basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def _one_line(variable: str, text: str) -> str:
    if not (text.isascii() and text.isprintable()):
        raise SourceError(f"{variable} holds characters that no request can carry; set it again")
    return text


def _host_of(address: str) -> str | None:
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return parts.hostname if parts.scheme in ("http", "https") else None
