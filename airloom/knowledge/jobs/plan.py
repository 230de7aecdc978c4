"""What asking the agents would take, estimated before anything is spent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from airloom.knowledge.agents.agents import AGENTS
from airloom.knowledge.critic.task import CRITIC, CRITIC_QUESTIONS
from airloom.knowledge.intent_links import IntentLinks
from airloom.knowledge.jobs.critiques import critic_questions
from airloom.knowledge.jobs.distill import version_of
from airloom.knowledge.jobs.known_products import known_products, known_rows
from airloom.knowledge.jobs.settings import AgentSettings
from airloom.knowledge.jobs.shop import shop_terms
from airloom.knowledge.jobs.store import AgentStore
from airloom.knowledge.tasks import TASKS
from airloom.llm.cost import Cost, estimated_tokens, measured_tokens
from airloom.llm.keys import Shard
from airloom.logs.lake import Lake


class KnowledgePlan(NamedTuple):
    """What the agents would be asked.

    Attributes:
        products: Products on sale at the end of the day.
        missing: Agent to the number of products that it has not read; of the critic the larger of the number
            of products that some agent has not read, and the number of its own open questions.
        shards: Open questions, of agents and critic, in every shard that has any, by its number, ascending.
        cost: What a language model would take for all of them; None if nobody is asked.
    """

    products: int
    missing: dict[str, int]
    shards: dict[int, int]
    cost: Cost | None


def plan(
    lake: Lake, *, day: date, settings: AgentSettings, shards: int, links: Callable[[], IntentLinks]
) -> KnowledgePlan:
    """Count the products and what is open about them at the end of `day`, without calling a language model.

    Args:
        lake: Holds objects and answers.
        day: The last complete day.
        settings: Who is asked.
        shards: Into how many parts the products are divided.
        links: Returns the linked intents of the day; called only if an agent has answered.

    Raises:
        AirloomError: The settings name no model.
    """
    if settings.reasoner == "none":
        with known_products(lake, agent=AGENTS[0].name, day=day) as known:
            return KnowledgePlan(known.count(Shard()), {}, {}, None)
    store = AgentStore(lake)
    missing: dict[str, int] = {}
    by_shard: Counter[int] = Counter()
    cost = Cost(0, 0, 0, 0.0, measured=True)
    products = 0
    for agent in AGENTS:
        version = version_of(agent.name, settings)
        exclude = store.answered_or_rejected_files(version.folder)
        with known_products(lake, agent=agent.name, day=day, exclude=exclude) as known:
            products = known.count(Shard())
            open_questions = known.open_by_shard(shards)
            missing[agent.name] = sum(open_questions.values())
            by_shard.update(open_questions)
            sample = next(known.open_chunks(Shard()), None)
        rows = sample.to_pylist() if sample else []
        cost = _plus(cost, store, agent.name, missing[agent.name], rows, settings)
        if missing[agent.name] == max(missing.values()):
            of_critic = [row | {"claims": []} for row in rows]
    open_critiques = _open_critiques(lake, store, day=day, settings=settings, shards=shards, links=links)
    by_shard.update(open_critiques)
    missing[CRITIC] = max(*missing.values(), sum(open_critiques.values()))
    cost = _plus(cost, store, CRITIC, missing[CRITIC], of_critic, settings)
    return KnowledgePlan(products, missing, dict(sorted(by_shard.items())), cost)


def _open_critiques(
    lake: Lake,
    store: AgentStore,
    *,
    day: date,
    settings: AgentSettings,
    shards: int,
    links: Callable[[], IntentLinks],
) -> dict[int, int]:
    """Return the questions to the critic about what agents have answered: a run may end just before it."""
    if not store.answered_files():
        return {}
    exclude = store.answered_or_rejected_files(version_of(CRITIC, settings).folder)
    rows = critic_questions(lake, day=day, shard=Shard(), terms=shop_terms(links()))
    with known_rows(rows, schema=CRITIC_QUESTIONS, exclude=exclude) as known:
        return known.open_by_shard(shards)


def _plus(
    cost: Cost,
    store: AgentStore,
    agent: str,
    questions: int,
    sample: list[dict[str, object]],
    settings: AgentSettings,
) -> Cost:
    """Return the cost with that of some questions to one agent."""
    tokens = measured_tokens(store, version_of(agent, settings)) or estimated_tokens(TASKS[agent], sample)
    tokens_in, tokens_out = round(questions * tokens.tokens_in), round(questions * tokens.tokens_out)
    usd = settings.openai.price(tokens_in, tokens_out) if settings.reasoner == "openai" else 0.0
    return Cost(
        cost.calls + questions,
        cost.tokens_in + tokens_in,
        cost.tokens_out + tokens_out,
        cost.usd + usd,
        cost.measured and tokens.measured,
    )
