"""Replies of a language model to the requests of an evaluation, kept in a file: a killed run goes on."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final, NamedTuple

from airloom.assistant.assistant_settings import RESERVE_S, AssistantSettings
from airloom.assistant.chat import Chat
from airloom.assistant.parsing.language_model import messages_for
from airloom.assistant.parsing.reply import readings
from airloom.errors import AirloomError
from airloom.files import to_user_error
from airloom.llm.outcome import Usage
from airloom.llm.prompt import Message
from airloom.llm.server.budget import Budget, BudgetSpentError
from airloom.llm.server.chat_client import ChatClient, NoReplyError
from airloom.llm.server.throttle import Throttle
from airloom.progress import progress
from airloom.write_ahead_log import LogFile

DEADLINE: Final = "deadline"
UNREACHABLE: Final = "unreachable"
"""No connection, or an error of the server for a reply."""
INVALID: Final = "invalid reply"
BUDGET: Final = "budget"
FALLBACKS: Final = (DEADLINE, UNREACHABLE, INVALID, BUDGET)
"""Why rules read a request although there is a model."""
_BEGINNING: Final = b'{"version": '
"""Of a line, also of one that a crash cut off."""


class ModelReply(NamedTuple):
    """What came of asking a model to read one request.

    Attributes:
        text: The reply, which may be no reading; None if none came, or a cut one.
        fallback: One of `FALLBACKS`; empty if a whole reply came in time.
        seconds: That were waited for it.
        usage: What it took.
    """

    text: str | None
    fallback: str
    seconds: float
    usage: Usage


def model_replies(queries: Sequence[str], settings: AssistantSettings, file: Path) -> dict[str, ModelReply]:
    """Return what a model makes of each request, asked one after the other as the service asks it.

    Unlike the service, which leaves a server that failed alone for a moment, it asks every request. What the
    file has of the same model, prompt and deadline is not asked again; a server that could not be reached
    and a spent budget say nothing about the model and are not kept.

    Args:
        queries: In the order in which they are asked.
        settings: Of the assistant.
        file: Where replies are kept, one JSON object a line.

    Raises:
        AirloomError: The file is in use or cannot be written, or the server says that the key, the address
            or the model is wrong.
    """
    version = _version(settings)
    with _locked(file) as log:
        kept = dict(_kept(log, version))
        server = settings.server
        budget = Budget(None if settings.budget_usd is None else settings.budget_usd - _spent(kept))
        pace = Throttle(server.requests_per_minute, at_once=1)
        wait_s = settings.deadline_ms / 1000 - RESERVE_S
        client = ChatClient(server, budget=budget, throttle=Throttle(0.0, at_once=1))
        replies = {}
        with closing(client):
            for query in progress(list(dict.fromkeys(queries)), what=server.model, unit="requests"):
                if query in kept:
                    replies[query] = kept[query]
                    continue
                with pace.request():  # before the clock runs
                    reply = _asked(client, messages_for([query], settings.reading_prompt), wait_s)
                replies[query] = reply
                if reply.fallback not in (UNREACHABLE, BUDGET):
                    _keep(log, {"version": version, "query": query, **reply._asdict()})
    return replies


def _asked(chat: Chat, messages: Sequence[Message], wait_s: float) -> ModelReply:
    began = time.monotonic()
    try:
        completion = chat.complete(messages, reply=readings(1))
    except BudgetSpentError:
        return ModelReply(None, BUDGET, 0.0, Usage())
    except NoReplyError as error:
        seconds = time.monotonic() - began
        is_late = error.timed_out or seconds > wait_s
        return ModelReply(
            None, DEADLINE if is_late else UNREACHABLE, min(seconds, max(wait_s, 0.0)), error.usage
        )
    seconds = time.monotonic() - began
    if seconds > wait_s:
        return ModelReply(None, DEADLINE, max(wait_s, 0.0), completion.usage)
    if completion.cut:
        return ModelReply(None, INVALID, seconds, completion.usage)
    return ModelReply(completion.text, "", seconds, completion.usage)


def _version(settings: AssistantSettings) -> str:
    """Return what replies depend on, prices and the address left out."""
    server = settings.openai
    asked = (server.model, server.structured, server.extra, server.temperature, server.max_tokens)
    parts = json.dumps([*asked, settings.reading_prompt.version, settings.deadline_ms], sort_keys=True)
    return hashlib.sha256(parts.encode()).hexdigest()[:12]


def _locked(file: Path) -> LogFile:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        log = LogFile.lock(file, create=True)
    except OSError as error:
        raise to_user_error(error, file) from error
    if log is None:
        raise AirloomError(f"Another process writes {file}", do="Wait until it has ended, or name another")
    return log


def _kept(log: LogFile, version: str) -> Iterator[tuple[str, ModelReply]]:
    with log.reader() as stream:
        lines = stream.read().split(b"\n")
    if lines.pop():  # a crash cut the last line off
        log.append(b"\n")
    for number, text in enumerate(lines, start=1):
        try:
            line = json.loads(text)
            reply = ModelReply(line["text"], line["fallback"], float(line["seconds"]), Usage(*line["usage"]))
            if line["version"] == version:
                yield str(line["query"]), reply
        except (ValueError, TypeError, KeyError) as error:
            if not text.startswith(_BEGINNING):
                raise AirloomError(
                    f"{log.path} line {number} is no reply of a model", do="Name another file for replies"
                ) from error


def _keep(log: LogFile, line: dict[str, Any]) -> None:
    try:
        log.append((json.dumps(line, ensure_ascii=False) + "\n").encode())
    except OSError as error:
        raise to_user_error(error, log.path) from error


def _spent(kept: dict[str, ModelReply]) -> float:
    return sum(reply.usage.usd for reply in kept.values())
