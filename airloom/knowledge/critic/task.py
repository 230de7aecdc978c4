"""The task of the critic model: shown a product and numbered claims, it names those that should not stand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Final

import pyarrow as pa

from airloom.knowledge.agents.answers import AGENT_ANSWERS, QUESTION_SCHEMA, AgentKey, CustomId
from airloom.knowledge.agents.product import shown_product
from airloom.knowledge.agents.remarks import Finding, Objection, Remarks
from airloom.knowledge.agents.task import shipped_prompt
from airloom.knowledge.claims import Claim
from airloom.knowledge.critic.confidence import IF_DOUBTFUL
from airloom.knowledge.critic.critique import REFUSED, Critique, Struck
from airloom.knowledge.critic.reply import CRITIC_REPLY, MAX_CLAIMS
from airloom.llm.prompt import Message, PromptTemplate, quoted
from airloom.llm.reply_format import ReplyFormat
from airloom.llm.store.answer_table import AnswerTable

CRITIC: Final = "critic"


CRITIC_QUESTIONS: Final = pa.schema([*QUESTION_SCHEMA, ("claims", pa.list_(pa.string()))])
"""One row a question: a product and the claims about it, as they are shown."""


class CriticTask:
    """A `Task` whose questions are rows of `CRITIC_QUESTIONS`."""

    @cached_property
    def prompt(self) -> PromptTemplate:
        """The instructions and an example; its last turn has `$product`."""
        return shipped_prompt(CRITIC)

    @property
    def reply(self) -> ReplyFormat[Remarks]:
        """Two lists of numbers."""
        return CRITIC_REPLY

    @property
    def answers(self) -> AnswerTable[Remarks]:
        """The columns of the agents' store; of most products nothing is wrong."""
        return replace(AGENT_ANSWERS, may_be_alike=True)

    @property
    def prompt_version(self) -> str:
        """The hash of the prompt."""
        return self.prompt.version

    def key(self, question: Mapping[str, Any]) -> AgentKey:
        """Return the product and the digest of its claims."""
        return AgentKey(CRITIC, question["object_id"], question["digest"])

    def messages(self, question: Mapping[str, Any]) -> list[Message]:
        """Return the chat about a product and its claims, which stand in one line of JSON."""
        shown = shown_product(question) | {"claims": question["claims"]}
        return self.prompt.messages(product=quoted(shown))

    def shortest_messages(self) -> list[Message]:
        """Return the chat about nothing."""
        return self.messages({"title": "", "claims": []})

    def custom_id(self, key: AgentKey) -> str:
        """Return the key and the prompt, see `CustomId`."""
        return CustomId(key, self.prompt_version).text


def claim_lines(claims: Sequence[Claim]) -> list[str]:
    """Return claims as the critic is shown them; those beyond `MAX_CLAIMS` are not shown and stand."""
    return [
        f"{number}. {claim.relation.replace('_', ' ')}: {claim.value}"
        for number, claim in enumerate(claims[:MAX_CLAIMS], start=1)
    ]


def claims_digest(product: Mapping[str, Any], claims: Sequence[Claim]) -> str:
    """Return 12 hexadecimal digits of the hash of what the critic is shown about a product."""
    shown = json.dumps([shown_product(product), claim_lines(claims)], ensure_ascii=False)
    return hashlib.sha256(shown.encode()).hexdigest()[:12]


def judged(claims: Sequence[Claim], objections: Iterable[Objection]) -> Critique:
    """Return what is left of claims: unsupported ones are struck, doubtful ones lose confidence."""
    findings = dict(objections)
    kept: list[Claim] = []
    struck: list[Struck] = []
    for number, claim in enumerate(claims, start=1):
        match findings.get(number):
            case None:
                kept.append(claim)
            case Finding.DOUBTFUL:
                kept.append(claim._replace(confidence=claim.confidence * IF_DOUBTFUL))
            case Finding.UNSUPPORTED:
                struck.append(Struck(claim.relation, claim.value, claim.source, REFUSED))
    return Critique(tuple(kept), tuple(struck))
