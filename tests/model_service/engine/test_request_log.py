from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from airloom.ranking.snapshot import Snapshot
from model_service.api.ask import AskRequest
from model_service.engine.request_log import RequestLog
from tests.model_service.conftest import ServiceProcess, Shop, serving
from tests.model_service.engine.small_engine import AT, make_engine

QUERY = 'a sëcret "wish"\nERROR airloom: made up'


@pytest.fixture(autouse=True)
def level() -> Iterator[None]:
    """What one test switches on is off again for the others of its process."""
    yield
    logging.getLogger("airloom.requests").setLevel(logging.NOTSET)


def ask_and_log(snapshot: Snapshot, *, is_on: bool) -> None:
    log = RequestLog(is_on=is_on)
    request = AskRequest.model_validate(
        {"query": QUERY, "earlier": ["an earlier one"], "user_id": "somebody", "k": 2, "at": AT}
    )
    log.write(request, make_engine(snapshot).ask(request))


def test_off_the_words_are_in_no_log_of_any_level(
    snapshot: Snapshot, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        ask_and_log(snapshot, is_on=False)
    assert "cret" not in caplog.text


def test_on_they_are_there_once_without_who_asked_and_in_one_line(
    snapshot: Snapshot, caplog: pytest.LogCaptureFixture
) -> None:
    ask_and_log(snapshot, is_on=True)
    [record] = [record for record in caplog.records if "cret" in record.getMessage()]
    assert (record.name, record.levelno) == ("airloom.requests", logging.INFO)
    assert record.getMessage() == (
        'Asked: "a s\\u00ebcret \\"wish\\"\\nERROR airloom: made up" (read by rules, 2 products)'
    )
    assert "somebody" not in caplog.text
    assert "earlier" not in caplog.text


def asked_for(running: ServiceProcess, words: str) -> int:
    """Ask for something in words and return how often the service's log has them."""
    answer = running.client.post("/v1/ask", json={"query": words, "user_id": "somebody"})
    assert answer.status_code == 200
    log = running.log.read_text(encoding="utf-8")
    assert "somebody" not in log
    return log.count(words)


def test_a_service_logs_words_only_if_its_setting_says_so(
    service: ServiceProcess, shop: Shop, tmp_path: Path
) -> None:
    assert asked_for(service, "a secret wish") == 0
    with serving(shop, tmp_path, "--log-requests", "on") as logging_service:
        assert asked_for(logging_service, "a secret wish") == 1
