from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from airloom.logs.contract import EVENTS
from airloom.logs.lake import Lake
from airloom.logs.rules import LogRules
from airloom.simulation.history import deliver_history
from airloom.simulation.settings import WorldSettings
from airloom.simulation.world import World
from pipelines.check import LogCheck, check_landed
from pipelines.cli.main import app

WORLD = World(WorldSettings(shoppers=20, history_days=3, served_days=0))
FIRST, MIDDLE, LAST = WORLD.settings.history


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path / "lake")
    deliver_history(WORLD, lake)
    return lake


def check(lake: Lake, tmp_path: Path, *, day: date = LAST) -> LogCheck:
    return check_landed(lake, day=day, rules=LogRules(), docs=tmp_path / "check")


def order(lake: Lake, **changes: object) -> pa.Table:
    """Return one landed order with some other values."""
    orders = [
        row for row in lake.read(lake.landing(EVENTS), since=LAST).to_pylist() if row["action"] == "order"
    ]
    return pa.Table.from_pylist([orders[0] | changes], schema=EVENTS.stored_schema)


def test_logs_that_a_run_would_take_are_counted_and_nothing_is_written(lake: Lake, tmp_path: Path) -> None:
    before = lake.files_below()
    result = check(lake, tmp_path)
    assert (result.stopped_by, result.quarantined, result.missing) == (None, {}, [])
    assert result.days == (FIRST, LAST)
    assert result.rows["events"] == lake.read(lake.landing(EVENTS)).num_rows
    assert lake.files_below() == before
    assert (tmp_path / "check" / "index.html").exists()


def test_rows_that_would_go_to_quarantine_are_counted_by_reason(lake: Lake, tmp_path: Path) -> None:
    bad = pa.concat_tables(
        [order(lake, unit_price=-1.0, event_id="a"), order(lake, object_id="none", event_id="b")]
    )
    lake.write(lake.landing(EVENTS), LAST, bad, file="bad")
    result = check(lake, tmp_path)
    assert result.stopped_by is None
    assert sum(result.quarantined["events"].values()) == 2
    assert "object_id is in no row of objects up to the day" in result.quarantined["events"]


def test_rows_that_came_again_are_counted_apart_and_are_no_fault(lake: Lake, tmp_path: Path) -> None:
    lake.write(lake.landing(EVENTS), LAST, pa.concat_tables([order(lake)] * 2), file="again")
    result = check(lake, tmp_path)
    assert (result.quarantined, result.set_aside["events"]) == ({}, 2)


def test_rows_are_counted_by_reason_also_where_a_threshold_would_stop_the_run(
    lake: Lake, tmp_path: Path
) -> None:
    bad = pa.concat_tables([order(lake, unit_price=-1.0, event_id="a"), order(lake)])
    lake.write(lake.landing(EVENTS), LAST, bad, file="bad")
    rules = LogRules(min_volume_fraction=10.0, trailing_days=1, sparse_volume=1)
    result = check_landed(lake, day=LAST, rules=rules, docs=tmp_path / "check")
    assert "rules.min_volume_fraction of recipe.yaml" in str(result.stopped_by)
    assert result.rows["events"] == lake.read(lake.landing(EVENTS)).num_rows
    assert result.quarantined["events"] == {"unit_price is less than zero": 1}
    assert result.set_aside["events"] == 1


def test_returns_that_take_nothing_back_are_counted(lake: Lake, tmp_path: Path) -> None:
    """A credit note's own number as request_id, say."""
    rows = [order(lake, quantity=-2, request_id=number, event_id=number) for number in ("c1", "c2")]
    lake.write(lake.landing(EVENTS), LAST, pa.concat_tables(rows), file="returns")
    assert check(lake, tmp_path).returns == (4, 4)
    result = CliRunner().invoke(app, ["check", "--home", str(tmp_path)], catch_exceptions=False)
    assert "returns    4 pieces, 4 of them without an order" in result.stdout


def test_a_day_that_was_not_delivered_is_named(lake: Lake, tmp_path: Path) -> None:
    lake.delete(lake.landing(EVENTS), MIDDLE)
    assert check(lake, tmp_path).missing == [MIDDLE]


def test_days_that_were_taken_back_are_named_and_too_many_would_stop_a_run(
    lake: Lake, tmp_path: Path
) -> None:
    for day in (FIRST, MIDDLE, LAST):  # as if a run had taken them in
        lake.write(EVENTS, day, EVENTS.stored_schema.empty_table())
    lake.delete(lake.landing(EVENTS), MIDDLE)
    result = check(lake, tmp_path)
    assert (result.withdrawn, result.stopped_by) == ([f"events of {MIDDLE}"], None)
    for day in (FIRST, LAST):
        lake.delete(lake.landing(EVENTS), day)
    stopped = check(lake, tmp_path).stopped_by
    assert "--max-withdrawn-days 3" in str(stopped)
    assert lake.days(EVENTS) == [FIRST, MIDDLE, LAST]


def test_what_would_stop_a_run_is_told_and_not_raised(lake: Lake, tmp_path: Path) -> None:
    (file,) = lake.files(lake.landing(EVENTS), LAST)
    Path(file).write_text("no Parquet")
    stopped_by = check(lake, tmp_path).stopped_by
    assert stopped_by is not None
    assert file in str(stopped_by)
