"""The task of the critic model: shown a product and numbered claims, it names those that should not stand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final, NamedTuple
from urllib.parse import quote, unquote

import pyarrow as pa

from airloom.knowledge.agents.product import PRODUCT_COLUMNS, shown_product
from airloom.knowledge.agents.task import shipped_prompt
from airloom.knowledge.claims import Claim
from airloom.knowledge.critic.confidence import IF_DOUBTFUL
from airloom.knowledge.critic.critique import REFUSED, Critique, Struck
from airloom.knowledge.critic.reply import CRITIC_REPLY, MAX_CLAIMS, Finding, Objections
from airloom.llm.prompt import Message, PromptTemplate, quoted
from airloom.llm.reply_format import ReplyFormat
from airloom.llm.store.answer_table import AnswerTable
from airloom.llm.version import LLM, Version

CRITIC: Final = "critic"


class CriticKey(NamedTuple):
    """The key of one question.

    Attributes:
        object_id: The product.
        claims_digest: Of its texts and of the claims as they are shown.
    """

    object_id: str
    claims_digest: str


CRITIC_QUESTIONS: Final = pa.schema(
    [
        ("question_id", pa.string()),
        *((name, pa.string()) for name in CriticKey._fields),
        *PRODUCT_COLUMNS,
        ("claims", pa.list_(pa.string())),
    ]
)


def _columns(objections: Objections | None) -> Mapping[str, Any]:
    return {"objections": [objection._asdict() for objection in objections or ()]}


CRITIC_ANSWERS: Final = AnswerTable[Objections](
    id_column="question_id",
    key_columns=CriticKey._fields,
    value_columns=(("objections", pa.list_(pa.struct([("number", pa.int64()), ("finding", pa.string())]))),),
    to_columns=_columns,
    schema_version="1",
)


class CriticTask:
    """A `Task` whose questions are rows of `CRITIC_QUESTIONS`."""

    @cached_property
    def prompt(self) -> PromptTemplate:
        """The instructions and an example; its last turn has `$product`."""
        return shipped_prompt(CRITIC)

    @property
    def reply(self) -> ReplyFormat[Objections]:
        """Two lists of numbers."""
        return CRITIC_REPLY

    @property
    def answers(self) -> AnswerTable[Objections]:
        """The columns of the critic's store."""
        return CRITIC_ANSWERS

    @property
    def prompt_version(self) -> str:
        """The hash of the prompt."""
        return self.prompt.version

    def key(self, question: Mapping[str, Any]) -> CriticKey:
        """Return the product and the digest of its claims."""
        return CriticKey(question["object_id"], question["claims_digest"])

    def messages(self, question: Mapping[str, Any]) -> list[Message]:
        """Return the chat about a product and its claims, which stand in one line of JSON."""
        shown = shown_product(question) | {"claims": question["claims"]}
        return self.prompt.messages(product=quoted(shown))

    def shortest_messages(self) -> list[Message]:
        """Return the chat about nothing."""
        return self.messages({"title": "", "claims": []})

    def custom_id(self, key: CriticKey) -> str:
        """Return critic/prompt version/digest/object id, the last quoted as in a URL."""
        return "/".join((CRITIC, self.prompt_version, key.claims_digest, quote(key.object_id, safe="")))


CRITIC_TASK: Final = CriticTask()


def critic_version(model: str) -> Version:
    """Return the version of a model's answers to the critic's prompt."""
    return Version(LLM, model, CRITIC_TASK.prompt_version, CRITIC_ANSWERS.schema_version)


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


def judged(claims: Sequence[Claim], objections: Objections) -> Critique:
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


def read_critic_id(custom_id: str) -> tuple[CriticKey, str]:
    """Return the key and the version of the prompt that `CriticTask.custom_id` wrote.

    Raises:
        ValueError: The text is not one of those.
    """
    parts = custom_id.split("/")
    if len(parts) != 4 or not all(parts) or parts[0] != CRITIC:
        raise ValueError(f"the custom_id {custom_id[:80]!r} was not written by airloom knowledge questions")
    _, prompt, digest, object_id = parts
    return CriticKey(unquote(object_id), digest), prompt
