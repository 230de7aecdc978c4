from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from airloom.intents.paths import normalize_label
from airloom.intents.reply_bounds import ACCEPTED


@given(st.text(max_size=200))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalize_label(text)

    assert normalize_label(once) == once
    assert len(once) <= ACCEPTED.max_label_length
    assert "\x1f" not in once
    assert "\n" not in once


def test_spelling_does_not_matter() -> None:
    assert normalize_label("  Cat\u00a0 BEDS\n") == normalize_label("cat beds")
