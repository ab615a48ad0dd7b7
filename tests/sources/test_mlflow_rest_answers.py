"""Whatever a server answers, one line says what is wrong; and no login is given to anybody that it is not for."""

import ssl
import subprocess
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import pytest
from mlflow_fake import Answer, Asked, FakeMlflow, basic, serving

from trackside.sources.mlflow import connections, rest_client
from trackside.sources.mlflow.login import Login, login
from trackside.sources.mlflow.rest import TrackingServer
from trackside.sources.mlflow.rest_client import Client, ServerError
from trackside.sources.protocol import SourceError

HTML = b"<!doctype html><html><body>Please log in</body></html>"
DEEP = b"[" * 200_000
HALF = b'{"runs": [{"info": {"run_id": "a"'


@pytest.fixture(autouse=True)
def no_login(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.upper(), raising=False)
    for variable in ("URI", "USERNAME", "PASSWORD", "TOKEN", "INSECURE_TLS", "SERVER_CERT_PATH", "CLIENT_CERT_PATH"):
        monkeypatch.delenv(f"MLFLOW_TRACKING_{variable}", raising=False)


@pytest.fixture
def fake() -> Iterator[FakeMlflow]:
    with serving() as fake:
        yield fake


def refused(fake: FakeMlflow, answer: Answer, address: str | None = None) -> str:
    """The one line that is said where every request is answered so."""
    fake.hooks = [lambda _: answer]
    with pytest.raises(SourceError) as told:
        list(TrackingServer().runs_at(address or fake.address))
    line = str(told.value)
    assert line.isprintable()
    assert len(line) < 400
    return line.removeprefix(fake.address).strip()


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (Answer(401), "answers 401: it wants a login; set MLFLOW_TRACKING_USERNAME and"),
        (Answer(403), "answers 403 to /api/2.0/mlflow/experiments/search: this login may not read that"),
        (Answer(404, HTML), "no MLflow server is there; check the address and its path"),
        (Answer(400, {"error_code": "BAD\x1b", "message": "a\nb"}), ": BAD␛ a␊b; see the server's log"),
        (Answer(500, HTML), "answers 500 to /api/2.0/mlflow/experiments/search: no word on why; see the"),
        (Answer(200, HTML), "with a web page, as a login page or a proxy does; check the address"),
        (Answer(200, b""), "with nothing; check the address"),
        (Answer(200, b"\x00\xff\xfe"), "with what is no JSON"),
        (Answer(200, HALF), "with what is no JSON"),
        (Answer(200, DEEP), "with what is no JSON"),
        (Answer(200, b"9" * 5_000), "with what is no JSON"),
        (Answer(200, []), "in another shape (Expected `object`, got `array`)"),
        (Answer(200, {"experiments": [{"name": 5}]}), "in another shape"),
        (Answer(200, {"experiments": [{}]}), "in another shape"),
        (Answer(204), "answers 204"),
        (Answer(None), "answers nothing whole to /api/2.0/mlflow/experiments/search"),
        (Answer(raw=b"220 mail.example ESMTP\r\n"), "answers nothing whole"),
        (Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}"), "answers nothing whole"),
        (Answer(raw=b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n"), "answers nothing whole"),
        (Answer(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), "answers nothing whole"),
        (Answer(302, headers={"Location": "http://[broken"}), "redirects to no address"),
        (Answer(302, headers={"Location": "file:///etc/passwd"}), "redirects to no address"),
        (Answer(302, headers={"Location": "/again"}), "answers 302"),
    ],
)
def test_an_answer_that_is_none_is_told_in_one_line(fake: FakeMlflow, answer: Answer, line: str) -> None:
    assert line in refused(fake, answer)


def test_a_server_that_is_not_there_is_told(fake: FakeMlflow) -> None:
    with serving() as other:
        address = other.address
    with pytest.raises(SourceError, match=r"cannot be reached \(Connection refused\); start the server"):
        list(TrackingServer().runs_at(address))


