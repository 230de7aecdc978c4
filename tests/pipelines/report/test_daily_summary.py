from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from airloom.errors import AirloomError
from pipelines.home import Home
from pipelines.local import past_run
from pipelines.report.daily_summary import format_daily_summary
from pipelines.report.refresh import refreshed_index
from tests.pipelines.report.small_home import DAY, RunOnDisk, daily_run, training_run


def lines(home: Home) -> dict[str, str]:
    run = past_run(home.run("airloom-daily", str(DAY)))
    assert run is not None
    shown = [line.split(maxsplit=1) for line in format_daily_summary(run, home).splitlines()]
    return {line[0]: line[1] for line in shown}


def test_a_daily_run_ends_with_five_lines(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "my home")
    daily_run(home)
    index = home.report / "index.html"
    assert lines(home) == {
        "rows": "1,000 delivered up to 2026-03-15, 12 in quarantine (1.20 %)",
        "days": "no day is missing",
        "coverage": "100 atoms, 80.0 % of them with intents; 3 have titles that could not be read; "
        "14 read in this run, 4 by the fallback",
        "drift": "1 of 13 columns differ from the days before",
        "next": f"train a ranker: airloom run training --home '{home.root}'; report: {index}",
    }


def test_missing_days_are_named(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    missing = [str(DAY - timedelta(days=number)) for number in range(9, 2, -1)]
    daily_run(home, missing_days=missing)
    assert lines(home)["days"] == f"7 days were never delivered: {', '.join(missing[:5])} and 2 more"


def test_a_shop_without_content_has_nothing_to_read(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    daily_run(home, atoms=0)
    assert lines(home)["coverage"].startswith(
        "no content to read; what users want is known by the categories"
    )


def test_the_next_step_follows_what_the_home_has(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    daily_run(home)
    training_run(home, DAY - timedelta(days=1), version=None)
    assert lines(home)["next"].startswith("no ranker has passed the gate")
    training_run(home)
    assert lines(home)["next"].startswith("serve pages: airloom serve")
    (home.lake / "landing" / "exposures" / "dt=2026-12-02").mkdir(parents=True)
    assert lines(home)["next"].startswith("deliver the events of 2026-12-02, when pages were served")
    (home.lake / "exposures" / f"dt={DAY}").mkdir(parents=True)
    assert lines(home)["next"].startswith("run the next day: airloom run daily")


def test_the_index_is_written_at_the_end_of_a_run_also_of_one_that_failed(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    with refreshed_index(home):
        daily_run(home)
    assert (home.report / "index.html").exists()

    RunOnDisk(home, "airloom-daily", DAY + timedelta(days=1), succeeded=False)
    with pytest.raises(AirloomError, match="no column ts"), refreshed_index(home):
        raise AirloomError("events.parquet has no column ts", do="Deliver it again")
    assert "did not end well" in (home.report / "index.html").read_text(encoding="utf-8")


def test_an_error_before_the_first_run_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(AirloomError, match="No events"), refreshed_index(Home.at(tmp_path)):
        raise AirloomError("No events have been delivered", do="Deliver them")
    assert not (tmp_path / "report").exists()
