"""What a language model is asked about products: the task of each agent, and the critic's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from airloom.knowledge.agents.agents import AGENTS
from airloom.knowledge.agents.answers import AgentKey
from airloom.knowledge.agents.remarks import Remarks
from airloom.knowledge.agents.task import AgentTask
from airloom.knowledge.critic.task import CRITIC, CriticTask
from airloom.llm.task import Task

KnowledgeTask: TypeAlias = Task[AgentKey, Remarks]

TASKS: Final[Mapping[str, KnowledgeTask]] = {
    **{agent.name: AgentTask(agent) for agent in AGENTS},
    CRITIC: CriticTask(),
}
"""By the name of the agent, in the order in which they are asked."""
