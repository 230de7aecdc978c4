"""What the rules of the critic make of the stored answers, and what its model is asked about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any, NamedTuple

import pyarrow as pa

from airloom.knowledge.agents.answers import AgentKey
from airloom.knowledge.agents.product import text_of
from airloom.knowledge.agents.remarks import Objection
from airloom.knowledge.critic.critique import Critique
from airloom.knowledge.critic.rules import criticize
from airloom.knowledge.critic.shop_terms import ShopTerms
from airloom.knowledge.critic.task import CRITIC, CRITIC_QUESTIONS, claim_lines, claims_digest
from airloom.knowledge.jobs.answered_products import AnsweredProduct, answered_products
from airloom.llm.keys import Shard, key_id
from airloom.llm.known_questions import CHUNK
from airloom.logs.lake import Lake


class ProductCritique(NamedTuple):
    """A product about which at least one agent was answered.

    Attributes:
        product: Its row of `QUESTION_SCHEMA`.
        versions: Name of each agent with an answer to the version that gave it.
        critique: Of all their statements, by the rules.
        key: Of the question to the critic's model about what the rules let stand.
        objections: The answer to it; None without one.
    """

    product: Mapping[str, Any]
    versions: Mapping[str, str]
    critique: Critique
    key: AgentKey
    objections: Sequence[Objection] | None


def critiques(lake: Lake, *, day: date, shard: Shard, terms: ShopTerms) -> Iterator[list[ProductCritique]]:
    """Yield the products of a shard that an agent answered about, as their texts are now, in chunks.

    Args:
        lake: Holds objects and answers.
        day: The last complete day.
        shard: Which products.
        terms: What relations and bridges may name.
    """
    answered = answered_products(lake, day=day, shard=shard)
    while chunk := list(islice(answered, CHUNK)):
        yield [_critique(product, terms) for product in chunk]


def critic_questions(lake: Lake, *, day: date, shard: Shard, terms: ShopTerms) -> Iterator[pa.Table]:
    """Yield one question for each product with a claim that the rules let stand (`CRITIC_QUESTIONS`).

    The arguments are those of `critiques`.
    """
    for chunk in critiques(lake, day=day, shard=shard, terms=terms):
        rows = [
            {
                **product,
                **key._asdict(),
                "question_id": key_id(key),
                "claims": claim_lines(critique.claims),
            }
            for product, _, critique, key, _ in chunk
            if critique.claims
        ]
        yield pa.Table.from_pylist(rows, schema=CRITIC_QUESTIONS)


def _critique(answered: AnsweredProduct, terms: ShopTerms) -> ProductCritique:
    product, answers, objections = answered
    statements = {name: answer.statements for name, answer in answers.items()}
    versions = {name: answer.version for name, answer in answers.items()}
    critique = criticize(text_of(product), statements, terms=terms)
    key = AgentKey(CRITIC, product["object_id"], claims_digest(product, critique.claims))
    return ProductCritique(product, versions, critique, key, objections.get(key.digest))
