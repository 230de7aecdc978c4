"""What the rules say of single rows: the reason in quarantine."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from airloom.logs.contract import EVENTS, OBJECTS, Table
from airloom.logs.lake import Lake
from airloom.logs.limits import MAX_ID_LENGTH, MAX_PRICE, MAX_QUANTITY
from airloom.logs.quarantine import quarantine
from airloom.logs.rules import LogRules
from components.validate_logs.validation import validate
from tests.components.validate_logs.conftest import Deliver, MakeRow

DAY = date(2026, 3, 2)
NEXT = DAY + timedelta(days=1)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NAN = float("nan")


def run(lake: Lake, *, day: date = DAY, **rules: Any) -> None:
    validate(lake, day=day, rules=LogRules(**rules), docs=lake.path("docs"))


def reasons_of(lake: Lake, table: Table = EVENTS) -> list[str]:
    return lake.read(quarantine(table))["reason"].to_pylist()


SPOILED = [
    ({"user_id": None}, "user_id is null"),
    ({"ts": None}, "ts is null"),
    ({"ts": NOON + timedelta(days=1)}, "ts lies in the future of its day dt"),
    ({"ts": NOON - timedelta(days=1)}, "ts lies before its day dt"),
    ({"object_id": "p9"}, "object_id is in no row of objects up to the day"),
    ({"user_id": "u99"}, "user_id is in no row of users up to the day"),
    ({"unit_price": NAN}, "unit_price is NaN"),
    ({"unit_price": -1.0}, "unit_price is less than zero"),
    ({"unit_price": float("inf")}, "unit_price is greater than 1,000,000,000 (max_price)"),
    ({"currency": "eur"}, "currency is not three capital letters"),
    ({"currency": "EUR\n"}, "currency is not three capital letters"),
    ({"quantity": 0}, "quantity is zero"),
    ({"quantity": 2**63 - 1}, "quantity is not between -1,000,000 and 1,000,000"),
    ({"quantity": -MAX_QUANTITY - 1}, "quantity is not between -1,000,000 and 1,000,000"),
    ({"action": "click", "quantity": -1},
     "quantity is less than zero, which only an order may have (a return)"),
    ({"dwell_s": -0.5}, "dwell_s is less than zero"),
    ({"dwell_s": NAN}, "dwell_s is NaN"),
    ({"dwell_s": float("inf")}, "dwell_s is greater than 2,592,000"),
    ({"request_id": ""}, "request_id has not 1 to 128 characters"),
    ({"event_id": "e" * (MAX_ID_LENGTH + 1)}, "event_id has not 1 to 128 characters"),
    ({"action": "steal"}, "action is none of view, like, click, cart, order"),
    ({"action": "view"}, "action does not belong to domain"),
    ({"object_id": "v1"}, "domain is not that of the object"),
    ({"domain": "food"}, ("domain is none of content, commerce; "
                          "action does not belong to domain; domain is not that of the object")),
]  # fmt: skip


def test_every_broken_rule_is_the_reason_in_quarantine(
    landed: Lake, deliver: Deliver, order: MakeRow
) -> None:
    bad = [order(10_000 + 10 * n) | changes for n, (changes, _) in enumerate(SPOILED)]
    deliver(EVENTS, bad, file="b")

    run(landed, max_quarantined_fraction=0.2)

    quarantined = landed.read(quarantine(EVENTS))
    assert quarantined["reason"].to_pylist() == [reason for _, reason in SPOILED]
    assert set(quarantined["file"].to_pylist()) == {"b.parquet"}
    assert quarantined["row"].to_pylist() == list(range(len(SPOILED)))
    assert landed.read(EVENTS).num_rows == 200


def test_objects_have_rules_of_their_own(lake: Lake, deliver: Deliver, event: MakeRow) -> None:
    clean = {"object_id": "v1", "domain": "content", "title": "cat video"}
    full = {"attributes": ["color=black", "size = 2 = large", "of=wool\nand silk"], "stock": 0, "brand": "B"}
    backwards = {"published_at": NOON, "retired_at": NOON - timedelta(days=1)}
    bad = [
        {"object_id": "v2", "title": None},
        {"object_id": "v3", "price": NAN},
        {"object_id": "v4"} | backwards,
        {"object_id": "v5", "category_path": ["Pets", None]},
        {"object_id": "v6", "attributes": ["color=black", "wool"]},
        {"object_id": "v7", "attributes": ["color="]},
        {"object_id": "v8", "stock": -1},
        {"object_id": ""},
    ]
    deliver(OBJECTS, [clean | full, *(clean | changes for changes in bad)])
    deliver(EVENTS, [event(n) for n in range(5)])

    run(lake)

    assert reasons_of(lake, OBJECTS) == [
        "title is null",
        "price is NaN",
        "retired_at lies before published_at",
        "category_path has a null in its list",
        "attributes has one that is not written as name=value",
        "attributes has one that is not written as name=value",
        "stock is less than zero",
        "object_id has not 1 to 128 characters",
    ]
    assert lake.read(OBJECTS)["title"].to_pylist() == ["cat video"]


def test_values_at_the_bounds_are_ordinary(landed: Lake, deliver: Deliver, order: MakeRow) -> None:
    """A free product, a return, and the largest of everything; the service takes the same values."""
    ordinary: list[dict[str, Any]] = [
        {"unit_price": 0.0},
        {"quantity": -1},
        {"quantity": -MAX_QUANTITY},
        {"quantity": MAX_QUANTITY},
        {"unit_price": MAX_PRICE},
        {"event_id": "e" * MAX_ID_LENGTH},
        {"event_id": "\N{GREEK SMALL LETTER ALPHA}" * MAX_ID_LENGTH, "request_id": "r"},
    ]
    deliver(EVENTS, [order(10_000 + n, **changes) for n, changes in enumerate(ordinary)], file="b")

    run(landed)

    assert landed.days(quarantine(EVENTS)) == []


def test_text_that_is_not_utf8_goes_to_quarantine_by_its_column(landed: Lake, deliver: Deliver) -> None:
    def spoil(table: Table, column: str, file_name: str) -> None:
        file = landed.path("landing", table.name, f"dt={DAY}", file_name)
        rows = pq.read_table(file, partitioning=None)
        values = [value.encode() for value in rows[column].to_pylist()]
        values[0] = b"caf\xe9"
        index = rows.column_names.index(column)
        pq.write_table(rows.set_column(index, column, pa.array(values).view(pa.string())), file)

    deliver(
        OBJECTS, [{"object_id": f"v{n}", "domain": "content", "title": "dog video"} for n in (8, 9)], file="b"
    )
    spoil(EVENTS, "user_id", "a.parquet")
    spoil(OBJECTS, "title", "b.parquet")

    run(landed)

    assert landed.read(quarantine(OBJECTS)).select(["title", "file", "row", "reason"]).to_pylist() == [
        {"title": "caf\\xe9", "file": "b.parquet", "row": 0, "reason": "title is not UTF-8"}
    ]
    assert "user_id is not UTF-8" in reasons_of(landed)[0]


def test_the_domain_of_an_object_is_that_of_its_latest_row(
    landed: Lake, deliver: Deliver, event: MakeRow, order: MakeRow
) -> None:
    """v1 is corrected to a product on the next day: its views are right before, its orders from then on."""
    deliver(OBJECTS, [{"object_id": "v1", "domain": "commerce", "title": "a cat bed after all"}], day=NEXT)
    later = NOON + timedelta(days=1)
    deliver(EVENTS, [order(1, object_id="v1", ts=later), event(2, ts=later)], day=NEXT)

    run(landed, day=NEXT)

    assert landed.read(EVENTS, since=NEXT)["action"].to_pylist() == ["order"]
    assert landed.read(EVENTS, through=DAY).num_rows == 200
    assert reasons_of(landed) == ["domain is not that of the object"]
