"""A folder of made-up requests with answers, enough of them for a set to train on and one to judge by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from airloom.assistant.evaluation.request_files import QUERIES
from tests.airloom.assistant.evaluation.small_requests import write_requests

WORDS: Final = [f"film number {number} with Mira Vance" for number in range(40)]


def write_people_requests(folder: Path) -> Path:
    """Write forty requests of valid with an answer, one without, and one of test."""
    write_requests(folder)
    for file in folder.glob(f"{QUERIES}*"):
        file.unlink()
    line = {"kind": "explicit", "split": "valid", "satisfying": [1, 2]}
    lines = [{**line, "query_id": f"q{number}", "query": query} for number, query in enumerate(WORDS)]
    lines.append({**line, "query_id": "none", "query": "a film that nobody knows", "satisfying": []})
    lines.append({**line, "query_id": "test", "query": "films with Mira Vance", "split": "test"})
    (folder / QUERIES).write_text("".join(json.dumps(one) + "\n" for one in lines), encoding="utf-8")
    return folder
