from __future__ import annotations

from datetime import UTC, datetime

import pytest

from airloom.llm.server.retry_after import MAX_PAUSE_S, pause_of

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "pause_s"),
    [
        ("0", 0.0),
        ("2.5", 2.5),
        (" 7 ", 7.0),
        ("-3", 0.0),
        ("1" * 300, MAX_PAUSE_S),
        ("Tue, 01 Dec 2026 12:00:30 GMT", 30.0),
        ("Tue, 01 Dec 2026 12:00:30", 30.0),
        ("Tue, 01 Dec 2026 14:00:30 +0200", 30.0),
        ("Tue, 01 Dec 2026 12:00:30 -0000", 30.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", MAX_PAUSE_S),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("1e400", None),
        ("1" * 400, None),
        ("0x10", None),
        ("\u0663", 3.0),
        ("Tue, 41 Dec 2026 12:00:30 GMT", None),
        ("Tue, 01 Dec 99999999999 12:00:30 GMT", None),
        ("Tue, 01 Dec 2026 12:00:30 +9999999999", None),
    ],
)
def test_every_form_is_a_bounded_wait_or_none(header: str, pause_s: float | None) -> None:
    assert pause_of(header, now=NOW) == pause_s
