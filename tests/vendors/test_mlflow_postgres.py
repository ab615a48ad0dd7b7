"""MLflow's PostgreSQL databases: a server of our own, written to by MLflow's client."""

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from gathered import Gathered
from mlflow_samples import compare

from trackside.sources import recent
from trackside.sources.mlflow.postgres import PostgresStores
from trackside.sources.protocol import SourceError

WORD = "p@ss/word:%" + secrets.token_hex(4)


def programs() -> Path:
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not places or not (places[-1] / "postgres").exists():
        pytest.skip("needs the programs of a PostgreSQL server: initdb, postgres")
    return places[-1]


@pytest.fixture(scope="module")
def server() -> Iterator[Path]:
    """The folder with the socket of a server that only this test has. PostgreSQL refuses to be run by root."""
    where = programs()
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, user)
    (folder / "word").write_text(WORD)
    (folder / "word").chmod(0o644)
    run = {"user": user, "cwd": folder} if os.geteuid() == 0 else {"cwd": folder}
    options = ["-U", "ana", "-A", "scram-sha-256", "--pwfile", str(folder / "word"), "-E", "UTF8", "--no-locale"]
    subprocess.run([where / "initdb", "-D", folder / "data", *options], check=True, capture_output=True, **run)
    quiet = ["-c", "listen_addresses=", "-c", "fsync=off", "-c", f"unix_socket_directories={folder}"]
    with subprocess.Popen(
        [where / "postgres", "-D", folder / "data", *quiet], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **run
    ) as process:
        try:
            answers(where, folder)
            yield folder
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)
            shutil.rmtree(folder, ignore_errors=True)


def answers(where: Path, folder: Path) -> None:
    deadline = time.monotonic() + 60
    pause = threading.Event()
    while subprocess.run([where / "pg_isready", "-q", "-h", folder], check=False).returncode:
        assert time.monotonic() < deadline, "the server does not answer"
        pause.wait(0.1)


def address(server: Path, kind: str = "postgresql", word: str = WORD) -> str:
    return f"{kind}://ana:{quote(word, safe='')}@/postgres?host={server}"


@pytest.fixture(scope="module")
def logged(server, tmp_path_factory) -> Path:
    """The runs of the samples, logged into the database by MLflow itself."""
    pytest.importorskip("mlflow")
    script = Path(__file__).parents[1] / "sources" / "samples" / "make_mlflow.py"
    spec = importlib.util.spec_from_file_location("make_mlflow", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    os.chdir(tmp_path_factory.mktemp("runs"))
    module.write(address(server, "postgresql+psycopg2"))
    return server


def read(source: PostgresStores, where: str) -> dict[str, Gathered]:
    runs = {found.address: Gathered(found) for found in source.runs_at(where)}
    for run in runs.values():
        run.take(source.follow(run.found, None))
    return runs


def test_a_database_is_read_as_it_was_logged_and_its_password_is_nowhere(logged, monkeypatch):
    monkeypatch.setattr(recent, "QUIET_SECONDS", -1)
    runs = read(PostgresStores(), address(logged))
    compare(runs)
    assert WORD not in repr(runs)
    assert quote(WORD, safe="") not in repr(runs)
    assert all(name.startswith(f"postgresql:///postgres?host={logged}#") for name in runs)


def test_what_is_new_comes_and_the_rest_stays(logged):
    import mlflow

    source = PostgresStores()
    run = next(run for run in read(source, address(logged)).values() if run.facts.name == "cut")
    before = source.stamp(run.found)
    points = run.curves["loss"].value.tolist()
    client = mlflow.MlflowClient(address(logged, "postgresql+psycopg2"))
    client.log_metric(run.found.identity, "loss", 7.0, step=9)
    client.log_metric(run.found.identity, "loss", 8.0, step=10)
    assert PostgresStores().takes(address(logged))
    fresh = PostgresStores()
    list(fresh.runs_at(address(logged)))
    assert fresh.stamp(run.found) != before
    run.take(source.follow(run.found, run.cursor))
    assert run.curves["loss"].value.tolist() == [*points, 7.0, 8.0]
    assert run.gone == 0
    client.log_metric(run.found.identity, "loss", 9.0, step=11, timestamp=1_700_000_000_000)
    run.take(source.follow(run.found, run.cursor))
    curve = run.curves["loss"]
    assert sorted(curve.value[~curve.gone].tolist()) == sorted([*points, 7.0, 8.0, 9.0])


def test_a_wrong_password_and_a_server_that_is_not_there_are_one_line(logged):
    for where in (address(logged, word="wrong-word"), "postgresql://ana:wrong-word@127.0.0.1:1/postgres"):
        with pytest.raises(SourceError) as raised:
            list(PostgresStores().runs_at(where))
        assert str(raised.value).startswith("postgresql://")
        assert "\n" not in str(raised.value)
        assert "wrong-word" not in str(raised.value)


def test_a_database_that_is_none_of_mlflow_is_one_line(logged):
    where = address(logged).replace("/postgres?", "/template1?")
    with pytest.raises(SourceError, match="is no database of MLflow"):
        list(PostgresStores().runs_at(where))


def test_nothing_can_be_written(logged):
    code = (
        "import sys; from trackside.sources.mlflow.postgres import Connected;"
        "c = Connected('x', sys.argv[1]); list(c.rows('DELETE FROM metrics RETURNING 1'))"
    )
    tried = subprocess.run([sys.executable, "-c", code, address(logged)], capture_output=True, text=True, check=False)
    assert "read-only transaction" in tried.stderr or "SourceError" in tried.stderr
    assert tried.returncode
