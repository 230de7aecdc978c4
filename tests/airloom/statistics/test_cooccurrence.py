"""The vectorised, chunked table against the sum over pairs that its docstring states."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airloom.logs.contract import COMMERCE, COMMERCE_ACTIONS, CONTENT, EVENTS
from airloom.logs.lake import Lake
from airloom.statistics import cooccurrence as module
from airloom.statistics.cooccurrence import CooccurrenceSettings, cooccurrence
from airloom.timestamps import seconds_of

START = datetime(2026, 3, 1, tzinfo=UTC)
BEFORE = seconds_of(START + timedelta(days=8))
Event = tuple[str, int, str, str]
"""User, minutes after START, action, object."""

minutes = st.lists(st.integers(0, 9 * 1440), min_size=0, max_size=40, unique=True)
happening = st.sampled_from(
    [("view", "v1"), ("like", "v2"), ("click", "p1"), ("cart", "p1"), ("order", "p2"), ("order", "p3")]
)


@st.composite
def logs(draw: st.DrawFn) -> list[Event]:
    return [(draw(st.sampled_from("ab")), minute, *draw(happening)) for minute in draw(minutes)]


def lake_of(root: Path, events: list[Event]) -> Lake:
    lake = Lake(root)
    by_day: dict[date, list[dict[str, object]]] = defaultdict(list)
    for user, minute, action, object_id in events:
        ts = START + timedelta(minutes=minute)
        domain = COMMERCE if action in COMMERCE_ACTIONS else CONTENT
        row = {"user_id": user, "ts": ts, "domain": domain, "action": action, "object_id": object_id}
        by_day[ts.date()].append(row)
    for day, rows in by_day.items():
        lake.write(EVENTS, day, pa.Table.from_pylist(rows, schema=EVENTS.stored_schema))
    return lake


def naive_links(events: list[Event], s: CooccurrenceSettings) -> dict[str, dict[str, float]]:
    """Two loops over the events, then the division."""
    past = sorted((u, m, a, o) for u, m, a, o in events if m < 8 * 1440)
    age = {m: (BEFORE - START.timestamp() - 60 * m) / 86_400 for _, m, _, _ in past}
    fade = {m: 0.5 ** (age[m] / s.half_life_days) for m in age}
    own: dict[str, float] = defaultdict(float)
    for _, m, a, o in past:
        own[o] += getattr(s, a) * fade[m]
    links: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for i, (user, _, source_action, source) in enumerate(past):
        for j, (other, m, action, product) in enumerate(past):
            distance = j - i
            if other == user and product != source and product[0] == "p" and 0 < abs(distance) <= s.window:
                worth = getattr(s, source_action) * getattr(s, action) * fade[m] / abs(distance) ** 0.5
                links[source][product] += worth * (1.0 if distance > 0 else s.reverse)
    for source, row in links.items():
        for product in row:
            row[product] /= own[source] ** s.source_exponent * own[product] ** s.target_exponent
    return links


def naive(events: list[Event], s: CooccurrenceSettings) -> dict[str, dict[str, float]]:
    """The links and what the second hop adds."""
    links = naive_links(events, s)
    hops: dict[str, dict[str, float]] = {source: dict(row) for source, row in links.items()}
    for source, row in links.items():
        for middle, weight in row.items():
            total = sum(links[middle].values()) if middle in links else 0.0
            for product, onward in links.get(middle, {}).items():
                if product != source:
                    added = s.second_hop * weight * onward / total
                    hops[source][product] = hops[source].get(product, 0.0) + added
    return hops


def as_dict(table: pa.Table) -> dict[str, dict[str, float]]:
    weights: dict[str, dict[str, float]] = defaultdict(dict)
    for row in table.to_pylist():
        weights[row["object_id"]][row["neighbor_id"]] = row["weight"]
    return dict(weights)


@settings(max_examples=40, deadline=None)
@given(events=logs(), chunk=st.sampled_from([1, 7, 8_000_000]))
def test_equals_the_sum_over_pairs_whatever_the_chunks(events: list[Event], chunk: int) -> None:
    chosen = CooccurrenceSettings(window=4, half_life_days=3.0, second_hop=0.5)
    expected = {source: row for source, row in naive(events, chosen).items() if row}
    with TemporaryDirectory() as root, pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "PAIRS_PER_BLOCK", chunk)
        patch.setattr("airloom.statistics.item_graph.PAIRS_PER_BLOCK", chunk)
        graph = as_dict(cooccurrence(lake_of(Path(root), events), before=BEFORE, settings=chosen))
    assert graph.keys() == expected.keys()
    for source, row in graph.items():
        assert row == pytest.approx(expected[source], rel=1e-5)


def test_the_strongest_come_first_and_ties_go_by_id(tmp_path: Path) -> None:
    events = [event for user in "cab" for event in [(user, 0, "view", "v"), (user, 1, "order", f"p{user}")]]
    events += [("d", 0, "view", "v"), ("d", 1, "order", "pc")]
    neighbors = cooccurrence(
        lake_of(tmp_path, events), before=BEFORE, settings=CooccurrenceSettings(second_hop=0)
    )
    assert list(as_dict(neighbors)["v"]) == ["pc", "pa", "pb"]
    assert all(a["object_id"] <= b["object_id"] for a, b in pairwise(neighbors.to_pylist()))


def test_keeps_the_strongest_only(tmp_path: Path) -> None:
    events = [
        ("a", 0, "view", "v"),
        ("a", 1, "order", "p1"),
        ("a", 2, "order", "p2"),
        ("a", 3, "order", "p3"),
    ]
    chosen = CooccurrenceSettings(keep=1, second_hop=0)
    graph = as_dict(cooccurrence(lake_of(tmp_path, events), before=BEFORE, settings=chosen))
    assert list(graph["v"]) == ["p1"]


def test_content_is_never_a_neighbor(tmp_path: Path) -> None:
    events = [("a", 0, "view", "v1"), ("a", 1, "view", "v2"), ("a", 2, "order", "p1"), ("a", 3, "view", "v3")]
    neighbors = cooccurrence(lake_of(tmp_path, events), before=BEFORE, settings=CooccurrenceSettings())
    assert set(neighbors["neighbor_id"].to_pylist()) == {"p1"}


def test_the_second_hop_reaches_what_no_user_did_together(tmp_path: Path) -> None:
    events = [
        ("a", 0, "view", "v"),
        ("a", 1, "order", "p1"),
        ("b", 0, "order", "p1"),
        ("b", 1, "order", "p2"),
    ]
    lake = lake_of(tmp_path, events)
    near = as_dict(cooccurrence(lake, before=BEFORE, settings=CooccurrenceSettings(second_hop=0)))
    far = as_dict(cooccurrence(lake, before=BEFORE, settings=CooccurrenceSettings(second_hop=1)))
    assert list(near["v"]) == ["p1"]
    assert list(far["v"]) == ["p1", "p2"]


def test_an_empty_lake_has_no_neighbors(tmp_path: Path) -> None:
    assert cooccurrence(Lake(tmp_path), before=BEFORE, settings=CooccurrenceSettings()).num_rows == 0
