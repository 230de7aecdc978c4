from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airloom.logs.contract import EVENTS
from airloom.write_ahead_log import CHUNK_BYTES
from model_service.outbox.exposure_log import PAGE_RECORDS
from model_service.outbox.record_format import RecordFormat

EVENT_RECORDS = RecordFormat.row_per_line(EVENTS)
NOON = int(datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()) * 1_000_000
EVENT: dict[str, Any] = {
    "user_id": "a",
    "ts": NOON,
    "domain": "content",
    "action": "view",
    "object_id": "v",
    "dwell_s": None,
    "quantity": None,
    "unit_price": 23,
    "currency": "EUR",
    "request_id": None,
    "event_id": "e-1",
}
PAGE: dict[str, Any] = {
    "request_id": "r",
    "ts": NOON,
    "user_id": "a",
    "experiment": "e",
    "variant": "v",
    "model_version": "m",
    "snapshot_digest": "d",
    "degraded": ["unknown_user"],
    "object_ids": ["p", "q"],
    "scores": [2, 1.5],
}


def written(*records: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def read(
    form: RecordFormat, data: bytes, *, chunk_bytes: int = CHUNK_BYTES
) -> tuple[list[dict[str, Any]], bytes]:
    rows: list[dict[str, Any]] = []
    damaged = b""
    for table, others in form.read(io.BytesIO(data), chunk_bytes=chunk_bytes):
        assert table.schema == form.table.stored_schema
        rows += table.to_pylist()
        damaged += b"".join(others)
    return rows, damaged


def test_an_event_is_a_row() -> None:
    (row,), damaged = read(EVENT_RECORDS, written(EVENT))
    assert row == EVENT | {"ts": datetime(2026, 3, 1, 12, tzinfo=UTC), "unit_price": 23.0}
    assert damaged == b""


def test_a_segment_of_a_release_without_event_ids_still_lands() -> None:
    (row,), damaged = read(EVENT_RECORDS, written({key: EVENT[key] for key in EVENT if key != "event_id"}))
    assert row["event_id"] is None
    assert damaged == b""


def test_a_page_is_a_row_for_each_of_its_products() -> None:
    nothing = PAGE | {"object_ids": [], "scores": [], "request_id": "empty"}
    rows, damaged = read(PAGE_RECORDS, written(PAGE, nothing, PAGE | {"request_id": "s"}))
    shown = [(row["request_id"], row["position"], row["object_id"], row["score"]) for row in rows]
    assert shown == [("r", 1, "p", 2.0), ("r", 2, "q", 1.5), ("s", 1, "p", 2.0), ("s", 2, "q", 1.5)]
    assert rows[0]["degraded"] == ["unknown_user"]
    assert rows[0]["ts"] == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert damaged == b""


@pytest.mark.parametrize(
    "line",
    [
        b"soup\n",
        b"null\n",
        b"\0\n",
        written(EVENT).replace(b'"a"', b'"a\xff"'),
        written(EVENT | {"user_id": None}),
        b"\xff\n",
        b'{"ts":"soup"}\n',
        b'{"user_id":"b"}\n',
        b'{"ts":null}\n',
        written(EVENT | {"ts": -1}),
        written(EVENT | {"ts": 10**18}),
        written(EVENT | {"user_id": 7}),
        b"[1, 2]\n",
    ],
)
def test_a_damaged_line_is_told_apart(line: bytes) -> None:
    others = written(EVENT | {"user_id": "b"}, EVENT | {"user_id": "c"})
    rows, damaged = read(EVENT_RECORDS, written(EVENT) + line + others)
    assert [row["user_id"] for row in rows] == ["a", "b", "c"]
    assert damaged == line


@pytest.mark.parametrize("index", [0, 1, 2])
def test_an_empty_line_is_in_nobodys_way(index: int) -> None:
    lines = [written(EVENT), written(EVENT)]
    lines.insert(index, b"\n")
    assert len(read(EVENT_RECORDS, b"".join(lines))[0]) == 2


@pytest.mark.parametrize("lacking", ["object_ids", "scores", "request_id", "user_id"])
def test_a_page_that_lacks_something_is_damaged(lacking: str) -> None:
    less = written({name: value for name, value in PAGE.items() if name != lacking})
    rows, damaged = read(PAGE_RECORDS, less + written(PAGE))
    assert len(rows) == 2
    assert damaged == less


@pytest.mark.parametrize(
    "uneven",
    [
        [PAGE | {"scores": [1.0]}, PAGE | {"object_ids": ["p"]}],  # as many in all
        [PAGE | {"object_ids": ["p", None]}],
        [PAGE | {"scores": [None, 1.0]}],
    ],
)
def test_a_page_whose_products_and_scores_do_not_go_together_is_damaged(uneven: list[dict[str, Any]]) -> None:
    rows, damaged = read(PAGE_RECORDS, written(PAGE, *uneven, PAGE))
    assert [row["object_id"] for row in rows] == ["p", "q"] * 2
    assert damaged == written(*uneven)


def test_what_a_crash_cut_off_is_left_out() -> None:
    rows, damaged = read(EVENT_RECORDS, written(EVENT) + written(EVENT)[:-1])
    assert len(rows) == 1
    assert damaged == b""


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(
    users=st.lists(TEXTS, max_size=30),
    damaged=st.sets(st.integers(0, 29)),
    chunk=st.integers(1, 600),
)
def test_every_line_is_a_row_or_damaged_however_it_is_cut_into_chunks(
    users: list[str], damaged: set[int], chunk: int
) -> None:
    broken = [index in damaged for index in range(len(users))]
    data = [
        b"soup\n" if bad else written(EVENT | {"user_id": user})
        for user, bad in zip(users, broken, strict=True)
    ]
    rows, others = read(EVENT_RECORDS, b"".join(data), chunk_bytes=chunk)
    assert [row["user_id"] for row in rows] == [
        user for user, bad in zip(users, broken, strict=True) if not bad
    ]
    assert others == b"soup\n" * sum(broken)


def test_an_empty_file_has_no_rows() -> None:
    assert read(EVENT_RECORDS, b"") == ([], b"")
    assert read(EVENT_RECORDS, b"half a") == ([], b"")
