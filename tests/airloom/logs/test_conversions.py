from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from airloom.errors import AirloomError
from airloom.logs.cast import cast_to_table
from airloom.logs.contract import EVENTS, OBJECTS, TIMESTAMP, Table

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MICROS = int(NOON.timestamp()) * 1_000_000


def delivered(name: str, column: pa.Array) -> Any:
    """Return the value of a column that is delivered with one row."""
    table = EVENTS if name in EVENTS.schema.names else OBJECTS
    others = {field: pa.array(["x"]) for field in table.required if field not in (name, "ts")}
    if table is EVENTS and name != "ts":
        others["ts"] = pa.array([NOON], TIMESTAMP)
    rows = cast_to_table(pa.table({**others, name: column}), table, where="part-0.parquet")
    (value,) = rows[name].to_pylist()
    return value


CONVERTED = [
    ("ts", pa.array([NOON], pa.timestamp("s", tz="Europe/Berlin")), NOON),
    ("ts", pa.array([MICROS * 1000], pa.int64()).cast(pa.timestamp("ns", tz="UTC")), NOON),
    ("ts", pa.array(["2026-03-02T12:00:00Z"]), NOON),
    ("ts", pa.array(["2026-03-02 14:00:00+02:00"]), NOON),
    ("user_id", pa.array(["u1"], pa.large_string()), "u1"),
    ("user_id", pa.array(["u1"]).dictionary_encode(), "u1"),
    ("user_id", pa.array([b"u1"]), "u1"),
    ("request_id", pa.nulls(1), None),
    ("quantity", pa.array([2], pa.int8()), 2),
    ("quantity", pa.array([2.0]), 2),
    ("unit_price", pa.array([Decimal("9.99")]), 9.99),
    ("unit_price", pa.array([9]), 9.0),
    ("category_path", pa.array([["Pets", "Cats"]], pa.large_list(pa.large_string())), ["Pets", "Cats"]),
    ("category_path", pa.array([["Pets", "Cats"]], pa.list_(pa.string(), 2)), ["Pets", "Cats"]),
]


@pytest.mark.parametrize(("name", "column", "value"), CONVERTED)
def test_what_loses_nothing_is_converted(name: str, column: pa.Array, value: object) -> None:
    assert delivered(name, column) == value


REFUSED = [
    ("ts", pa.array([MICROS]), "int64", "look like microseconds since 1970", "pa.timestamp('us', tz='UTC')"),
    ("ts", pa.array([MICROS // 1000]), "int64", "look like milliseconds", "pa.timestamp('ms', tz='UTC')"),
    ("ts", pa.array([MICROS // 10**6]), "int64", "look like seconds", "pa.timestamp('s', tz='UTC')"),
    ("ts", pa.array([MICROS / 10**6]), "double", "look like seconds", "whole numbers"),
    ("ts", pa.array([20_514], pa.int32()), "int32", "no time since 1970", "time zone UTC"),
    ("ts", pa.array([date(2026, 3, 2)]), "date32", "days only", "midnight UTC"),
    ("ts", pa.array([NOON.replace(tzinfo=None)]), r"timestamp\[us\]", "no time zone", "tz='UTC'"),
    ("ts", pa.array(["2026-03-02 12:00:00"]), "string", "no ISO 8601 with its offset", "T12:00:00Z"),
    ("ts", pa.array([MICROS * 1000 + 1]).cast(pa.timestamp("ns", tz="UTC")), "timestamp", "finer", "safe"),
    ("published_at", pa.array([NOON.replace(tzinfo=None)]), "timestamp", "no time zone", "tz='UTC'"),
    ("user_id", pa.array([7]), "int64", "may have lost leading zeros", "dtype=str"),
    ("object_id", pa.array([9.007199254740994e16]), "double", "its last digits", "dtype=str"),
    ("request_id", pa.array([Decimal(7)]), "decimal", "leading zeros", "dtype=str"),
    ("title", pa.array([True]), "bool", "no conversion", "log-contract.md"),
    ("quantity", pa.array([0.5]), "double", "a number would change", "whole numbers"),
    ("quantity", pa.array([2**63], pa.uint64()), "uint64", "a number would change", "whole numbers"),
    ("unit_price", pa.array(["9,99"]), "string", "decimal comma", "number"),
    ("unit_price", pa.array(["9.99"]), "string", "decimal comma", "number"),
    ("category_path", pa.array(["Pets > Cats"]), "string", "no conversion", "log-contract.md"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "column", "dtype", "reason", "do"), REFUSED)
def test_what_would_be_a_guess_is_refused_with_what_to_do(
    name: str, column: pa.Array, dtype: str, reason: str, do: str
) -> None:
    with pytest.raises(AirloomError, match=rf"part-0\.parquet: column {name} is {dtype}") as refused:
        delivered(name, column)
    assert reason in refused.value.what
    assert do in refused.value.do


@pytest.mark.parametrize("table", [EVENTS, OBJECTS])
def test_no_value_is_in_the_message(table: Table) -> None:
    for name in table.schema.names:
        if pa.types.is_string(table.schema.field(name).type):
            with pytest.raises(AirloomError) as refused:
                delivered(name, pa.array([48151623]))
            assert "48151623" not in str(refused.value)
