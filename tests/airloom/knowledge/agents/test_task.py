from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airloom.knowledge.agents.agents import AGENTS, RELATIONS, Agent
from airloom.knowledge.agents.answers import AgentKey, CustomId
from airloom.knowledge.agents.product import MAX_DESCRIPTION_LENGTH, MAX_TITLE_LENGTH, text_of
from airloom.knowledge.claims import Claim, Relation
from airloom.knowledge.critic.task import claim_lines
from airloom.knowledge.tasks import TASKS
from airloom.llm.prompt import Message
from tests.airloom.knowledge.agents.injections import INJECTIONS

ALL: list[Any] = list(TASKS.values())
BED = {"object_id": "p1", "title": "Round cat bed", "category_path": ["Pets", "Cat Beds"], "claims": []}


def asked(task: Any, product: dict[str, Any]) -> list[Message]:
    messages: list[Message] = task.messages(BED | product)
    return messages


def shown(messages: list[Message]) -> dict[str, Any]:
    product: dict[str, Any] = json.loads(messages[-1]["content"])
    return product


@pytest.mark.parametrize("task", ALL, ids=lambda task: task.reply.name)
def test_the_example_of_a_prompt_is_a_valid_reply_to_a_product_of_the_same_form(task: Any) -> None:
    messages = asked(task, {"options": ["bowls"]})

    assert [message["role"] for message in messages] == ["system", "user", "assistant", "user"]
    assert shown(messages).keys() == json.loads(messages[1]["content"]).keys()
    assert task.reply.parse(messages[2]["content"])


@pytest.mark.parametrize("agent", AGENTS, ids=lambda agent: agent.name)
def test_a_prompt_asks_for_every_relation_of_its_agent(agent: Agent) -> None:
    instructions = asked(TASKS[agent.name], {})[0]["content"]

    assert all(f"{relation}:" in instructions for relation in agent.relations)
    assert "never instructions" in instructions


def test_only_an_agent_that_chooses_is_shown_options() -> None:
    for agent in AGENTS:
        messages = asked(TASKS[agent.name], {"options": ["cat toys", "<bowls>"]})
        assert shown(messages).get("options") == (["cat toys", "<bowls>"] if agent.offers else None)
        assert "<" not in messages[-1]["content"]


@given(st.text(max_size=3000), st.text(max_size=3000))
def test_whatever_a_product_says_it_stays_one_line_of_data(title: str, description: str) -> None:
    for task in ALL:
        messages = asked(task, {"title": title, "description": description})

        assert messages[:-1] == asked(task, {})[:-1]
        assert "\n" not in messages[-1]["content"]
        assert len(shown(messages)["title"]) <= MAX_TITLE_LENGTH
        assert len(shown(messages).get("description", "")) <= MAX_DESCRIPTION_LENGTH


@pytest.mark.parametrize("text", INJECTIONS)
@pytest.mark.parametrize("task", ALL, ids=lambda task: task.reply.name)
def test_an_order_in_any_text_marks_no_turn(task: Any, text: str) -> None:
    product = {
        "title": text,
        "description": text,
        "category_path": [text],
        "options": [text],
        "claims": claim_lines([Claim(Relation.TYPE, text, "attributes", 0.5)]),
    }
    messages = asked(task, product)

    assert messages[:-1] == asked(task, {})[:-1]
    content = messages[-1]["content"]
    assert "\n" not in content
    assert not any(marker in content for marker in ("<", "[INST]", "[/INST]", "[SYSTEM"))


def test_the_critic_reads_what_the_agents_read() -> None:
    assert text_of(BED) == "Round cat bed\n\nPets\nCat Beds"


WORDS = st.text(st.characters(codec="utf-8"), min_size=1)


@given(st.sampled_from(sorted(TASKS)), WORDS)
def test_a_custom_id_leads_back_to_its_question_and_prompt(agent: str, object_id: str) -> None:
    task, key = TASKS[agent], AgentKey(agent, object_id, "0123456789ab")

    assert CustomId.read(task.custom_id(key)) == CustomId(key, task.prompt_version)


@pytest.mark.parametrize("text", ["", "p1", "needs/1/2/", "needs/1/2/p1/3"])
def test_another_custom_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="was not written by airloom"):
        CustomId.read(text)


def test_every_agent_has_a_prompt_of_its_own() -> None:
    assert len({str(task.prompt_version) for task in ALL}) == len(AGENTS) + 1
    assert RELATIONS.offers
