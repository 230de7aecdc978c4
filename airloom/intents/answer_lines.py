"""One line of a file of intents: written by hand or by a program, by an export, or by a batch API."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from airloom.intents.atoms import ANY_PROFILE, Atom
from airloom.intents.paths import IntentPaths
from airloom.intents.reply import ReplyPath, checked_paths, parse_reply
from airloom.intents.reply_bounds import ACCEPTED
from airloom.intents.settings import LabelScript
from airloom.intents.task import atom_in
from airloom.llm.batch_files.batch_line import MAX_LINE, AnswerLine, is_batch_line, read_batch_line
from airloom.llm.outcome import Answer, Usage
from airloom.llm.reply_format import faults_of
from airloom.logs.contract import CONTENT_ACTIONS


class IntentLine(BaseModel):
    """An answer: `id` and `paths` are needed, the rest is what an export adds."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: Annotated[str, StringConstraints(min_length=1)]
    paths: Annotated[list[ReplyPath], Field(max_length=ACCEPTED.max_paths)]
    action: str | None = None
    profile_bucket: str = ANY_PROFILE
    model: str | None = None
    prompt: str | None = None
    raw: str | None = None
    repaired: bool = False
    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    usd: float = 0.0


def read_line(line: str, *, labels: LabelScript = "english") -> AnswerLine[Atom, IntentPaths]:
    """Return what one line says; an answer without an action is about the object's atoms of every action.

    Args:
        line: Of the file.
        labels: Which labels a model's reply may have; an export, or a line written by hand, may have any.

    Raises:
        ValueError: The line is not an answer; the message is the reason, without the line itself.
    """
    if len(line) > MAX_LINE:
        raise ValueError(f"longer than {MAX_LINE} characters")
    if is_batch_line(line):
        return read_batch_line(line, key_of=atom_in, parse=partial(parse_reply, labels=labels))
    try:
        fields = IntentLine.model_validate_json(line)
    except ValidationError as error:
        raise ValueError(faults_of(error)) from None
    if fields.action not in (None, *CONTENT_ACTIONS):
        raise ValueError(f"action: not one of {', '.join(CONTENT_ACTIONS)}")
    answer = Answer(
        Atom("", fields.id, fields.profile_bucket),
        checked_paths(fields.paths),
        line if fields.raw is None else fields.raw,
        fields.repaired,
        Usage(fields.calls, fields.tokens_in, fields.tokens_out, fields.usd),
    )
    actions = CONTENT_ACTIONS if fields.action is None else (fields.action,)
    outcomes = [answer._replace(key=answer.key._replace(action=action)) for action in actions]
    return AnswerLine(outcomes, fields.model, fields.prompt)
