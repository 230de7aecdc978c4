"""Writes the atoms that no language model has answered yet as requests of a batch API (JSON lines)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from airloom.intents.known_atoms import known_atoms
from airloom.intents.linking.taxonomy import Taxonomy, products_of
from airloom.intents.reasoners.factory import task_of
from airloom.intents.settings import DistillSettings
from airloom.intents.store import IntentStore
from airloom.llm.batch_files.write_requests import write_requests
from airloom.llm.keys import Shard
from airloom.llm.version import LLM
from airloom.logs.lake import Lake


def write_batch_requests(lake: Lake, output: Path, *, day: date, settings: DistillSettings) -> int:
    """Write one request for every atom that no language model has answered and return their number.

    Args:
        lake: Where logs and store are.
        output: Replaced, whole or not at all; sorted by atom.
        day: The last complete day.
        settings: The model, what it is asked and how.
    """
    store = IntentStore(lake)
    exclude = [file for version in store.versions(LLM) for file in store.answered_or_rejected_files(version)]
    task = task_of(settings, top_categories=Taxonomy.of(products_of(lake, through=day)).top_categories)
    with known_atoms(lake, day=day, exclude=exclude) as atoms:
        return write_requests(output, [(task, atoms.open_chunks(Shard()))], settings=settings.openai)
