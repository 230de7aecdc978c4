"""One line of a file of answers about products: by a batch API, or by an export."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from airloom.knowledge.agents.answers import AgentKey, CustomId
from airloom.knowledge.agents.remarks import Remarks
from airloom.knowledge.tasks import TASKS
from airloom.llm.batch_files.batch_line import MAX_LINE, AnswerLine, is_batch_line, read_batch_line
from airloom.llm.outcome import Answer, Usage
from airloom.llm.reply_format import faults_of


class KnowledgeLine(BaseModel):
    """An answer as an export writes it; `reply` is what the agent wrote, in the form of its replies."""

    model_config = ConfigDict(extra="forbid", strict=True)

    agent: str
    id: str
    digest: str
    prompt: str
    model: str | None = None
    reply: dict[str, Any]
    raw: str = ""
    repaired: bool = False
    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    usd: float = 0.0


def read_line(line: str) -> AnswerLine[AgentKey, Remarks]:
    """Return what one line says.

    Raises:
        ValueError: The line is not an answer; the message is the reason, without the line itself.
    """
    if len(line) > MAX_LINE:
        raise ValueError(f"longer than {MAX_LINE} characters")
    if is_batch_line(line):
        return _batch_line(line)
    try:
        fields = KnowledgeLine.model_validate_json(line)
    except ValidationError as error:
        raise ValueError(faults_of(error)) from None
    if fields.agent not in TASKS:
        raise ValueError(f"agent: not one of {', '.join(TASKS)}")
    remarks = TASKS[fields.agent].reply.parse(json.dumps(fields.reply, ensure_ascii=False))
    usage = Usage(fields.calls, fields.tokens_in, fields.tokens_out, fields.usd)
    key = AgentKey(fields.agent, fields.id, fields.digest)
    answer = Answer(key, remarks, fields.raw or line, fields.repaired, usage)
    return AnswerLine([answer], fields.model, fields.prompt)


def written_line(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the line of a stored row, for `read_line` in another lake."""
    reply: dict[str, list[Any]] = {name: [] for name in TASKS[row["agent"]].reply.json_schema["required"]}
    for statement in row["statements"]:
        reply[statement["relation"]].append(statement["value"])
    for objection in row["objections"]:
        reply[objection["finding"]].append(objection["number"])
    line = {"agent": row["agent"], "id": row["object_id"], "digest": row["digest"]}
    same = ("model", "raw", "repaired", "calls", "tokens_in", "tokens_out", "usd")
    return line | {"prompt": row["prompt_version"], "reply": reply} | {name: row[name] for name in same}


def _batch_line(line: str) -> AnswerLine[AgentKey, Remarks]:
    """Return what a batch API made of a question; its custom_id says which agent and prompt were asked."""
    ids: list[CustomId] = []

    def key_of(custom_id: str) -> AgentKey:
        own = CustomId.read(custom_id)
        if own.key.agent not in TASKS:
            raise ValueError(f"the custom_id names no agent of {', '.join(TASKS)}")
        ids.append(own)
        return own.key

    def parse(text: str) -> Remarks:
        return TASKS[ids[0].key.agent].reply.parse(text)

    read = read_batch_line(line, key_of=key_of, parse=parse)
    return read._replace(prompt=ids[0].prompt)
