"""A service that is stopped: what it had confirmed is in the lake."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from airloom.logs.contract import EVENTS, EXPOSURES
from airloom.logs.lake import Lake
from tests.model_service.calls import rank, send
from tests.model_service.conftest import PATIENCE_S, ServiceProcess, Shop, serving


def test_every_exposure_and_event_is_written_when_the_service_is_stopped(
    service: ServiceProcess, shop: Shop
) -> None:
    moment, day = "2026-02-27T08:00:00+08:00", date(2026, 2, 27)
    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(lambda n: rank(service, f"user-{n}", k=7, at=moment), range(200)))
    rank(service, "somebody", preview_variant="popular", at=moment)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    happened = {"user_id": "acts", "action": "view", "object_id": "video-smoothie"}
    times = {"at": yesterday.isoformat()}
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: send(service, happened | times | {"event_id": f"e{n}"}), range(100)))
    service.process.terminate()
    assert service.process.wait(PATIENCE_S) == 0

    lake = Lake(shop.lake)
    rows = lake.read(lake.landing(EXPOSURES), since=day, through=day)
    assert rows.num_rows == 1_400
    shown = Counter((page["request_id"], item["object_id"]) for page in pages for item in page["items"])
    written = zip(rows["request_id"].to_pylist(), rows["object_id"].to_pylist(), strict=True)
    assert Counter(written) == shown
    assert "somebody" not in rows["user_id"].to_pylist()
    events = lake.read(lake.landing(EVENTS), since=yesterday.date(), through=yesterday.date())
    assert events.num_rows == 100
    assert not [file for name in ("events", "exposures") for file in (shop.lake / "journal" / name).iterdir()]
    log = service.log.read_text(encoding="utf-8")
    assert log == f"Serving at {service.url} (Ctrl-C stops it; try {service.url}/docs.json)\n"


def test_nothing_temporary_is_left_also_of_a_service_that_was_killed(shop: Shop, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    with serving(shop, tmp_path) as killed:
        rank(killed, "u")
        [of_killed] = temporary.iterdir()
        killed.process.kill()
        killed.process.wait()
    assert list((of_killed / "metrics").iterdir())
    (tmp_path / "ready").unlink()

    with serving(shop, tmp_path) as next_one:
        assert not of_killed.exists()
        rank(next_one, "u")
        next_one.process.terminate()
        assert next_one.process.wait(PATIENCE_S) == 0
    assert list(temporary.iterdir()) == []
