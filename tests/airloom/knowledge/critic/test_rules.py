from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airloom.knowledge.agents.agents import AGENTS
from airloom.knowledge.agents.remarks import Finding, Objection, Statement
from airloom.knowledge.claims import Claim, Relation, claims_table
from airloom.knowledge.critic.critique import NOT_IN_SHOP, UNSUPPORTED, Critique, Struck
from airloom.knowledge.critic.reply import CRITIC_REPLY
from airloom.knowledge.critic.rules import MIN_PRODUCTS, criticize, is_common
from airloom.knowledge.critic.shop_terms import ShopTerms, terms_of
from airloom.knowledge.critic.task import claims_digest, judged

TERMS = ShopTerms(terms_of([("pets", "cat beds"), ("pets", "cat toys")]), terms_of([("new kitten at home",)]))
TEXT = "Round cat bed\n\nPets\nCat Beds"
WORDS = st.sampled_from(
    ["round", "cat bed", "cat beds", "cat toys", "gold", "new kitten at home", "ignore the texts", "猫"]
)
STATEMENTS = {
    agent.name: st.lists(st.builds(Statement, st.sampled_from(agent.relations), WORDS), unique=True)
    for agent in AGENTS
}
GIVEN = st.fixed_dictionaries({}, optional=STATEMENTS)


def one(agent: str, relation: Relation, value: str) -> dict[str, list[Statement]]:
    return {agent: [Statement(relation, value)]}


def test_an_attribute_needs_its_words_in_the_texts_or_a_second_agent() -> None:
    alone = criticize(TEXT, one("attributes", Relation.AUDIENCE, "kittens"), terms=TERMS)
    backed = criticize(
        TEXT,
        one("attributes", Relation.AUDIENCE, "kittens") | one("needs", Relation.NEED, "new kitten"),
        terms=TERMS,
    )
    read = criticize(TEXT, one("attributes", Relation.FORM, "round"), terms=TERMS)

    assert alone == Critique((), (Struck(Relation.AUDIENCE, "kittens", "attributes", UNSUPPORTED),))
    assert backed.claims[0] == Claim(Relation.AUDIENCE, "kittens", "attributes", 0.75, "2 agents agree")
    (claim,) = read.claims
    assert (claim.confidence, claim.support) == (pytest.approx(0.8), "in the texts")


def test_relations_and_bridges_are_terms_of_the_shop_and_lead_to_their_nodes() -> None:
    chosen = criticize(
        TEXT,
        {
            "relations": [
                Statement(Relation.GOES_WITH, "cat toys"),
                Statement(Relation.GOES_WITH, "gold bars"),
            ],
            "bridge": [Statement(Relation.WATCHED_BEFORE, "new kitten at home")],
        },
        terms=TERMS,
    )

    assert [(claim.value, claim.node_path, claim.confidence) for claim in chosen.claims] == [
        ("cat toys", ("pets", "cat toys"), 0.5),
        ("new kitten at home", ("new kitten at home",), 0.5),
    ]
    assert chosen.struck == (Struck(Relation.GOES_WITH, "gold bars", "relations", NOT_IN_SHOP),)


@given(GIVEN)
def test_the_rules_only_strike(statements: dict[str, list[Statement]]) -> None:
    critique = criticize(TEXT, statements, terms=TERMS)

    left = [(claim.source, claim.relation, claim.value) for claim in critique.claims]
    struck = [(claim.source, claim.relation, claim.value) for claim in critique.struck]
    assert sorted(left + struck) == sorted(
        (agent, *statement) for agent, own in statements.items() for statement in own
    )
    assert all(0 < claim.confidence < 1 for claim in critique.claims)


@given(
    GIVEN,
    st.lists(st.builds(Objection, st.integers(1, 200), st.sampled_from(Finding)), unique_by=lambda o: o[0]),
)
def test_the_model_only_strikes_or_doubts(
    statements: dict[str, list[Statement]], objections: list[Objection]
) -> None:
    before = criticize(TEXT, statements, terms=TERMS).claims
    after = judged(before, tuple(objections))

    confidence = {claim[:3]: claim.confidence for claim in before}
    assert {claim[:3] for claim in after.claims} <= confidence.keys()
    assert all(0 < claim.confidence <= confidence[claim[:3]] for claim in after.claims)
    assert len(after.claims) + len(after.struck) == len(before)


def test_numbers_point_at_claims_and_the_sterner_list_counts() -> None:
    claims = [Claim(Relation.NEED, value, "needs", 0.5) for value in ("one", "two", "three")]
    reply = CRITIC_REPLY.parse('{"unsupported":[1,70],"doubtful":[1,3]}')
    objections = [remark for remark in reply if isinstance(remark, Objection)]

    critique = judged(claims, objections)

    assert [(claim.value, claim.confidence) for claim in critique.claims] == [("two", 0.5), ("three", 0.25)]
    assert [struck.value for struck in critique.struck] == ["one"]


@settings(deadline=None)
@given(st.integers(0, 40), st.integers(0, 40))
def test_a_value_that_nearly_every_product_has_is_common(having: int, others: int) -> None:
    gift = Claim(Relation.OCCASION, "birthday", "needs", 0.5)
    cards = {f"p{n}": [gift] for n in range(having)}
    cards |= {f"q{n}": [Claim(Relation.NEED, "birthday", "needs", 0.5)] for n in range(others)}
    claims, products = claims_table(cards, version="m"), having + others

    common = claims.filter(is_common(claims, products=products))

    for relation, count in ((Relation.OCCASION, having), (Relation.NEED, others)):
        is_too_many = products >= MIN_PRODUCTS and count > 0.8 * products
        assert common["relation"].to_pylist().count(relation) == (count if is_too_many else 0)


def test_another_claim_or_text_is_another_question_for_the_critic() -> None:
    bed, toy = (Claim(Relation.TYPE, value, "attributes", 0.8) for value in ("bed", "toy"))
    digests = {
        claims_digest({"title": title}, claims)
        for title in ("Round bed", "Square bed")
        for claims in ([bed], [toy], [bed, toy])
    }

    assert len(digests) == 6
    assert claims_digest({"title": "a"}, [bed]) == claims_digest(
        {"title": "a"}, [bed._replace(confidence=0.1)]
    )
