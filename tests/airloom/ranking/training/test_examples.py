from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa

from airloom.logs.contract import EVENTS
from airloom.ranking.training.examples import EXAMPLES, label_rows, read_examples
from airloom.ranking.training.settings import LabelWeights
from tests.airloom.ranking.small_shop import SmallShop


def events(*rows: tuple[str, int, str, str]) -> pa.Table:
    columns = [
        {"user_id": user, "ts": datetime.fromtimestamp(second, UTC), "action": action, "object_id": item}
        for user, second, action, item in rows
    ]
    return pa.Table.from_pylist(columns, schema=EVENTS.stored_schema)


def test_a_product_is_one_label_when_the_strongest_action_first_happened() -> None:
    log = events(
        ("u", 40, "order", "o1"),
        ("u", 30, "order", "o1"),
        ("u", 10, "click", "o1"),
        ("u", 20, "view", "v1"),
        ("w", 5, "cart", "o2"),
    )
    labels = label_rows(log, LabelWeights(click=0.25, cart=0.5, order=1.0), max_labels=10, seed=0).to_pylist()
    assert [(row["user_id"], row["object_id"], row["weight"]) for row in labels] == [
        ("w", "o2", 0.5),
        ("u", "o1", 1.0),
    ]
    assert labels[1]["ts"] == datetime.fromtimestamp(30, UTC)


def test_an_action_without_weight_is_no_label() -> None:
    log = events(("u", 1, "click", "o1"), ("u", 2, "order", "o2"))
    labels = label_rows(log, LabelWeights(click=0.0), max_labels=10, seed=0)
    assert labels["object_id"].to_pylist() == ["o2"]


def test_too_many_labels_are_thinned_the_same_way_every_time() -> None:
    log = events(*[(f"u{n}", n, "order", "o1") for n in range(100)])
    first = label_rows(log, LabelWeights(), max_labels=10, seed=3)
    assert first.num_rows == 10
    assert first.equals(label_rows(log, LabelWeights(), max_labels=10, seed=3))
    assert first["ts"].to_pylist() == sorted(first["ts"].to_pylist())


def test_examples_know_nothing_of_their_moment_or_later_and_skip_what_cannot_be_shown(
    shop: SmallShop,
) -> None:
    snapshot, now = shop.snapshot, datetime.fromtimestamp(shop.now, UTC)
    active = snapshot.objects.active.copy()
    active[7] = False
    retired = replace(snapshot, objects=snapshot.objects._replace(active=active))
    seen = {
        "object_ids": ["o0241", "gone", "o0242"],
        "actions": ["view"] * 3,
        "timestamps": [shop.now - 9, shop.now - 5, shop.now],
    }
    rows = [
        {"user_id": "u", "ts": now, "object_id": item, "weight": 1.0, **seen}
        for item in ("o0005", "o0007", "unknown")
    ]
    (example,) = read_examples(pa.Table.from_pylist(rows, schema=EXAMPLES), retired)
    assert (example.target, example.now) == (5, shop.now)
    assert example.history.objects.tolist() == [241]
