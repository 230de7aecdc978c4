from __future__ import annotations

import pytest

from airloom.errors import AirloomError
from airloom.logs.contract import EVENTS
from airloom.logs.lake import Lake
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


def test_no_users_id_is_shown(landed: Lake, deliver: Deliver, event: MakeRow) -> None:
    deliver(EVENTS, [event(1000, user_id="somebody-nobody-knows")], file="b")
    validate(landed, day=DAY, rules=LogRules(), docs=landed.path("docs"))
    report = landed.path("docs", "index.html").read_text(encoding="utf-8")
    assert "user_id is in no row of users up to the day</td>" in report
    assert "somebody" not in report
