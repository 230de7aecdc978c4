from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airloom.logs.cast import cast_to_table
from airloom.logs.contract import EVENTS
from airloom.logs.histories import HISTORIES, user_histories
from airloom.logs.lake import Lake

FIRST = date(2026, 3, 1)
MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)

events = st.lists(
    st.fixed_dictionaries(
        {
            "user_id": st.sampled_from(["ann", "bob", "cy"]),
            "ts": st.integers(0, 5 * 86_400 - 1).map(
                lambda s: MIDNIGHT + timedelta(seconds=s // 7_000 * 7_000)
            ),
            "domain": st.just("content"),
            "action": st.sampled_from(["like", "view"]),
            "object_id": st.sampled_from(["a", "b", "c"]),
        }
    ),
    max_size=60,
)


def lake_of(root: Path, rows: list[dict[str, Any]]) -> Lake:
    lake = Lake(root)
    for day in {row["ts"].date() for row in rows}:
        of_day = [row for row in rows if row["ts"].date() == day]
        lake.write(EVENTS, day, cast_to_table(pa.Table.from_pylist(of_day), EVENTS))
    return lake


def by_the_book(rows: list[dict[str, Any]], since: date, through: date, limit: int) -> list[dict[str, Any]]:
    """What a history is, said as plainly as possible."""
    expected = []
    for user, day in sorted({(row["user_id"], row["ts"].date()) for row in rows}):
        if since <= day <= through:
            past = sorted(
                (row["ts"], row["action"], row["object_id"])
                for row in rows
                if row["user_id"] == user and row["ts"].date() <= day
            )[-limit:]
            expected.append(
                {
                    "user_id": user,
                    "day": day,
                    "object_ids": [o for _, _, o in past],
                    "actions": [a for _, a, _ in past],
                    "timestamps": [int(t.timestamp()) for t, _, _ in past],
                }
            )
    return expected


@settings(max_examples=60, deadline=None)
@given(events, st.integers(0, 4), st.integers(0, 4), st.integers(1, 7))
def test_a_history_is_the_last_events_up_to_the_end_of_its_day(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], first: int, length: int, limit: int
) -> None:
    since, through = FIRST + timedelta(days=first), FIRST + timedelta(days=min(first + length, 4))
    lake = lake_of(tmp_path_factory.mktemp("lake"), rows)

    histories = user_histories(lake, since=since, through=through, limit=limit)

    assert histories.schema == HISTORIES
    assert histories.to_pylist() == by_the_book(rows, since, through, limit)


def test_later_events_do_not_change_the_histories_of_earlier_days(tmp_path: Path) -> None:
    row = {"user_id": "ann", "domain": "content", "action": "view"}
    monday = [{**row, "ts": MIDNIGHT + timedelta(hours=h), "object_id": f"o{h}"} for h in range(5)]
    tuesday = [{**row, "ts": MIDNIGHT + timedelta(days=1), "object_id": "o9"}]
    before = user_histories(lake_of(tmp_path / "before", monday), since=FIRST, through=FIRST)
    after = user_histories(lake_of(tmp_path / "after", monday + tuesday), since=FIRST, through=FIRST)
    assert before.equals(after)


def test_an_empty_lake_has_no_histories(tmp_path: Path) -> None:
    histories = user_histories(Lake(tmp_path), since=FIRST, through=FIRST)
    assert histories.schema == HISTORIES
    assert histories.num_rows == 0


def test_an_order_that_came_back_leaves_the_history_at_the_end_of_that_day(tmp_path: Path) -> None:
    def row(days: float, action: str, quantity: int | None = None) -> dict[str, Any]:
        domain = "content" if action == "view" else "commerce"
        ts = MIDNIGHT + timedelta(days=days)
        return {"user_id": "ann", "ts": ts, "domain": domain, "action": action, "object_id": "a"} | {
            "quantity": quantity,
            "request_id": "r",
        }

    rows = [row(0.1, "view"), row(0.2, "order", 1), row(1.5, "view"), row(2.5, "order", -1), row(4.5, "view")]
    lake = lake_of(tmp_path, rows)

    histories = user_histories(lake, since=FIRST, through=FIRST + timedelta(days=4)).to_pylist()

    assert [(history["day"].day, history["actions"]) for history in histories] == [
        (1, ["view", "order"]),
        (2, ["view", "order", "view"]),
        (3, ["view", "view"]),
        (5, ["view", "view", "view"]),
    ]
    earlier = user_histories(lake, since=FIRST, through=FIRST + timedelta(days=1)).to_pylist()
    assert earlier == histories[:2]  # nobody knew yet
