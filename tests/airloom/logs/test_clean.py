from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airloom.logs.clean import write_clean
from airloom.logs.contract import USERS
from airloom.logs.lake import Lake
from airloom.logs.landed import read_landed
from airloom.logs.quarantine import RuleViolation, quarantine, reasons

MONDAY = date(2026, 3, 2)
DAYS = [MONDAY + timedelta(days=number) for number in range(3)]


@settings(max_examples=25, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 6), min_size=3, max_size=3),
    broken=st.lists(
        st.tuples(st.sampled_from(["odd", "late"]), st.integers(0, 17)), max_size=12, unique=True
    ),
)
def test_every_landed_row_is_in_exactly_one_of_clean_and_quarantine(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], broken: list[tuple[str, int]]
) -> None:
    lake = Lake(tmp_path_factory.mktemp("lake"))
    ids = iter(range(100))
    for day, size in zip(DAYS, sizes, strict=True):
        rows = pa.table({"user_id": pa.array([f"u{next(ids):02}" for _ in range(size)], pa.string())})
        lake.write(lake.landing(USERS), day, rows)
    landed = read_landed(lake, USERS, DAYS)
    count = landed.num_rows
    violations = [
        RuleViolation(
            reason, np.array([row for name, row in broken if name == reason and row < count], np.int64)
        )
        for reason in ("odd", "late")
    ]
    why = reasons([violation for violation in violations if len(violation.rows)], count)

    nothing = pa.array(np.zeros(count, bool))
    write_clean(lake, USERS, DAYS, landed, why, replaced=nothing)

    bad = {row for _, row in broken if row < count}
    for number, day in enumerate(DAYS):
        first = sum(sizes[:number])
        rows = range(first, first + sizes[number])
        clean = lake.read(USERS, since=day, through=day)["user_id"].to_pylist()
        kept = lake.read(quarantine(USERS), since=day, through=day)
        assert clean == [f"u{row:02}" for row in rows if row not in bad]
        assert kept["user_id"].to_pylist() == [f"u{row:02}" for row in rows if row in bad]
        assert kept["reason"].to_pylist() == [
            "; ".join(reason for reason in ("odd", "late") if (reason, row) in broken)
            for row in rows
            if row in bad
        ]
    before = {file: file.read_bytes() for file in lake.path().rglob("*.parquet")}
    write_clean(lake, USERS, DAYS, landed, why, replaced=nothing)
    assert {file: file.read_bytes() for file in lake.path().rglob("*.parquet")} == before