def test_a_server_that_never_answers_is_told(fake: FakeMlflow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "0.2")
    answered = threading.Event()

    def late(_: Asked) -> Answer:
        answered.wait(60)
        return Answer()

    fake.hooks = [late]
    try:
        with pytest.raises(SourceError, match=r"does not answer in time to /api/2.0/mlflow/experiments/search"):
            list(TrackingServer().runs_at(fake.address))
    finally:
        answered.set()


def test_an_answer_larger_than_any_is_not_read(fake: FakeMlflow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest_client, "LARGEST", 1 << 20)
    for answer in (Answer(200, b'"' + b"x" * (2 << 20)), Answer(raw=b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (2 << 20))):
        assert "answers more than 1 MiB to /api/2.0/mlflow/experiments/search; it is not read" in refused(fake, answer)


@pytest.mark.parametrize("address", ["http://", "http://:80", "http://host:port", "http://[::1", "https://host:99999"])
def test_an_address_that_is_none_is_told(address: str) -> None:
    with pytest.raises(SourceError, match="is no address of a server, such as"):
        list(TrackingServer().runs_at(address))


def test_a_server_that_asks_to_come_later_is_asked_later() -> None:
    waits: list[float] = []
    with serving() as fake:
        answers = [Answer(429, headers={"Retry-After": "3"}), Answer(503, headers={"Retry-After": "7"}), Answer(503)]
        fake.hooks = [lambda _: answers.pop(0) if answers else Answer(body={})]
        assert Client(fake.address, Login(), waits.append).get("/x", {}, dict) == {}
    assert waits == [3, 7, 4]


def test_waiting_for_a_server_has_an_end() -> None:
    waits: list[float] = []
    with serving() as fake:
        fake.hooks = [lambda _: Answer(429, headers={"Retry-After": "25"})]
        with pytest.raises(ServerError, match="answers 429: it is busy; try again later"):
            Client(fake.address, Login(), waits.append).get("/x", {}, dict)
        assert waits == [25, 25]
        fake.hooks = [lambda _: Answer(503, headers={"Retry-After": "Wed, 01 Jan 2098 00:00:00 GMT"})]
        with pytest.raises(ServerError, match=r"it is busy for another \d+ s; try again later"):
            Client(fake.address, Login(), waits.append).get("/x", {}, dict)
        fake.hooks = [lambda _: Answer(503)]
        with pytest.raises(ServerError, match="it is busy; try again later"):
            Client(fake.address, Login(), waits.append).get("/x", {}, dict)
    assert waits[2:] == [1, 2, 4, 8, 16]


def test_a_kept_connection_that_the_server_closed_is_no_failure() -> None:
    with serving() as fake:
        fake.hooks = [lambda _: Answer(body={}, headers={"Content-Length": "2"})]
        client = Client(fake.address, Login())
        client.get("/x", {}, dict)
        hung_up = iter([Answer(None)])
        fake.hooks = [lambda _: next(hung_up, Answer(body={}))]
        assert client.get("/x", {}, dict) == {}


def test_one_connection_serves_many_requests() -> None:
    with serving() as fake:
        fake.hooks = [lambda _: Answer(body={})]
        client = Client(fake.address, Login())
        for _ in range(5):
            client.get("/x", {}, dict)
        assert len({asked.port for asked in fake.asked}) == 1


def test_a_redirect_on_the_same_server_is_followed_with_the_login_and_the_question(fake: FakeMlflow) -> None:
    def moved(asked: Asked) -> Answer | None:
        if asked.target.startswith("/new"):
            asked.target = asked.target.removeprefix("/new")
            return None
        return Answer(307, headers={"Location": f"/new{asked.target}"})

    fake.hooks = [moved]
    fake.run(1)
    assert len(list(TrackingServer().runs_at(fake.address.replace("://", "://a:b@")))) == 1
    assert {asked.headers["Authorization"] for asked in fake.asked} == {basic("a", "b")}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_login_follows_a_redirect_to_another_server(fake: FakeMlflow, status: int) -> None:
    with serving() as other:
        answer = Answer(status, headers={"Location": f"{other.address}/api/2.0/mlflow/experiments/search"})
        line = refused(fake, answer, fake.address.replace("://", "://me:secret@"))
        assert f"redirects to {other.address}, and no login is sent to another server" in line
        assert other.asked == []


