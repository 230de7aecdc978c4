"""Answers to requests in words, through the service and into the report of an experiment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from airloom.experiments.analysis import analyze
from airloom.experiments.outcomes import read_outcomes
from airloom.experiments.readout import AnalysisSettings
from airloom.experiments.report import experiment_report
from airloom.experiments.surfaces import on_surfaces
from airloom.logs.contract import ASK, EVENTS, EXPOSURES, PAGE, Table
from airloom.logs.lake import Lake
from tests.model_service.calls import rank, send
from tests.model_service.conftest import PATIENCE_S, Shop, serving
from tests.model_service.shop import EXPERIMENT


def test_the_report_tells_answers_from_pages(shop: Shop, tmp_path: Path) -> None:
    shown_at = datetime.now(UTC) - timedelta(hours=2)
    users = [f"asks-{number}" for number in range(12)]
    with serving(shop, tmp_path) as service:
        for user in users:
            rank(service, user, k=4, at=shown_at.isoformat())
            asked = {
                "user_id": user,
                "query": "like Blender 4 but cheaper",
                "k": 3,
                "at": shown_at.isoformat(),
            }
            answer = service.client.post("/v1/ask", json=asked).json()
            click = {"user_id": user, "action": "click", "object_id": answer["items"][0]["object_id"]}
            at = (shown_at + timedelta(minutes=1)).isoformat()
            send(service, click | {"event_id": user, "at": at, "request_id": answer["request_id"]})
        service.process.terminate()
        assert service.process.wait(PATIENCE_S) == 0
    landed, delivered = Lake(shop.lake), Lake(tmp_path / "delivered")
    for table in (EXPOSURES, EVENTS):
        deliver(landed, delivered, table, users)
    settings, today = AnalysisSettings(EXPERIMENT), datetime.now(UTC).date()
    outcomes = read_outcomes(delivered, settings, today)
    rows = on_surfaces(outcomes.surfaces)
    assert sum(row.users for row in rows if row.surface == ASK) == len(users)
    for row in rows:
        assert row.impressions == row.users * {ASK: 3, PAGE: 4}[row.surface]
        assert row.values["ctr"] == (1 / 3 if row.surface == ASK else 0)
    assert {row.surface for row in rows} == {ASK, PAGE}
    assert "By surface" in experiment_report(analyze(outcomes, settings, today))


def deliver(landed: Lake, delivered: Lake, table: Table, users: list[str]) -> None:
    """Write what some users left into the table itself, as validation would."""
    rows = landed.read(landed.landing(table))
    own = rows.filter(pc.is_in(rows["user_id"], value_set=pa.array(users))).select(table.stored_schema.names)
    days = pc.cast(own["ts"], pa.date32())
    for day in sorted(set(days.to_pylist())):
        assert isinstance(day, date)
        delivered.write(table, day, own.filter(pc.equal(days, day)).cast(table.stored_schema))
