"""The keys of questions about products, and the columns of the answers of all agents and the critic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote, unquote

import pyarrow as pa

from airloom.knowledge.agents.product import PRODUCT_COLUMNS
from airloom.knowledge.agents.remarks import Objection, Remarks, Statement
from airloom.llm.store.answer_table import AnswerTable
from airloom.llm.version import LLM, Version


class AgentKey(NamedTuple):
    """The key of one question.

    Attributes:
        agent: Name of the agent, or of the critic.
        object_id: The product.
        digest: 12 hexadecimal digits of the hash of what the agent reads about it: a product that changed,
            or claims that changed, are another question.
    """

    agent: str
    object_id: str
    digest: str


QUESTION_SCHEMA: Final = pa.schema(
    [("question_id", pa.string()), *((name, pa.string()) for name in AgentKey._fields), *PRODUCT_COLUMNS]
)
"""One row a question to an agent."""

_STATEMENTS: Final = pa.list_(pa.struct([("relation", pa.string()), ("value", pa.string())]))
_OBJECTIONS: Final = pa.list_(pa.struct([("number", pa.int64()), ("finding", pa.string())]))


def _columns(remarks: Remarks | None) -> Mapping[str, Any]:
    return {
        "statements": [remark._asdict() for remark in remarks or () if isinstance(remark, Statement)],
        "objections": [remark._asdict() for remark in remarks or () if isinstance(remark, Objection)],
    }


AGENT_ANSWERS: Final = AnswerTable[Remarks](
    id_column="question_id",
    key_columns=AgentKey._fields,
    value_columns=(("statements", _STATEMENTS), ("objections", _OBJECTIONS)),
    to_columns=_columns,
    schema_version="1",
    shard_column="object_id",
)


def agent_version(model: str, prompt: str) -> Version:
    """Return the version of a model's answers to one prompt."""
    return Version(LLM, model, prompt, AGENT_ANSWERS.schema_version)


class CustomId(NamedTuple):
    """The id of a question in a batch file.

    Attributes:
        key: Of the question.
        prompt: Version of the prompt that is asked.
    """

    key: AgentKey
    prompt: str

    @property
    def text(self) -> str:
        """Agent/prompt version/digest/object id, the last quoted as in a URL."""
        return "/".join((self.key.agent, self.prompt, self.key.digest, quote(self.key.object_id, safe="")))

    @classmethod
    def read(cls, text: str) -> CustomId:
        """Return what `text` says.

        Raises:
            ValueError: It was not written by Airloom.
        """
        parts = text.split("/")
        if len(parts) != 4 or not all(parts):
            raise ValueError(f"the custom_id {text[:80]!r} was not written by airloom knowledge questions")
        agent, prompt, digest, object_id = parts
        return cls(AgentKey(agent, unquote(object_id), digest), prompt)
