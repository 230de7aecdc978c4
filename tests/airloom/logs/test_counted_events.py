from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from airloom.experiments.experiment import Experiment, Variant
from airloom.experiments.outcomes import read_outcomes
from airloom.experiments.readout import AnalysisSettings
from airloom.logs.contract import EVENTS
from airloom.logs.counted_events import COUNTED, read_counted_events
from airloom.logs.histories import user_histories
from airloom.logs.lake import Lake
from airloom.statistics.popularity import PopularitySettings, popularity
from airloom.statistics.sequences import read_sequences
from airloom.timestamps import EpochSeconds, end_of, seconds_of
from tests.airloom.experiments.conftest import SmallPlatform

FIRST = date(2026, 3, 10)
MIDNIGHT = datetime(2026, 3, 10, tzinfo=UTC)
DAYS = 4
ANN_AND_BO = ("ann", "bo")


def line(hour: float, quantity: int | None, **changes: Any) -> dict[str, Any]:
    """Return an order or a return, by default of ann, product p and page r0."""
    return {
        "user_id": "ann",
        "ts": MIDNIGHT + timedelta(hours=hour),
        "domain": "commerce",
        "action": "order",
        "object_id": "p",
        "quantity": quantity,
        "unit_price": 1.0,
        "request_id": "r0",
    } | changes


logs = st.lists(
    st.builds(
        line,
        st.sampled_from([1, 1.5, 30, 50, 51, 75]),  # few: much happens at one instant
        st.sampled_from([None, 1, 1, 2, 3, -1, -1, -2, -3]),
        user_id=st.sampled_from(["ann", "ann", "ann", "bo"]),
        object_id=st.sampled_from(["p", "p", "p", "q"]),
        request_id=st.sampled_from(["r0", "r0", "r1", None]),
        action=st.sampled_from(["order"] * 6 + ["click"]),
    ),
    max_size=14,
)
TWO_LINES = [line(1, 1), line(1, 1), line(30, -1)]
TWO_PAGES = [line(1, 1), line(1, 1, request_id="r1"), line(30, -1), line(50, -1)]
BACK_IN_PARTS = [line(1, 3), line(30, -1), line(50, -1), line(51, -1), line(75, 1)]


def counted(rows: list[dict[str, Any]], before: EpochSeconds) -> Counter[tuple[str, str, str, datetime]]:
    """What counts, said as plainly as possible: pieces that come back are the last that were ordered."""
    kept: Counter[tuple[str, str, str, datetime]] = Counter()
    past = [row for row in rows if row["ts"].timestamp() < before]
    kept.update((row["user_id"], row["object_id"], "click", row["ts"]) for row in past if is_click(row))
    orders = [row | {"quantity": row["quantity"] or 1} for row in past if not is_click(row)]
    for together in {(row["user_id"], row["object_id"], row["request_id"]) for row in orders}:
        pieces: list[tuple[datetime, int]] = []
        of_these = [
            row for row in orders if (row["user_id"], row["object_id"], row["request_id"]) == together
        ]
        for number, row in enumerate(sorted(of_these, key=lambda row: (row["ts"], -row["quantity"]))):
            if row["quantity"] > 0:
                pieces += [(row["ts"], number)] * row["quantity"]
            else:
                del pieces[max(len(pieces) + row["quantity"], 0) :]
        kept.update((*together[:2], "order", ts) for ts, _ in set(pieces))
    return kept


def is_click(row: dict[str, Any]) -> bool:
    return bool(row["action"] == "click")


def lake_of(root: Path, rows: list[dict[str, Any]]) -> Lake:
    platform = SmallPlatform(root)
    for user in ANN_AND_BO:
        platform.show(user, "air", 0, "p", "q")
    platform.events = rows
    return platform.deliver()


def read(lake: Lake, before: EpochSeconds, since: date = FIRST) -> Counter[tuple[str, str, str, datetime]]:
    table = read_counted_events(lake.dataset(EVENTS, since=since), before=before).to_pylist()
    return Counter((row["user_id"], row["object_id"], row["action"], row["ts"]) for row in table)


@settings(max_examples=12, deadline=None)
@given(logs, st.integers(0, 3), st.integers(1, 76))
@example(TWO_LINES, 0, 76)
@example(TWO_PAGES, 0, 49)
@example(BACK_IN_PARTS, 0, 49)
@example(BACK_IN_PARTS, 0, 76)
def test_as_many_orders_go_as_were_taken_back_whatever_days_are_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], first: int, hour: int
) -> None:
    lake = lake_of(tmp_path_factory.mktemp("lake"), rows)
    since = FIRST + timedelta(days=first)
    before = EpochSeconds(seconds_of(MIDNIGHT) + hour * 3600)
    expected = {event: n for event, n in counted(rows, before).items() if event[3].date() >= since}
    assert read(lake, before, since) == expected


@settings(max_examples=6, deadline=None)
@given(logs, st.integers(0, DAYS - 1))
@example(TWO_LINES, 3)
@example(TWO_PAGES, 1)
@example(BACK_IN_PARTS, 1)
@example(BACK_IN_PARTS, 3)
def test_features_training_and_the_experiment_agree_on_what_was_kept(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], last: int
) -> None:
    lake = lake_of(tmp_path_factory.mktemp("lake"), rows)
    through = FIRST + timedelta(days=last)
    before = end_of(through)
    expected = counted(rows, before)
    orders = Counter({event: n for event, n in expected.items() if event[2] == "order"})

    sequences, ids = read_sequences(lake, before=before, days=DAYS)
    names = ids.to_pylist()
    in_sequences = Counter(
        (names[item], moment)
        for item, moment in zip(sequences.objects.tolist(), sequences.timestamps.tolist(), strict=True)
    )
    assert in_sequences == Counter((item, seconds_of(ts)) for _, item, _, ts in expected.elements())

    only_orders = PopularitySettings(order=1.0, cart=0.0, click=0.0, half_life_days=math.inf)
    table = popularity(lake, before=before, settings=only_orders).to_pydict()
    popular = dict(zip(table["object_id"], table["popularity"], strict=True))
    assert {item: n for item, n in popular.items() if n} == Counter(
        item for _, item, _, _ in orders.elements()
    )

    for row in user_histories(lake, since=FIRST, through=through).to_pylist():
        listed = zip(row["object_ids"], row["actions"], row["timestamps"], strict=True)
        assert Counter(listed) == Counter(
            (item, action, seconds_of(ts))
            for user, item, action, ts in counted(rows, end_of(row["day"])).elements()
            if user == row["user_id"]
        )

    experiment = Experiment(
        "home-ranking",
        (Variant("item_cf", 0.5, "item_cf"), Variant("air", 0.5, "air")),
        salt="1",
        control="item_cf",
    )
    users = read_outcomes(lake, AnalysisSettings(experiment, FIRST), through).users.to_pylist()
    by_user = Counter(user for user, _, _, _ in orders.elements())
    assert {row["user_id"]: row["orders"] for row in users} == {user: by_user[user] for user in ANN_AND_BO}


def test_a_log_without_returns_counts_whole(tmp_path: Path) -> None:
    rows = [line(1, None), line(1, 2), line(2, None, action="click"), line(30, 1)]
    lake = lake_of(tmp_path / "lake", rows)
    assert read(lake, end_of(FIRST)) == counted(rows, end_of(FIRST))
    empty = read_counted_events(Lake(tmp_path / "none").dataset(EVENTS), before=end_of(FIRST))
    assert empty.schema == COUNTED
    assert empty.num_rows == 0
