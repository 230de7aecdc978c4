"""Writes down what no language model has answered yet, as requests for a batch API."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from airloom.files import whole_file
from airloom.intents.answers import LLM
from airloom.intents.atoms import Atom, Shard
from airloom.intents.known_atoms import known_atoms
from airloom.intents.linking.taxonomy import Taxonomy, products_of
from airloom.intents.prompt import Prompt
from airloom.intents.reasoners.chat_protocol import request_body
from airloom.intents.settings import OpenAISettings
from airloom.intents.store import IntentStore
from airloom.logs.lake import Lake


def write_questions(lake: Lake, output: Path, *, day: date, prompt: Prompt, settings: OpenAISettings) -> int:
    """Write one line for every atom that no language model has answered; returns how many.

    A line is a request in the form of OpenAI's batch files, which hosted batch APIs and `vllm run-batch`
    take: `{"custom_id": ..., "method": "POST", "url": "/v1/chat/completions", "body": {"messages": ...}}`.

    Args:
        lake: Where logs and store are.
        output: Replaced, whole or not at all; sorted by atom.
        day: The last closed day.
        prompt: What is asked.
        settings: The model, and how it is asked.
    """
    store = IntentStore(lake)
    answered = [file for version in store.versions(LLM) for file in store.settled_files(version)]
    sections = Taxonomy.of(products_of(lake, through=day)).tops
    count = 0
    with (
        known_atoms(lake, day=day, settled=answered) as known,
        whole_file(output) as temporary,
        temporary.open("w", encoding="utf-8") as stream,
    ):
        for chunk in known.open_chunks(Shard()):
            for row in chunk.to_pylist():
                line = _request(row, prompt=prompt, sections=sections, settings=settings)
                stream.write(json.dumps(line, ensure_ascii=False) + "\n")
            count += chunk.num_rows
    return count


def _request(
    row: dict[str, Any], *, prompt: Prompt, sections: list[str], settings: OpenAISettings
) -> dict[str, Any]:
    atom = Atom(row["action"], row["object_id"], row["profile_bucket"])
    messages = prompt.ask(atom, title=row["title"], description=row["description"], sections=sections)
    return {
        "custom_id": custom_id(atom),
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": request_body(settings, messages),
    }


def custom_id(atom: Atom) -> str:
    """The atom's key as a batch API carries it: action/profile bucket/object id, each quoted as in a URL."""
    return "/".join(quote(part, safe="") for part in (atom.action, atom.profile_bucket, atom.object_id))


def atom_in(text: str) -> Atom:
    """The atom that `custom_id` wrote.

    Raises:
        ValueError: The text is none.
    """
    parts = text.split("/")
    if len(parts) != 3 or not all(parts):
        raise ValueError(f"the custom_id {text[:80]!r} was not written by airloom intents questions")
    action, bucket, object_id = map(unquote, parts)
    return Atom(action, object_id, bucket)
