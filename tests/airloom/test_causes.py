from __future__ import annotations

from airloom.causes import SIGNALS, Cause


def test_every_cause_is_a_signal_or_says_that_none_is_shown() -> None:
    assert [cause for cause in Cause if cause not in SIGNALS] == [Cause.REMAINING, Cause.UNEXPLAINED]
    assert len(set(SIGNALS)) == len(SIGNALS)


def test_a_cause_is_its_code_and_has_a_meaning() -> None:
    assert Cause("bought_together") is Cause.BOUGHT_TOGETHER == "bought_together"
    assert all(cause.meaning.endswith((".", "`.")) for cause in Cause)
