"""A language model that reads products of the small shop: a pure function of the question."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from airloom.intents.linking.resolve_objects import resolve_objects
from airloom.intents.linking.settings import LinkingSettings
from airloom.knowledge.intent_links import IntentLinks
from airloom.knowledge.jobs.distill import WHOLE, DistilledProducts, distill
from airloom.knowledge.jobs.plan import KnowledgePlan, plan
from airloom.knowledge.jobs.settings import AgentSettings
from airloom.llm.keys import Shard
from airloom.llm.settings import OpenAISettings
from airloom.logs.lake import Lake
from tests.airloom.intents.shop import DAY, HashingEncoder
from tests.airloom.llm.server.chat_server_double import ChatServerDouble

Reply = Callable[[str, dict[str, Any]], Any]


def agent_and_product(body: dict[str, Any]) -> str:
    """Return the agent that a request, or its repair, is for and the product that it shows, as JSON."""
    name = body["response_format"]["json_schema"]["name"].removeprefix("product_")
    return json.dumps([name, json.loads(body["messages"][3]["content"])])


def sensible(agent: str, product: dict[str, Any]) -> Any:
    """Reply as a good model: what the title says, a need, the first option, nothing to object to."""
    words = product["title"].split()
    match agent:
        case "attributes":
            return {"type": [words[-1]], "form": [words[0]], "material": ["solid gold"]}
        case "needs":
            return {"need": [f"living with a {words[-1]}"], "occasion": [], "season": []}
        case "relations":
            return {"goes_with": product["options"][:1], "replaces": [], "upgrades": ["anything"]}
        case "bridge":
            return {"watched_before": product["options"][:1]}
        case _:
            wrong = [number for number, claim in enumerate(product["claims"], 1) if "frother" in claim]
            return {"unsupported": wrong[:1], "doubtful": wrong[1:]}


def model_server(reply: Reply = sensible) -> ChatServerDouble:
    """Return a server whose `requests` are the questions, as JSON of agent and product."""
    return ChatServerDouble(
        question_in=agent_and_product, reply_to=lambda question: json.dumps(reply(*json.loads(question)))
    )


def asked(server: ChatServerDouble, *, since: int = 0) -> list[tuple[str, str]]:
    """Return agent and title of each request, sorted."""
    questions = [json.loads(question) for question in server.requests[since:]]
    return sorted((agent, product["title"]) for agent, product in questions)


def agent_settings(
    server: ChatServerDouble, *, budget_usd: float | None = None, **openai: Any
) -> AgentSettings:
    defaults: dict[str, Any] = {
        "base_url": server.base_url,
        "model": "qwen",
        "backoff_s": 0.01,
        "concurrency": 4,
    }
    return AgentSettings("openai", budget_usd=budget_usd, openai=OpenAISettings(**defaults | openai))


def links_of(lake: Lake, *, day: date = DAY) -> IntentLinks:
    intents = resolve_objects(
        lake, through=day, encoder=HashingEncoder(), settings=LinkingSettings(), save=False
    )
    return IntentLinks.of(intents.nodes, intents.table)


def planned(lake: Lake, settings: AgentSettings, *, shards: int = 2) -> KnowledgePlan:
    return plan(lake, day=DAY, settings=settings, shards=shards, links=partial(links_of, lake))


def ask(lake: Lake, server: ChatServerDouble, *, shard: Shard = WHOLE, **options: Any) -> DistilledProducts:
    day = options.pop("day", DAY)
    return distill(
        lake,
        day=day,
        settings=agent_settings(server, **options),
        links=partial(links_of, lake, day=day),
        encoder=HashingEncoder(),
        shard=shard,
    )