def logged_in(environ: Mapping[str, str], host: str = "ml.example", **given: tuple[str, str]) -> str | None:
    return login(host, given.get("userinfo"), environ).headers.get("Authorization")


def test_name_and_password_come_from_mlflows_variables(tmp_path: Path) -> None:
    both = {"HOME": str(tmp_path), "MLFLOW_TRACKING_USERNAME": "ada", "MLFLOW_TRACKING_PASSWORD": "p:%ä"}
    assert logged_in(both) == basic("ada", "p:%ä")
    assert logged_in(both | {"MLFLOW_TRACKING_TOKEN": "t"}) == basic("ada", "p:%ä"), "they go before a token"
    assert logged_in(both, userinfo=("me", "mine")) == basic("me", "mine"), "an address goes before both"
    assert logged_in({"HOME": str(tmp_path), "MLFLOW_TRACKING_TOKEN": " t\n"}) == "Bearer t"
    assert logged_in({"HOME": str(tmp_path), "MLFLOW_TRACKING_USERNAME": "ada"}) is None
    assert logged_in({"HOME": str(tmp_path)}) is None


def test_name_and_password_come_from_mlflows_file(tmp_path: Path) -> None:
    file = tmp_path / ".mlflow" / "credentials"
    file.parent.mkdir()
    file.write_text("[mlflow]\nmlflow_tracking_username = ada\nmlflow_tracking_password = 50%off\n")
    home = {"HOME": str(tmp_path)}
    assert logged_in(home) == basic("ada", "50%off")
    assert logged_in(home | {"MLFLOW_TRACKING_USERNAME": "eve"}) == basic("eve", "50%off")
    for odd in (b"no section", b"[mlflow]\n[mlflow]\n", b"\xff\xfe"):
        file.write_bytes(odd)
        with pytest.raises(SourceError, match="cannot be read as MLflow's credentials"):
            logged_in(home)


def test_the_variables_of_another_server_are_not_given_away(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "MLFLOW_TRACKING_TOKEN": "t", "MLFLOW_TRACKING_URI": "https://ml.example/x"}
    assert logged_in(environ) == "Bearer t"
    assert logged_in(environ, "other.example") is None
    assert logged_in(environ | {"MLFLOW_TRACKING_URI": "sqlite:///mlflow.db"}, "other.example") == "Bearer t"


def test_a_login_that_mlflows_own_packages_make_is_told(tmp_path: Path) -> None:
    for variable in ("MLFLOW_TRACKING_AUTH", "MLFLOW_TRACKING_AWS_SIGV4"):
        with pytest.raises(SourceError, match=f"{variable} asks for a login that MLflow's own packages make"):
            logged_in({"HOME": str(tmp_path), variable: "true"})


def test_a_secret_is_in_no_message_and_no_repr(tmp_path: Path) -> None:
    for odd in ("se\ncret", "secrét", "se\x00cret"):
        with pytest.raises(SourceError, match="MLFLOW_TRACKING_TOKEN holds characters") as told:
            logged_in({"HOME": str(tmp_path), "MLFLOW_TRACKING_TOKEN": odd})
        assert "se" not in str(told.value).split("MLFLOW_TRACKING_TOKEN")[0]
    assert "s3cret" not in repr(login("h", None, {"HOME": str(tmp_path), "MLFLOW_TRACKING_TOKEN": "s3cret"}))


def test_a_wrong_login_is_told_by_where_it_came_from(fake: FakeMlflow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "wrong")
    assert "answers 401: it does not take what MLFLOW_TRACKING_TOKEN says" in refused(fake, Answer(401))


