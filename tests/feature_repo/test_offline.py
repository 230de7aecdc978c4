"""Point-in-time reads never see the future, and never lose a row."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airloom.logs.contract import EVENTS, TIMESTAMP
from airloom.logs.lake import Lake
from airloom.timestamps import EpochSeconds
from feature_repo import offline
from feature_repo.offline import histories_at, objects_before
from feature_repo.store import open_store

BEGIN = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())
DAY = 86_400


def asked(*rows: tuple[str, int]) -> pa.Table:
    users, seconds = zip(*rows, strict=True) if rows else ((), ())
    moments = pa.array([second * 1_000_000 for second in seconds], pa.int64()).cast(TIMESTAMP)
    return pa.table({"user_id": pa.array(users, pa.string()), "event_timestamp": moments})


def test_a_history_ends_at_the_last_midnight(built: str) -> None:
    rows = asked(
        ("ann", BEGIN + DAY - 1),
        ("ann", BEGIN + DAY),
        ("ann", BEGIN + 2 * DAY + 3_600),
        ("ann", BEGIN + 3 * DAY),
    )
    features = histories_at(open_store(lake=built), rows)
    assert features["object_ids"].to_pylist() == [
        [],
        ["video-1", "cat-bed"],
        ["video-1", "cat-bed", "video-1"],
        ["video-1", "cat-bed", "video-1", "late-rope"],
    ]
    assert features["actions"].to_pylist()[1] == ["view", "order"]
    assert features["timestamps"].to_pylist()[1] == [BEGIN + 3_600, BEGIN + 7_200]


def test_a_user_known_only_later_is_kept_with_an_empty_history(built: str) -> None:
    rows = asked(("new", BEGIN + DAY), ("nobody", BEGIN + 3 * DAY), ("bo", BEGIN + DAY))
    features = histories_at(open_store(lake=built), rows)
    assert features["user_id"].to_pylist() == ["new", "nobody", "bo"]
    assert features["object_ids"].to_pylist() == [[], [], ["video-1"]]
    assert features["timestamps"].type == pa.list_(pa.int64())


@settings(max_examples=10, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from(["ann", "bo", "new", "nobody"]), st.integers(BEGIN - DAY, BEGIN + 5 * DAY)),
        max_size=12,
    ),
    at_once=st.sampled_from([5, 100]),
)
def test_is_what_the_log_says_of_the_days_before(
    built: str, rows: list[tuple[str, int]], at_once: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(offline, "USERS_AT_ONCE", at_once)
        features = histories_at(open_store(lake=built), asked(*rows))
    log = sorted(Lake(built).read(EVENTS).to_pylist(), key=lambda row: row["ts"])
    for (user, second), timestamps in zip(rows, features["timestamps"].to_pylist(), strict=True):
        closed = second // DAY * DAY
        past = [int(row["ts"].timestamp()) for row in log if row["user_id"] == user]
        assert timestamps == [ts for ts in past if ts < closed]


def test_objects_are_read_as_they_were_and_later_ones_are_absent(built: str) -> None:
    ids = pa.array(["late-rope", "cat-bed", "video-1"])
    store = open_store(lake=built)
    early = objects_before(store, ids, before=EpochSeconds(BEGIN + 2 * DAY))
    assert early["object_id"].to_pylist() == ["cat-bed", "video-1"]
    assert early["price"].to_pylist() == [20.0, None]
    assert early["stock"].to_pylist() == [-1, -1]
    late = objects_before(store, ids, before=EpochSeconds(BEGIN + 3 * DAY))
    assert late["object_id"].to_pylist() == ["late-rope", "cat-bed", "video-1"]
    assert late["price"].to_pylist() == [60.0, 25.0, None]
    assert late["retired_at"].to_pylist() == [BEGIN + 5 * DAY, -1, -1]


def test_chinese_text_and_empty_lists_survive(built: str) -> None:
    features = objects_before(
        open_store(lake=built), pa.array(["video-1"]), before=EpochSeconds(BEGIN + 3 * DAY)
    ).to_pylist()[0]
    assert features["title"] == "猫咪日常"
    assert (features["category_path"], features["nodes"], features["lengths"], features["confidences"]) == (
        [],
        [],
        [],
        [],
    )
    assert len(features["embedding"]) == 8


def test_a_product_has_its_own_category_as_path(built: str) -> None:
    features = objects_before(
        open_store(lake=built), pa.array(["cat-bed"]), before=EpochSeconds(BEGIN + DAY)
    ).to_pylist()[0]
    assert (len(features["nodes"]), features["lengths"], features["confidences"]) == (3, [3], [1.0])
