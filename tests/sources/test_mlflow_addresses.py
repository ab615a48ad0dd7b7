"""Addresses of databases: which are taken, what is shown of them, and what is said of those that are not read."""

import sys

import pytest

from trackside.sources.addresses import shown, source_of
from trackside.sources.mlflow.postgres import PostgresStores
from trackside.sources.protocol import SourceError


@pytest.mark.parametrize(
    ("address", "taken"),
    [
        ("postgresql://ana:secret@host/db", True),
        ("postgresql+psycopg2://ana@host/db", True),
        ("postgres://host/db", True),
        ("mysql+pymysql://host/db", True),
        ("sqlite:///mlflow.db", True),
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
        ("sqlite:///mlflow.db", "give the path alone"),
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
    ],
)
def test_no_login_is_shown_of_an_address(address, expected):
    assert shown(address) == expected
