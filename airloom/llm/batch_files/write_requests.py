"""Writes questions as requests of a batch API."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from airloom.files import atomic_file
from airloom.llm.server.chat_protocol import request_body
from airloom.llm.settings import OpenAISettings
from airloom.llm.task import Task

K = TypeVar("K", bound=tuple[str, ...])
V = TypeVar("V")


def write_requests(
    output: Path,
    questions: Iterable[tuple[Task[K, V], Iterable[pa.Table]]],
    *,
    settings: OpenAISettings,
) -> int:
    """Write one line per question and return their number.

    A line is a request in the form of OpenAI's batch files, which hosted batch APIs and `vllm run-batch`
    accept: `{"custom_id": ..., "method": "POST", "url": "/v1/chat/completions", "body": {"messages": ...}}`.

    Args:
        output: Replaced, whole or not at all.
        questions: Tasks, and for each tables with one question per row.
        settings: The model, and how it is asked.
    """
    count = 0
    with atomic_file(output) as temporary, temporary.open("w", encoding="utf-8") as stream:
        for task, chunks in questions:
            for chunk in chunks:
                for question in chunk.to_pylist():
                    line = _request(question, task=task, settings=settings)
                    stream.write(json.dumps(line, ensure_ascii=False) + "\n")
                count += chunk.num_rows
    return count


def _request(question: Mapping[str, Any], *, task: Task[K, V], settings: OpenAISettings) -> dict[str, Any]:
    return {
        "custom_id": task.custom_id(task.key(question)),
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": request_body(settings, task.messages(question), task.reply),
    }
