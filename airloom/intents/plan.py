"""What a distillation would ask and cost, estimated before anything is spent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

import pyarrow.compute as pc

from airloom.intents.known_atoms import KnownAtoms, known_atoms
from airloom.intents.linking.taxonomy import Taxonomy, products_of
from airloom.intents.reasoners.factory import task_of, version_of
from airloom.intents.settings import DistillSettings
from airloom.intents.store import IntentStore
from airloom.intents.task import IntentTask
from airloom.llm.keys import Shard
from airloom.llm.outcome import ANSWERED
from airloom.llm.version import LLM
from airloom.logs.lake import Lake

BYTES_PER_TOKEN: Final = 4.0
TOKENS_PER_REPLY: Final = 80.0
"""Assumed until replies have been counted; the sample world's recorded replies have 63 on average."""
MIN_MEASURED: Final = 30
"""Answers of a version from which their own mean counts instead."""


class Cost(NamedTuple):
    """What the open atoms cost.

    Attributes:
        calls: Requests, one an open atom, repairs not counted.
        tokens_in: Tokens that the model will read.
        tokens_out: Tokens that it will write.
        usd: Their price.
        measured: Whether tokens were derived from answers that this version gave before; else from the length
            of the prompts.
    """

    calls: int
    tokens_in: int
    tokens_out: int
    usd: float
    measured: bool

    def hours(self, tokens_per_second: float) -> float:
        """Return the duration at a server's throughput, tokens read and written together."""
        return (self.tokens_in + self.tokens_out) / tokens_per_second / 3600


class Plan(NamedTuple):
    """What a distillation would do.

    Attributes:
        atoms: Atoms known at the end of the day.
        missing: Those that the reasoner would be asked about.
        shards: Open atoms of every shard that has any, by its number, ascending.
        cost: What a language model would take for them; None for a reasoner that costs nothing.
    """

    atoms: int
    missing: int
    shards: dict[int, int]
    cost: Cost | None


def plan(lake: Lake, *, day: date, settings: DistillSettings, shards: int) -> Plan:
    """Count the atoms known and open at the end of `day`, without calling a model.

    Raises:
        AirloomError: The settings name no model, or the lake has no student.
    """
    store = IntentStore(lake)
    version = version_of(settings.reasoner, settings, lake)
    with known_atoms(lake, day=day, exclude=store.files_to_exclude(version, skip=settings.skip)) as known:
        atoms, by_shard = known.count(Shard()), known.open_by_shard(shards)
        missing = sum(by_shard.values())
        cost = None
        if version.kind == LLM:
            cost = _cost(lake, known, version.folder, missing, day=day, settings=settings)
    return Plan(atoms, missing, by_shard, cost)


def _cost(
    lake: Lake, known: KnownAtoms, version: str, missing: int, *, day: date, settings: DistillSettings
) -> Cost:
    counted = ("tokens_in", "tokens_out")
    answers = IntentStore(lake).rows_of(version, status=ANSWERED, columns=counted)
    answers = answers.filter(pc.greater(answers["tokens_out"], 0))
    measured = answers.num_rows >= MIN_MEASURED
    if measured:
        mean_in, mean_out = (float(pc.mean(answers[name]).as_py()) for name in counted)
    else:
        sample = next(known.open_chunks(Shard()), None)
        rows = sample.to_pylist() if sample else []
        top_categories = Taxonomy.of(products_of(lake, through=day)).top_categories
        task = task_of(settings, top_categories=top_categories)
        mean_in, mean_out = _mean_tokens(rows, task), TOKENS_PER_REPLY
    tokens_in, tokens_out = round(missing * mean_in), round(missing * mean_out)
    usd = settings.openai.price(tokens_in, tokens_out)
    return Cost(missing, tokens_in, tokens_out, usd if settings.reasoner == "openai" else 0.0, measured)


def _mean_tokens(atoms: Sequence[Mapping[str, Any]], task: IntentTask) -> float:
    """Return the mean number of tokens of the prompts about `atoms`, estimated from their bytes."""
    sizes = [len(message["content"].encode()) for atom in atoms for message in task.messages(atom)]
    return sum(sizes) / max(len(atoms), 1) / BYTES_PER_TOKEN
