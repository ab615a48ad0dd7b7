"""Addresses of databases: which are taken, what is shown of them, and what is said of those that are not read."""

import sys

import pytest

from trackside.model.errors import TracksideError
from trackside.services.places.finding import finder_of
from trackside.services.places.opening import open_store
from trackside.sources.addresses import source_of
from trackside.sources.mlflow.postgres import PostgresStores
from trackside.sources.mlflow.rest import TrackingServer
from trackside.sources.protocol import PassingError, SourceError
from trackside.sources.shown import shown


@pytest.mark.parametrize(
    ("address", "taken"),
    [
        ("postgresql://ana:secret@host/db", True),
        ("postgresql+psycopg2://ana@host/db", True),
        ("postgres://host/db", True),
        ("mysql+pymysql://host/db", True),
        ("sqlite://mlflow.db", True),
        ("http://host:5000", False),
        ("runs/mlruns", False),
        ("postgresql", False),
    ],
)
def test_addresses_of_databases_are_told_from_paths_and_servers(address, taken):
    assert PostgresStores().takes(address) == taken
    assert isinstance(source_of(address), PostgresStores) == taken


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("mysql+pymysql://ana:secret@host/db", "databases of mysql are not read"),
        ("mssql+pyodbc://ana:secret@host/db", "databases of mssql are not read"),
        ("sqlite://mlflow.db", "give the path alone"),
        ("postgresql://ana:secret@[host/db", "no address of a database"),
        ("postgresql://ana:secret/secret@host/db", "no address of a database"),
        ("postgresql://ana:secret@host:secret/db", "no address of a database"),
    ],
)
def test_other_databases_are_refused_with_a_word(address, words):
    with pytest.raises(SourceError, match=words) as raised:
        list(PostgresStores().runs_at(address))
    assert "secret" not in str(raised.value)


def test_without_psycopg_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(SourceError, match=r"pip install 'trackside\[postgresql\]'") as raised:
        list(PostgresStores().runs_at("postgresql+psycopg2://ana:secret@host:5433/db?sslmode=require&password=secret"))
    assert str(raised.value).startswith("postgresql://host:5433/db?sslmode=require: ")
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (
            "postgresql://ana:secret@host:5433/db?sslmode=require&password=secret",
            "postgresql://host:5433/db?sslmode=require",
        ),
        ("postgresql:///db?host=/run/pg&user=ana&password=secret", "postgresql:///db?host=/run/pg"),
        ("postgresql://ana:secret/secret@host/db", "postgresql://host/db"),
        ("postgresql://ana:secret@[host/db", "postgresql://[host/db"),
        ("http://ana:secret@host:5000/#/experiments/1", "http://host:5000/#/experiments/1"),
        ("http://host:5000/#/experiments/1?searchFilter=a@b", "http://host:5000/#/experiments/1"),
        (" HTTP://ana:secret@host", "http://host"),
        ("HTTP:/ana:secret@host", "http:/host"),
        ("http:ana:secret@host", "http:host"),
        ("https//ana:secret@host", "host"),
        ("http://ana:secret@host:99x", "http://host:99x"),
        ("http://ana:sec?ret@host:80", "http://host:80"),
        ("http://ana:sec#ret@host:80/a", "http://host:80/a"),
        ("http://ana:sec@ret/secret@host/a", "http://host/a"),
        ("http://ana:secret#/secret@host/a", "http://host/a"),
        ("http://[::1]:5000/#/experiments/2", "http://[::1]:5000/#/experiments/2"),
        ("postgresql://host/db?Password=secret&api_key=secret&sslmode=require", "postgresql://host/db?sslmode=require"),
    ],
)
def test_no_login_is_shown_of_an_address(address, expected):
    assert shown(address) == expected


@pytest.mark.parametrize(
    "address",
    [
        "http://ana:secret@host:99x",
        "http://ana:sec?secret@host:80",
        "http://ana:1?secret@host:80",
        "http://ana:1/secret@host",
        "http://ana:word@secret/secret@host",
        "http://ana:word@host:5000/secret@other",
        "https://ana:secret@",
        "HTTP://ana:secret@[host",
        "Postgresql://ana:1/secret@host/db",
        "ftp://ana:secret@host",
    ],
)
def test_an_address_that_is_not_clear_is_refused_without_what_may_be_its_password(address):
    said = []
    for opening in (
        lambda text: finder_of(text)[0].find(),
        open_store,
        lambda text: list(TrackingServer().runs_at(text)),
    ):
        with pytest.raises(TracksideError) as raised:
            opening(address)
        said.append(str(raised.value))
    assert not [line for line in said if "secret" in line or "\n" in line]


def test_what_psycopg_says_of_an_address_tells_no_secret_on():
    pytest.importorskip("psycopg")
    with pytest.raises(SourceError) as raised:
        list(PostgresStores().runs_at("postgresql://ana:word@host/db?secretword"))
    assert "secretword" not in str(raised.value)


def test_a_server_that_is_not_there_may_be_there_later():
    pytest.importorskip("psycopg")
    with pytest.raises(PassingError):
        list(PostgresStores().runs_at("postgresql://ana@127.0.0.1:1/db"))
