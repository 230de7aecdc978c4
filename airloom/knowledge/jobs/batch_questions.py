"""Writes what no language model has answered about products as requests of a batch API (JSON lines)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow as pa

from airloom.knowledge.agents.agents import AGENTS, Agent
from airloom.knowledge.critic.task import CRITIC, CRITIC_QUESTIONS
from airloom.knowledge.jobs.critiques import critic_questions
from airloom.knowledge.jobs.known_products import known_products, known_rows
from airloom.knowledge.jobs.offered_only import with_options
from airloom.knowledge.jobs.settings import AgentSettings
from airloom.knowledge.jobs.shop import ShopChoices
from airloom.knowledge.jobs.store import AgentStore
from airloom.knowledge.tasks import TASKS
from airloom.llm.batch_files.write_requests import write_requests
from airloom.llm.keys import Shard
from airloom.llm.version import LLM
from airloom.logs.lake import Lake


def write_batch_questions(
    lake: Lake, output: Path, *, day: date, settings: AgentSettings, shop: ShopChoices
) -> int:
    """Write one request for every question that no language model has answered and return their number.

    The critic's questions are about what the agents have answered: import the agents' answers, and write the
    questions again for the critic's.

    Args:
        lake: Where objects and answers are.
        output: Replaced, whole or not at all; by agent and id.
        day: The last complete day.
        settings: The model and how it is asked.
        shop: What the questions offer.
    """
    store = AgentStore(lake)
    exclude = [file for version in store.versions(LLM) for file in store.answered_or_rejected_files(version)]

    def of_agent(agent: Agent) -> Iterator[pa.Table]:
        with known_products(lake, agent=agent.name, day=day, exclude=exclude) as known:
            for chunk in known.open_chunks(Shard()):
                yield with_options(chunk, shop.options(agent, chunk)) if agent.offers else chunk

    def of_critic() -> Iterator[pa.Table]:
        rows = critic_questions(lake, day=day, shard=Shard(), terms=shop.terms)
        with known_rows(rows, schema=CRITIC_QUESTIONS, exclude=exclude) as known:
            yield from known.open_chunks(Shard())

    parts = [(TASKS[agent.name], of_agent(agent)) for agent in AGENTS]
    return write_requests(output, [*parts, (TASKS[CRITIC], of_critic())], settings=settings.openai)
