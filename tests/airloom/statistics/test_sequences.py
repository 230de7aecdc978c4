from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from airloom.logs.contract import COMMERCE, CONTENT, EVENTS
from airloom.logs.lake import Lake
from airloom.ranking.history import ACTION_CODE
from airloom.statistics.sequences import Sequences, read_sequences
from airloom.timestamps import EpochSeconds, seconds_of

START = datetime(2026, 3, 1, tzinfo=UTC)


def some() -> Sequences:
    actions = [ACTION_CODE[name] for name in ("view", "order", "view", "click")]
    return Sequences(
        np.array([0, 0, 2, 2], np.int32),
        np.array([3, 1, 3, 0], np.int32),
        np.array(actions, np.int8),
        np.array([10, 20, 5, 30]),
    )


def test_starts_delimit_the_users_that_have_events() -> None:
    assert some().starts.tolist() == [0, 2, 4]


def test_events_can_be_cut_by_time_and_renamed() -> None:
    assert some().before(EpochSeconds(20)).timestamps.tolist() == [10, 5]
    renamed = some().with_rows(np.array([7, 8, 9, -1], np.int32))
    assert renamed.objects.tolist() == [8, 7]
    assert renamed.users.tolist() == [0, 2]
    assert some().is_commerce.tolist() == [False, True, False, True]


def test_a_lake_is_read_by_user_and_time_and_not_beyond_the_moment(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    daily = [
        ("b", 3, CONTENT, "view", "v"),
        ("a", 2, COMMERCE, "order", "p"),
        ("b", 1, COMMERCE, "click", "p"),
    ]
    for day in range(4):
        rows = [
            {"user_id": user, "ts": START + timedelta(days=day, hours=hour), "domain": domain}
            | {"action": action, "object_id": item}
            for user, hour, domain, action, item in daily
        ]
        lake.write(
            EVENTS, (START + timedelta(days=day)).date(), pa.Table.from_pylist(rows, EVENTS.stored_schema)
        )
    before = seconds_of(START + timedelta(days=3, hours=2))
    sequences, ids = read_sequences(lake, before=before, days=1)
    assert ids.to_pylist() == ["p", "v"]
    assert sequences.users.tolist() == [0, 1, 1, 1]
    assert [ids[int(row)].as_py() for row in sequences.objects] == ["p", "p", "v", "p"]
    assert (np.diff(sequences.timestamps[1:]) > 0).all()
    assert sequences.timestamps.max() < before


def test_microseconds_order_what_happened_in_one_second(tmp_path: Path) -> None:
    lake, names = Lake(tmp_path), [f"v{number:02}" for number in range(20)]
    rows = [
        {"user_id": "a", "ts": START + timedelta(microseconds=position), "domain": CONTENT, "action": "view"}
        | {"object_id": name}
        for position, name in enumerate(reversed(names))
    ]
    lake.write(EVENTS, START.date(), pa.Table.from_pylist(rows, EVENTS.stored_schema))
    sequences, ids = read_sequences(lake, before=EpochSeconds(seconds_of(START) + 1), days=1)
    assert [ids[int(row)].as_py() for row in sequences.objects] == names[::-1]


def test_returns_and_what_they_take_back_are_left_out(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lines = [
        ("click", "p", None),
        ("order", "p", 1),
        ("order", "q", 2),
        ("order", "p", -1),
        ("order", "q", -1),
    ]
    rows = [
        {"user_id": "u", "ts": START + timedelta(hours=hour), "domain": COMMERCE, "action": action}
        | {"object_id": item, "quantity": quantity, "request_id": "r"}
        for hour, (action, item, quantity) in enumerate(lines, start=1)
    ]
    lake.write(EVENTS, START.date(), pa.Table.from_pylist(rows, schema=EVENTS.stored_schema))

    def read(hour: float) -> list[tuple[str, int]]:
        past, ids = read_sequences(lake, before=seconds_of(START + timedelta(hours=hour)), days=9)
        names = ids.to_pylist()
        return [(names[row], action) for row, action in zip(past.objects, past.actions.tolist(), strict=True)]

    click, order = ACTION_CODE["click"], ACTION_CODE["order"]
    assert read(3.5) == [("p", click), ("p", order), ("q", order)]
    assert read(6) == [("p", click), ("q", order)]
