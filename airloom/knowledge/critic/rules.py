"""The rules of the critic: claims that stand on nothing are struck, the others get their confidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from airloom.knowledge.agents.agents import AGENT_NAMED, ATTRIBUTES
from airloom.knowledge.agents.remarks import Statement
from airloom.knowledge.claims import Claim
from airloom.knowledge.critic.confidence import confidence_of
from airloom.knowledge.critic.critique import NOT_IN_SHOP, UNSUPPORTED, Critique, Struck
from airloom.knowledge.critic.evidence import Evidence, content_words
from airloom.knowledge.critic.shop_terms import ShopTerms

COMMON_SHARE: Final = 0.8
"""Share of the products from which a value tells none of them apart."""
MIN_PRODUCTS: Final = 20
"""Products that a shop needs before a value can be common."""


def criticize(text: str, statements: Mapping[str, Sequence[Statement]], *, terms: ShopTerms) -> Critique:
    """Turn the statements of agents about one product into claims, and strike those without support.

    An attribute stands if the texts have all of its words, or a second agent has a value with all of them. A
    relation or a bridge stands if its value is a term of the shop. What a product is needed for is rarely in
    its texts: those claims stand, with the confidence of one agent.

    Args:
        text: All that the agents read about the product.
        statements: Name of the agent to what it wrote down.
        terms: What relations and bridges may name.
    """
    evidence = Evidence.of(text)
    words_of = {
        agent: [content_words(statement.value) for statement in own]
        for agent, own in statements.items()
        if not AGENT_NAMED[agent].offers  # what a product goes with says nothing about itself
    }
    claims: list[Claim] = []
    struck: list[Struck] = []
    for agent, own in statements.items():
        for relation, value in own:
            node_path = terms.for_relation(relation).get(value, ())
            words = content_words(value)
            agents = 1 + sum(
                any(words <= others for others in values)
                for name, values in words_of.items()
                if name != agent
            )
            offered = AGENT_NAMED[agent].offers
            share = 0.0 if offered else evidence.share(value)
            if offered and not node_path:
                struck.append(Struck(relation, value, agent, NOT_IN_SHOP))
            elif agent == ATTRIBUTES.name and share < 1 and agents == 1:
                struck.append(Struck(relation, value, agent, UNSUPPORTED))
            else:
                confidence = confidence_of(agents=agents, support=share)
                support = _described(share=share, agents=agents, offered=offered)
                claims.append(Claim(relation, value, agent, confidence, support, node_path))
    return Critique(tuple(claims), tuple(struck))


def is_common(claims: pa.Table, *, products: int) -> pa.ChunkedArray:
    """Return for each row of `CLAIMS` whether more than `COMMON_SHARE` of the products have its value.

    Args:
        claims: Of the agents, about the whole shop.
        products: About how many products an agent said anything.
    """
    if products < MIN_PRODUCTS or not claims.num_rows:
        return pa.chunked_array([pa.array([False] * claims.num_rows, pa.bool_())])
    key = pc.binary_join_element_wise(claims["relation"], claims["value"], "\0")
    keyed = pa.table({"key": key, "object_id": claims["object_id"]})
    counts = keyed.group_by("key", use_threads=False).aggregate([("object_id", "count_distinct")])
    common = counts.filter(pc.greater(counts["object_id_count_distinct"], COMMON_SHARE * products))["key"]
    return pc.is_in(key, value_set=common.combine_chunks())


def _described(*, share: float, agents: int, offered: bool) -> str:
    parts = ["chosen from terms of the shop"] if offered else []
    if share:
        parts.append("in the texts" if share == 1 else "partly in the texts")
    if agents > 1:
        parts.append(f"{agents} agents agree")
    return ", ".join(parts)
