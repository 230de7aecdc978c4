"""The reply of the critic model: the numbers of claims that are unsupported or doubtful."""

from __future__ import annotations

import json
import string
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from airloom.knowledge.agents.remarks import Finding, Objection, Remarks
from airloom.llm.reply_format import ReplyFormat, ReplyGrammar, validated

MAX_CLAIMS: Final = 99
"""Claims that one question shows, and numbers that a reply may list."""
MAX_LISTED: Final = 16
"""Numbers of one list that a model in this process may write."""


class CriticReply(BaseModel):
    """A whole reply as a model writes it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    unsupported: Annotated[list[Annotated[int, Field(ge=1)]], Field(max_length=MAX_CLAIMS)]
    doubtful: Annotated[list[Annotated[int, Field(ge=1)]], Field(max_length=MAX_CLAIMS)]


def parse_objections(text: str) -> Remarks:
    """Return what a reply says; a claim that is in both lists is unsupported.

    Raises:
        ValueError: The text is not a valid reply; the message is the reason, without the text itself.
    """
    reply = validated(text, CriticReply)
    findings = dict.fromkeys(reply.doubtful, Finding.DOUBTFUL)
    findings |= dict.fromkeys(reply.unsupported, Finding.UNSUPPORTED)
    return tuple(Objection(number, finding) for number, finding in sorted(findings.items()))


def _schema() -> dict[str, Any]:
    numbers = {
        "type": "array",
        "maxItems": MAX_CLAIMS,
        "items": {"type": "integer", "minimum": 1, "maximum": MAX_CLAIMS},
    }
    names = [str(finding) for finding in Finding]
    return {
        "type": "object",
        "properties": dict.fromkeys(names, numbers),
        "required": names,
        "additionalProperties": False,
    }


def _grammar() -> ReplyGrammar:
    some = " | ".join(' "," '.join(["NUMBER"] * count) for count in range(1, MAX_LISTED + 1))
    lark = rf"""
start: "{{\"unsupported\":[" numbers "],\"doubtful\":[" numbers "]}}"
numbers: ({some})?
NUMBER: /[1-9][0-9]?/
"""
    longest = {str(finding): [MAX_CLAIMS] * MAX_LISTED for finding in Finding}
    length = len(json.dumps(longest, separators=(",", ":")))
    return ReplyGrammar(lark, string.ascii_lowercase + string.digits + '{}[]",:', length)


CRITIC_REPLY: Final = ReplyFormat[Remarks]("product_critique", _schema(), parse_objections, _grammar())