def test_a_workspace_travels_in_its_header(fake: FakeMlflow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_WORKSPACE", "vision")
    list(TrackingServer().runs_at(fake.address))
    assert {asked.headers.get("X-MLFLOW-WORKSPACE") for asked in fake.asked} == {"vision"}


def test_a_proxy_is_asked_where_the_environment_names_one(fake: FakeMlflow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", fake.address.replace("://", "://p%40:q@"))

    def proxied(asked: Asked) -> Answer | None:
        assert asked.target.startswith("http://ml.example:5000/api/")
        asked.target = asked.target.removeprefix("http://ml.example:5000")
        return None

    fake.hooks = [proxied]
    fake.run(1)
    (run,) = TrackingServer().runs_at("http://ml.example:5000")
    assert run.address.startswith("http://ml.example:5000/#/")
    assert {asked.headers["Proxy-Authorization"] for asked in fake.asked} == {basic("p@", "q")}
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    fake.hooks = []
    assert len(list(TrackingServer().runs_at(fake.address))) == 1


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of its own for 127.0.0.1, with its key in one file."""
    folder = tmp_path_factory.mktemp("tls")
    what = "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=here -addext subjectAltName=IP:127.0.0.1"
    command = [*what.split(), "-keyout", folder / "key", "-out", folder / "certificate"]
    made = subprocess.run(command, capture_output=True, check=False)
    if made.returncode:
        pytest.skip("openssl makes no certificate here")
    both = folder / "both.pem"
    both.write_bytes((folder / "certificate").read_bytes() + (folder / "key").read_bytes())
    return both


def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_a_certificate_that_nobody_trusts_is_told_and_can_be_named(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(server_tls(certificate)) as fake:
        with pytest.raises(SourceError, match=r"a certificate that is not trusted \(self-signed certificate\)"):
            list(TrackingServer().runs_at(fake.address))
        monkeypatch.setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", str(certificate))
        assert list(TrackingServer().runs_at(fake.address)) == []
        monkeypatch.delenv("MLFLOW_TRACKING_SERVER_CERT_PATH")
        monkeypatch.setenv("MLFLOW_TRACKING_INSECURE_TLS", "true")
        assert list(TrackingServer().runs_at(fake.address)) == []
        monkeypatch.setenv("MLFLOW_TRACKING_CLIENT_CERT_PATH", "/no/such/file")
        with pytest.raises(SourceError, match="no certificate can be read"):
            list(TrackingServer().runs_at(fake.address))


def test_a_certificate_of_the_persons_own_is_shown(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = server_tls(certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(certificate)
    monkeypatch.setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", str(certificate))
    monkeypatch.setenv("MLFLOW_TRACKING_CLIENT_CERT_PATH", str(certificate))
    with serving(context) as fake:
        assert list(TrackingServer().runs_at(fake.address)) == []


def test_a_server_without_tls_is_told_at_an_https_address(fake: FakeMlflow) -> None:
    with pytest.raises(SourceError, match="does not speak TLS as it should"):
        list(TrackingServer().runs_at(fake.address.replace("http://", "https://")))


def test_an_origin_says_its_port_only_where_it_is_another() -> None:
    shown = {url: str(connections.Origin.of(url)) for url in ("http://H:80/x", "https://h", "https://[::1]:5000")}
    assert shown == {"http://H:80/x": "http://h", "https://h": "https://h", "https://[::1]:5000": "https://[::1]:5000"}


def test_json_of_python_is_read_to_the_bit() -> None:
    class Odd(msgspec.Struct):
        values: list[float]
        name: str = ""

    found = rest_client.decoded(b'{"values": [NaN, -Infinity, 0.1, "0.30000000000000004"], "name": "\\ud800"}', Odd)
    assert list(map(repr, found.values)) == ["nan", "-inf", "0.1", "0.30000000000000004"]
    assert found.name == "?"
