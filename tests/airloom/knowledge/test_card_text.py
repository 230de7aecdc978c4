from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from airloom.intents.encoding import EmbeddingCache
from airloom.knowledge.card_text import MAX_TEXT_LENGTH, card_text, card_texts, embed_cards
from airloom.knowledge.claims import Claim, Relation, claims_table
from airloom.logs.lake import Lake
from tests.airloom.intents.shop import HashingEncoder

CLAIM = st.builds(
    Claim,
    st.sampled_from(Relation),
    st.sampled_from(["cat bed", "walnut", "猫窝", "x" * 80, 'a"; type: b', "<b>"]),
    st.sampled_from(["rules", "import"]),
    st.sampled_from([0.25, 0.5, 1.0]),
)


@settings(deadline=None)
@given(st.lists(CLAIM, max_size=30), st.randoms())
def test_the_text_depends_on_the_claims_only(claims: list[Claim], chance: random.Random) -> None:
    text = card_text(claims)

    assert card_text(chance.sample(claims, len(claims))) == text
    assert len(text) <= MAX_TEXT_LENGTH


@settings(deadline=None)
@given(st.lists(CLAIM, max_size=8), st.lists(CLAIM, max_size=8))
def test_a_card_does_not_change_the_text_of_another(own: list[Claim], other: list[Claim]) -> None:
    texts = card_texts(claims_table({"p1": own, "p2": other}, version="v")).to_pylist()

    assert {row["object_id"]: row["text"] for row in texts}.get("p1", "") == card_text(own)


def test_relations_have_a_fixed_order_and_the_surest_values_come_first() -> None:
    claims = [
        Claim(Relation.GOES_WITH, "cat toys", "import", 0.5),
        Claim(Relation.FEATURE, "round", "rules", 0.5),
        Claim(Relation.FEATURE, "heated", "import", 1.0),
        Claim(Relation.TYPE, "cat bed", "rules", 1.0),
    ]

    assert card_text(claims) == "type: cat bed; feature: heated, round; goes with: cat toys"


def test_a_value_of_two_sources_is_written_once_and_three_values_are_enough() -> None:
    twice = [Claim(Relation.NEED, "napping", source, 0.5) for source in ("rules", "import")]
    many = [Claim(Relation.FEATURE, f"feature {number}", "import", 0.5) for number in range(5)]

    assert card_text(twice + many) == "feature: feature 0, feature 1, feature 2; need: napping"


TITLES = pa.table({"object_id": ["p2", "p1"], "title": ["Lamp", None]})


def test_only_texts_that_changed_are_encoded(tmp_path: object) -> None:
    encoder, lake = HashingEncoder(), Lake(str(tmp_path))
    cache = EmbeddingCache(lake, encoder)
    bed, lamp = (Claim(Relation.TYPE, value, "rules", 1.0) for value in ("bed", "lamp"))
    embed_cards(claims_table({"p1": [bed], "p2": [lamp]}, version="v"), TITLES, encoder=cache)
    encoder.encoded.clear()

    vectors = embed_cards(
        claims_table({"p1": [bed], "p2": [lamp._replace(value="desk lamp")]}, version="v"),
        TITLES,
        encoder=cache,
    )

    assert encoder.encoded == ["Lamp. type: desk lamp"]
    assert vectors["object_id"].to_pylist() == ["p1", "p2"]
    assert np.shape(vectors["embedding"].to_pylist()) == (2, 256)
