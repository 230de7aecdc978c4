from __future__ import annotations

import numpy as np
import pyarrow as pa

from airloom.bench.text_arms import (
    BOTH_CARDS,
    CATEGORY,
    LLM_CARDS,
    OF_LLM,
    RANDOM,
    RULES_CARDS,
    SHUFFLED_CARDS,
    WITHOUT_LLM,
    arm_texts,
)
from airloom.intents.linking.nodes import NO_NODE
from airloom.knowledge.claims import Claim, Relation, claims_table
from tests.airloom.intents.shop import HashingEncoder
from tests.airloom.ranking.small_shop import TEXT, small_snapshot

SNAPSHOT = small_snapshot()
IDS = SNAPSHOT.objects.ids
ENCODER = HashingEncoder(dimension=TEXT)


def cards(source: str, *values: str) -> pa.Table:
    """One claim each about the first products, and one about a product that there is not."""
    claims = {IDS[row]: [Claim(Relation.TYPE, value, source, 1.0)] for row, value in enumerate((*values,))}
    return claims_table(claims | {"gone": [Claim(Relation.TYPE, "gone", source, 1.0)]}, version="1")


def encoded(row: int, text: str) -> list[float]:
    return ENCODER.encode([f"{SNAPSHOT.objects.titles[row]}. {text}"])[0].tolist()


def test_cards_are_read_with_the_title_and_what_has_none_keeps_its_embedding() -> None:
    rules, written = cards("rules", "cat bed"), cards("imported", "cat basket", "dog basket")
    texts = arm_texts(SNAPSHOT, rules=rules, written=written, encoder=ENCODER)
    assert set(texts) == {*WITHOUT_LLM, *OF_LLM}
    own = SNAPSHOT.objects.embeddings
    assert texts[RULES_CARDS][0].tolist() == encoded(0, "type: cat bed")
    assert texts[LLM_CARDS][1].tolist() == encoded(1, "type: dog basket")
    assert texts[BOTH_CARDS][0].tolist() == encoded(0, "type: cat basket, cat bed")
    np.testing.assert_array_equal(texts[RULES_CARDS][1:], own[1:])
    np.testing.assert_array_equal(texts[LLM_CARDS][2:], own[2:])


def test_shuffled_cards_are_the_same_cards_of_other_products() -> None:
    values = [f"thing {number}" for number in range(20)]
    shuffled = arm_texts(SNAPSHOT, rules=cards("rules"), written=cards("imported", *values), encoder=ENCODER)[
        SHUFFLED_CARDS
    ]
    possible = [
        {value for value in [*values, "gone"] if encoded(row, f"type: {value}") == shuffled[row].tolist()}
        for row in range(20)
    ]
    dealt = [next(iter(matching), None) for matching in possible]
    assert len(set(dealt)) >= 19  # each card is dealt once; the id that is no product keeps one of them
    assert sum(value == own for value, own in zip(dealt, values, strict=True)) < 5


def test_the_controls_say_the_category_or_nothing() -> None:
    texts = arm_texts(SNAPSHOT, rules=cards("rules"), written=cards("imported")[:0], encoder=ENCODER)
    assert set(texts) == set(WITHOUT_LLM)
    leaves = SNAPSHOT.objects.leaves
    known = leaves != NO_NODE
    np.testing.assert_array_equal(texts[CATEGORY][known], SNAPSHOT.nodes.embeddings[leaves[known]])
    np.testing.assert_array_equal(texts[CATEGORY][~known], SNAPSHOT.objects.embeddings[~known])
    np.testing.assert_allclose(np.linalg.norm(texts[RANDOM], axis=1), 1.0, rtol=1e-5)
    assert (
        texts[RANDOM].tolist()
        == arm_texts(SNAPSHOT, rules=cards("rules"), written=cards("imported")[:0], encoder=ENCODER)[
            RANDOM
        ].tolist()
    )
