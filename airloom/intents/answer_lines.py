"""One line of a file of answers: written by hand or by a program, by an export, or by a batch API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from airloom.intents.answers import FAILED, Answer, Outcome, Rejection, Usage
from airloom.intents.atoms import ANY_PROFILE, Atom
from airloom.intents.paths import MAX_PATHS
from airloom.intents.questions import atom_in
from airloom.intents.reasoners.chat_protocol import ChatResponse, TokenUsage
from airloom.intents.replies import MAX_REPLY, ReplyPath, checked_paths, faults_of, parse_reply
from airloom.logs.contract import CONTENT_ACTIONS

MAX_LINE: Final = 8 * MAX_REPLY
"""Characters of one line; what is longer is not an answer."""


class AnswerLine(BaseModel):
    """An answer: `id` and `paths` are needed, the rest is what an export adds."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: Annotated[str, StringConstraints(min_length=1)]
    paths: Annotated[list[ReplyPath], Field(max_length=MAX_PATHS)]
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


class _Response(BaseModel):
    status_code: int = 200
    body: Any = None


class _BatchLine(BaseModel):
    custom_id: str
    response: _Response | None = None
    error: Any = None


class Read(NamedTuple):
    """What one line says.

    Attributes:
        outcomes: One for each atom that it is about.
        model: Who answered, where the line says it.
        prompt: The version of the prompt, likewise.
    """

    outcomes: Sequence[Outcome]
    model: str | None = None
    prompt: str | None = None


def read_line(line: str) -> Read:
    """Check one line.

    An answer without an action answers the object's atoms of every action. A batch reply that cannot be used
    leaves its atom to be asked again.

    Raises:
        ValueError: The line is no answer; the message is the reason, without the line itself.
    """
    if len(line) > MAX_LINE:
        raise ValueError(f"longer than {MAX_LINE} characters")
    try:
        if '"custom_id"' in line:
            return _batch(_BatchLine.model_validate_json(line))
        said = AnswerLine.model_validate_json(line)
    except ValidationError as error:
        raise ValueError(faults_of(error)) from None
    if said.action not in (None, *CONTENT_ACTIONS):
        raise ValueError(f"action: not one of {', '.join(CONTENT_ACTIONS)}")
    answer = Answer(
        Atom("", said.id, said.profile_bucket),
        checked_paths(said.paths),
        line if said.raw is None else said.raw,
        said.repaired,
        Usage(said.calls, said.tokens_in, said.tokens_out, said.usd),
    )
    actions = CONTENT_ACTIONS if said.action is None else (said.action,)
    outcomes = [answer._replace(atom=answer.atom._replace(action=action)) for action in actions]
    return Read(outcomes, said.model, said.prompt)


def _batch(line: _BatchLine) -> Read:
    atom = atom_in(line.custom_id)
    if line.response is None or line.response.status_code != 200:
        return Read(
            [Rejection(atom, FAILED, f"the batch gave an error: {line.error or line.response}"[:300])]
        )
    try:
        response = ChatResponse.model_validate(line.response.body)
    except ValidationError as error:
        reason = f"no chat completion ({faults_of(error)})"
        return Read([Rejection(atom, FAILED, reason)])
    tokens = response.usage or TokenUsage()
    usage = Usage(1, tokens.prompt_tokens, tokens.completion_tokens)
    text = response.text
    try:
        return Read([Answer(atom, parse_reply(text), text, usage=usage)])
    except ValueError as reason:
        return Read([Rejection(atom, FAILED, str(reason), text[:MAX_REPLY], usage)])
