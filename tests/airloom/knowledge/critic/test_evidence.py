from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airloom.knowledge.critic.confidence import confidence_of
from airloom.knowledge.critic.evidence import Evidence, contains_words

BED = Evidence.of("Round Cat Bed for kittens, 45 cm\nwashable cover\n猫窝保暖 冬季")


@pytest.mark.parametrize(
    ("value", "share"),
    [
        ("cat bed", 1.0),
        ("beds for a kitten", 1.0),
        ("washable covers", 1.0),
        ("heated cat bed", 2 / 3),
        ("ca", 0.0),
        ("保暖", 1.0),
        ("羊毛", 0.0),
        ("for the", 0.0),
    ],
)
def test_a_value_rests_on_the_words_that_the_texts_have(value: str, share: float) -> None:
    assert BED.share(value) == pytest.approx(share)


@given(st.text("ab_ -.é猫", max_size=12), st.text("ab_-.", min_size=1, max_size=3))
def test_a_value_is_in_a_text_as_whole_words_only(text: str, value: str) -> None:
    whole = re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text) is not None

    assert contains_words(text, value) == whole


@given(st.integers(1, 5), st.floats(0, 1), st.floats(0, 1))
def test_confidence_grows_with_agents_and_support_and_is_below_one(
    agents: int, one: float, other: float
) -> None:
    less, more = sorted((one, other))

    assert 0.5 <= confidence_of(agents=agents, support=less) <= confidence_of(agents=agents, support=more) < 1
    assert confidence_of(agents=agents, support=one) < confidence_of(agents=agents + 1, support=one)
