from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airloom.knowledge.claims import (
    CLAIMS,
    MAX_SUPPORT_LENGTH,
    RULES,
    Claim,
    Relation,
    cards_in,
    claims_table,
)

CLAIM = st.builds(
    Claim,
    st.sampled_from(Relation),
    st.sampled_from(["cat bed", "walnut", "猫窝", "cama de gato"]),
    st.sampled_from([RULES, "attributes", "critic"]),
    st.sampled_from([0.25, 0.5, 1.0]),
)
CARDS = st.dictionaries(st.sampled_from(["p1", "p2", "p3"]), st.lists(CLAIM, max_size=8), max_size=3)


@settings(deadline=None)
@given(CARDS, st.randoms())
def test_the_order_in_which_claims_arrive_does_not_matter(
    cards: dict[str, list[Claim]], chance: random.Random
) -> None:
    shuffled = {
        id_: chance.sample(claims, len(claims)) for id_, claims in sorted(cards.items(), reverse=True)
    }

    assert claims_table(cards, version="v").equals(claims_table(shuffled, version="v"))


@settings(deadline=None)
@given(CARDS)
def test_claims_are_sorted_by_product_and_then_in_the_order_of_relations(
    cards: dict[str, list[Claim]],
) -> None:
    table = claims_table(cards, version="v")
    order = list(Relation)
    keys = [
        (row["object_id"], order.index(Relation(row["relation"])), -row["confidence"])
        for row in table.to_pylist()
    ]

    assert table.schema == CLAIMS
    assert keys == sorted(keys)


@settings(deadline=None)
@given(CARDS)
def test_a_claim_is_stored_once_for_each_source(cards: dict[str, list[Claim]]) -> None:
    stored = cards_in(claims_table(cards, version="v"))

    for object_id, claims in cards.items():
        wanted = {(claim.relation, claim.value, claim.source) for claim in claims}
        assert len(stored.get(object_id, [])) == len(wanted)


def test_of_equal_claims_the_most_confident_stays() -> None:
    twice = [Claim(Relation.NEED, "napping", RULES, confidence) for confidence in (0.25, 0.75)]

    (claim,) = cards_in(claims_table({"p1": twice}, version="v"))["p1"]

    assert claim.confidence == 0.75


def test_values_are_normalized_and_bounded() -> None:
    claim = Claim(Relation.FEATURE, "  Two\tSpeeds\x00 " + "x" * 500, RULES, 1.0, support="y" * 500)

    (stored,) = cards_in(claims_table({"p1": [claim]}, version="v"))["p1"]

    assert stored.value.startswith("two speeds x")
    assert len(stored.value) <= 80
    assert len(stored.support) == MAX_SUPPORT_LENGTH


def test_a_claim_keeps_the_path_of_the_node_that_it_is_linked_to() -> None:
    claim = Claim(Relation.GOES_WITH, "cat beds", RULES, 0.5, "12 users", ("pets", "cats", "cat beds"))

    assert cards_in(claims_table({"p1": [claim]}, version="v")) == {"p1": [claim]}


def test_a_relation_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(ValueError, match="colour"):
        Relation("colour")
