"""The agents' store: every answer about every product, below `knowledge/agents/` in the lake."""

from __future__ import annotations

from typing import Final

from airloom.knowledge.agents.answers import AGENT_ANSWERS
from airloom.knowledge.agents.remarks import Remarks
from airloom.llm.store.answer_store import AnswerStore
from airloom.llm.store.answer_table import AnswerTable
from airloom.logs.lake import Lake

AGENT_STORE: Final = "knowledge/agents"
"""The folder of the agents' store in the lake."""


class AgentStore(AnswerStore[Remarks]):
    """The answers of all agents and of the critic."""

    def __init__(self, lake: Lake, *, answers: AnswerTable[Remarks] = AGENT_ANSWERS) -> None:
        super().__init__(lake.path(*AGENT_STORE.split("/")), answers=answers)
