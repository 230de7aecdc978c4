"""Writes down what no language model has answered yet, as prompts that any of them can be given."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from airloom.files import whole_file
from airloom.intents.atoms import atoms_of
from airloom.intents.prompt import render
from airloom.intents.store import ENCODER, IntentStore
from airloom.intents.vocabulary.taxonomy import Taxonomy
from airloom.logs.changes import latest_rows
from airloom.logs.contract import CONTENT_ACTIONS, OBJECTS
from airloom.logs.lake import Lake


def export_questions(lake: Lake, output: Path, *, day: date) -> int:
    """Write one JSON line for every content item that has an atom without an answer; returns how many.

    A line is `{"id": object id, "action": ..., "prompt": ...}`. A reply answers all atoms of its item, so an
    item is asked about once, for the first of `CONTENT_ACTIONS` that has no answer. The encoder's answers
    stand in until a language model has answered; here they count as none.

    Args:
        lake: Where logs and store are.
        output: Replaced, whole or not at all; sorted by id.
        day: The last closed day.
    """
    store = IntentStore(lake)
    answered = store.answered_ids([name for name in store.versions() if not name.startswith(f"{ENCODER}-")])
    missing = [row for row in atoms_of(lake, day=day).to_pylist() if row["atom_id"] not in answered]
    missing.sort(key=lambda row: (row["object_id"], CONTENT_ACTIONS.index(row["action"])))
    questions: dict[str, dict[str, Any]] = {}
    for row in missing:
        questions.setdefault(row["object_id"], row)
    sections = Taxonomy.of(latest_rows(lake, OBJECTS, as_of=day)).tops
    with whole_file(output) as temporary, temporary.open("w", encoding="utf-8") as stream:
        for object_id, row in questions.items():
            prompt = render(action=row["action"], title=row["title"], sections=sections)
            line = {"id": object_id, "action": row["action"], "prompt": prompt}
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")
    return len(questions)
