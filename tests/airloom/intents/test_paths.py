from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from airloom.intents.paths import MAX_LABEL_LENGTH, normalise_label


@given(st.text(max_size=200))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalise_label(text)

    assert normalise_label(once) == once
    assert len(once) <= MAX_LABEL_LENGTH
    assert "\x1f" not in once
    assert "\n" not in once


def test_spelling_does_not_matter() -> None:
    assert normalise_label("  Cat\u00a0 BEDS\n") == normalise_label("cat beds")
