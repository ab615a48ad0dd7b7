"""What a store on another machine answers is held for a claim."""

from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from blake3 import blake3

from trackside.model.errors import DamagedError
from trackside.services.remote.near.store import RemoteStore
from trackside.services.remote.protocol.calls import Column, Rows
from trackside.services.remote.protocol.table_wire import packed, unpacked

HELD_BACK = Column(name="metric.loss", kind="float", held_back=True)
IDS = pl.DataFrame({"id": ["01ARZ3NDEKTSV4RRFFQ69G5FAV", "01J0000000ABCDEFGHJKMNPQRS"]})


@pytest.mark.parametrize(
    ("columns", "says"),
    [([HELD_BACK], "no ids"), ([*packed(IDS).columns, HELD_BACK], "where there are 2")],
)
def test_no_room_is_made_for_rows_that_did_not_come(columns: list[Column], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        unpacked(Rows(count=10**13, columns=columns))


def test_no_room_is_made_for_columns_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Rows(count=2, columns=[*packed(IDS).columns, *[HELD_BACK] * 10])
    monkeypatch.setattr("trackside.services.remote.protocol.table_wire._MOST_CELLS", 21)
    with pytest.raises(ValueError, match="more than are held"):
        unpacked(rows)


def test_content_that_another_one_sends_is_held_for_its_hash() -> None:
    def call(name: str, *given: Any) -> bytes:
        return b"other"

    there: Any = SimpleNamespace(opened=SimpleNamespace(first=[]), call=call)
    store = RemoteStore(there)
    with pytest.raises(DamagedError):
        store.content("01ARZ3NDEKTSV4RRFFQ69G5FAV", f"blake3:{blake3(b'meant').hexdigest()}")
    assert store.content("01ARZ3NDEKTSV4RRFFQ69G5FAV", f"blake3:{blake3(b'other').hexdigest()}") == b"other"
    assert store.content("01ARZ3NDEKTSV4RRFFQ69G5FAV", "at:elsewhere") == b"other"


def test_content_that_lies_in_place_is_what_lies_there_now() -> None:
    came = iter([b"first", b"overwritten"])
    there: Any = SimpleNamespace(opened=SimpleNamespace(first=[]), call=lambda *_: next(came))
    store = RemoteStore(there)
    assert [store.content("01ARZ3NDEKTSV4RRFFQ69G5FAV", "at:elsewhere") for _ in range(2)] == [b"first", b"overwritten"]
