"""What the rules of the critic make of the stored answers, and what its model is asked about them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

import pyarrow as pa

from airloom.knowledge.agents.agents import AGENT_NAMED, AGENTS
from airloom.knowledge.agents.answers import AgentKey, agent_version
from airloom.knowledge.agents.product import text_of
from airloom.knowledge.agents.remarks import Statement
from airloom.knowledge.claims import Relation
from airloom.knowledge.critic.critique import Critique
from airloom.knowledge.critic.rules import criticize
from airloom.knowledge.critic.shop_terms import ShopTerms
from airloom.knowledge.critic.task import CRITIC, CRITIC_QUESTIONS, claim_lines, claims_digest
from airloom.knowledge.jobs.known_products import known_products
from airloom.knowledge.jobs.store import AgentStore
from airloom.llm.keys import Shard, key_id
from airloom.logs.lake import Lake


class AgentAnswer(NamedTuple):
    """The answer of an agent that counts.

    Attributes:
        statements: What it says.
        version: Folder name of the version that says it.
    """

    statements: list[Statement]
    version: str


class ProductCritique(NamedTuple):
    """A product about which at least one agent was answered.

    Attributes:
        product: Its row of `QUESTION_SCHEMA`.
        versions: Name of each agent with an answer to the version that gave it.
        critique: Of all their statements, by the rules.
    """

    product: Mapping[str, Any]
    versions: Mapping[str, str]
    critique: Critique


def critiques(lake: Lake, *, day: date, shard: Shard, terms: ShopTerms) -> Iterator[ProductCritique]:
    """Yield the products of a shard that an agent answered about, as their texts are now.

    Args:
        lake: Holds objects and answers.
        day: The last complete day.
        shard: Which products.
        terms: What relations and bridges may name.
    """
    answers = _answers(AgentStore(lake))
    with known_products(lake, agent=AGENTS[0].name, day=day) as products:
        for chunk in products.open_chunks(shard):
            for product in chunk.to_pylist():
                if of_agents := answers.get((product["object_id"], product["digest"])):
                    ordered = {
                        agent.name: of_agents[agent.name] for agent in AGENTS if agent.name in of_agents
                    }
                    statements = {name: answer.statements for name, answer in ordered.items()}
                    versions = {name: answer.version for name, answer in ordered.items()}
                    critique = criticize(text_of(product), statements, terms=terms)
                    yield ProductCritique(product, versions, critique)


def critic_questions(products: Iterable[ProductCritique]) -> pa.Table:
    """Return one question for each product with a claim that the rules let stand (`CRITIC_QUESTIONS`)."""
    rows = []
    for product, _, critique in products:
        if critique.claims:
            key = critic_key(product, critique)
            row = dict(product) | key._asdict() | {"question_id": key_id(key)}
            rows.append(row | {"claims": claim_lines(critique.claims)})
    return pa.Table.from_pylist(rows, schema=CRITIC_QUESTIONS)


def critic_key(product: Mapping[str, Any], critique: Critique) -> AgentKey:
    """Return the key of the question about what the rules let stand."""
    return AgentKey(CRITIC, product["object_id"], claims_digest(product, critique.claims))


def _answers(store: AgentStore) -> dict[tuple[str, str], dict[str, AgentAnswer]]:
    """Return object id and digest of its texts to the answers of the agents."""
    columns = (*AgentKey._fields, "statements", "model", "prompt_version")
    answers: dict[tuple[str, str], dict[str, AgentAnswer]] = defaultdict(dict)
    for batch in store.read(columns).to_batches(max_chunksize=4096):
        for row in batch.to_pylist():
            if row["agent"] in AGENT_NAMED:
                statements = [
                    Statement(Relation(item["relation"]), item["value"]) for item in row["statements"]
                ]
                version = agent_version(row["model"], row["prompt_version"]).folder
                answers[row["object_id"], row["digest"]][row["agent"]] = AgentAnswer(statements, version)
    return answers
