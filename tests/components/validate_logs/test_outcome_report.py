from __future__ import annotations

import pytest

from airloom.errors import AirloomError
from airloom.logs.contract import EVENTS, USERS
from airloom.logs.lake import Lake
from airloom.logs.repeats import ID_OF_ANOTHER, REPLACED, SENT_AGAIN
from airloom.logs.rules import LogRules
from components.validate_logs.validation import validate
from tests.components.validate_logs.conftest import DAY, Deliver, MakeRow
from tests.offline_browser import OfflineBrowser


def test_the_report_is_whole_without_a_network(
    landed: Lake, deliver: Deliver, event: MakeRow, browser: OfflineBrowser
) -> None:
    deliver(EVENTS, [event(1000, action="観る 👀"), event(1001, dwell_s=-1.0)], file="b")
    validate(landed, day=DAY, rules=LogRules(), docs=landed.path("docs"))

    page = browser.open_file(landed.path("docs", "index.html"))

    assert page.wrong == []
    assert "214 rows were checked in the run of 2026-03-02; the run went on" in page.text
    assert "action is none of view, like, click, cart, order\t1\t0.5 %\t観る 👀" in page.text
    assert "dwell_s is less than zero\t1\t0.5 %\t-1.0" in page.text
    assert "events\t2026-03-02\t202\t2\t0" in page.text
    assert "expect_column_values_to_be_in_set" in page.text


def test_a_run_that_stopped_says_at_which_rule(
    landed: Lake, deliver: Deliver, order: MakeRow, browser: OfflineBrowser
) -> None:
    deliver(EVENTS, [order(10_000 + n, unit_price=-1.0) for n in range(20)], file="b")
    with pytest.raises(AirloomError):
        validate(landed, day=DAY, rules=LogRules(), docs=landed.path("docs"))

    page = browser.open_file(landed.path("docs", "index.html"))

    assert "Stopped at events days 2026-03-02: more than 5.0% of the rows are in quarantine" in page.text
    assert page.faults == []


CLEAN = "Every row that was checked is clean."


def report_of(lake: Lake, browser: OfflineBrowser) -> str:
    validate(lake, day=DAY, rules=LogRules(), docs=lake.path("docs"))
    return browser.open_file(lake.path("docs", "index.html")).text


def test_only_clean_rows_are_called_clean(landed: Lake, browser: OfflineBrowser) -> None:
    text = report_of(landed, browser)
    assert CLEAN in text
    assert "Rules broken\n0" in text
    assert "Rows set aside" not in text


def test_a_row_that_only_the_comparison_with_others_refuses_is_no_clean_one(
    landed: Lake, deliver: Deliver, event: MakeRow, order: MakeRow, browser: OfflineBrowser
) -> None:
    first = event(1000, user_id="u1", event_id="e")
    deliver(EVENTS, [first, order(1001, user_id="u1", event_id="e")], file="b")

    text = report_of(landed, browser)

    assert CLEAN not in text
    assert "Rows that broke a rule and went to quarantine: 1; all others are clean." in text
    assert "Rules broken\n1" in text
    assert f"events {DAY}\t{ID_OF_ANOTHER}\t1\t0.5 %\t–" in text
    assert f"{ID_OF_ANOTHER}\t–\t1" in text


def test_rows_that_are_set_aside_are_listed_and_are_no_fault(
    landed: Lake, deliver: Deliver, event: MakeRow, browser: OfflineBrowser
) -> None:
    deliver(EVENTS, [event(1000, event_id="e")] * 3, file="b")
    deliver(USERS, [{"user_id": "u1"}], file="b")

    text = report_of(landed, browser)

    assert CLEAN not in text
    assert "No row broke a rule; rows set aside, since another stands for them: 3;" in text
    assert "Rules broken\n0" in text
    assert f"events {DAY}\t{SENT_AGAIN}\t2\t1.0 %" in text
    assert f"users {DAY}\t{REPLACED}\t1\t9.1 %" in text


def test_a_run_that_an_error_stopped_has_not_found_everything_clean(
    landed: Lake, browser: OfflineBrowser
) -> None:
    landed.path("landing", "events", f"dt={DAY}", "b.parquet").write_text("no Parquet")
    with pytest.raises(AirloomError):
        validate(landed, day=DAY, rules=LogRules(), docs=landed.path("docs"))

    text = browser.open_file(landed.path("docs", "index.html")).text

    assert CLEAN not in text
    assert "Stopped by the error that the run names" in text
    assert "12 rows were checked in the run of 2026-03-02; the run stopped" in text


def test_no_users_id_is_shown(landed: Lake, deliver: Deliver, event: MakeRow) -> None:
    deliver(EVENTS, [event(1000, user_id="somebody-nobody-knows")], file="b")
    validate(landed, day=DAY, rules=LogRules(), docs=landed.path("docs"))
    report = landed.path("docs", "index.html").read_text(encoding="utf-8")
    assert "user_id is in no row of users up to the day</td>" in report
    assert "somebody" not in report
