from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from airloom.errors import AirloomError
from airloom.logs.lake import Lake
from pipelines.cli.options import run_day_of


def clock() -> datetime:
    return datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def deliver(lake: Lake, *days: str) -> None:
    for day in days:
        lake.path("landing", "events", f"dt={day}").mkdir(parents=True)


def test_the_last_delivered_day_that_has_ended_is_taken(
    lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    """Later days of any table are said, also today's, to which the service adds."""
    deliver(lake, "2026-03-02", "2026-03-03", "2026-03-04", "2099-01-01")
    lake.path("landing", "exposures", "dt=2026-03-04").mkdir(parents=True)

    assert run_day_of(lake, "", clock=clock) == date(2026, 3, 3)

    last = "2026-03-03 is the last day of events that has ended"
    assert capsys.readouterr().err.splitlines() == [
        f"Not read: events of 2 days, 2026-03-04 to 2099-01-01; {last}",
        f"Not read: exposures of 2026-03-04; {last}",
    ]


def test_no_later_day_is_said_where_there_is_none(lake: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    deliver(lake, "2026-03-02", "2026-03-03")
    assert run_day_of(lake, "", clock=clock) == date(2026, 3, 3)
    assert capsys.readouterr().err == ""


def test_a_day_that_has_not_ended_is_refused_also_where_it_is_named(lake: Lake) -> None:
    deliver(lake, "2026-03-04", "2099-01-01")
    with pytest.raises(AirloomError, match="The day 2099-01-01 has not ended"):
        run_day_of(lake, "2099-01-01", clock=clock)
    with pytest.raises(AirloomError, match="holds 2026-03-04 to 2099-01-01, and it is 2026-03-04 12:00 UTC"):
        run_day_of(lake, "", clock=clock)
