"""What a distillation would ask and cost, before anything is spent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, NamedTuple

import pyarrow.compute as pc

from airloom.intents.answers import ANSWERED, LLM
from airloom.intents.atoms import Atom, Shard
from airloom.intents.known_atoms import KnownAtoms, known_atoms
from airloom.intents.linking.taxonomy import Taxonomy, products_of
from airloom.intents.prompt import Prompt
from airloom.intents.reasoners.choice import prompt_of, version_of
from airloom.intents.settings import DistillSettings
from airloom.intents.store import IntentStore
from airloom.logs.lake import Lake

BYTES_A_TOKEN: Final = 4.0
TOKENS_A_REPLY: Final = 80.0
"""What is assumed while no reply has been counted; the sample world's recorded replies have 63 on average."""
MEASURED_FROM: Final = 30
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
        """Duration at a server's throughput, tokens read and written together."""
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
    """Count what is known and open at the end of `day`; calls no model.

    Raises:
        AirloomError: The settings name no model, or the lake has no student.
    """
    store = IntentStore(lake)
    version = version_of(settings.reasoner, settings, lake)
    with known_atoms(lake, day=day, settled=store.settled_for(version)) as known:
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
    measured = answers.num_rows >= MEASURED_FROM
    if measured:
        each_in, each_out = (float(pc.mean(answers[name]).as_py()) for name in counted)
    else:
        sample = next(known.open_chunks(Shard()), None)
        rows = sample.to_pylist() if sample else []
        sections = Taxonomy.of(products_of(lake, through=day)).tops
        each_in, each_out = _mean_tokens(rows, prompt_of(settings), sections), TOKENS_A_REPLY
    tokens_in, tokens_out = round(missing * each_in), round(missing * each_out)
    prices = settings.openai
    usd = (tokens_in * prices.usd_per_million_in + tokens_out * prices.usd_per_million_out) / 1e6
    return Cost(missing, tokens_in, tokens_out, usd if settings.reasoner == "openai" else 0.0, measured)


def _mean_tokens(rows: Sequence[dict[str, Any]], prompt: Prompt, sections: Sequence[str]) -> float:
    """Mean tokens of the prompts of `rows`, from their bytes; atoms are sorted by a hash, so any will do."""
    sizes = [
        len(message["content"].encode())
        for row in rows
        for message in prompt.ask(
            Atom(row["action"], row["object_id"], row["profile_bucket"]),
            title=row["title"],
            description=row["description"],
            sections=sections,
        )
    ]
    return sum(sizes) / max(len(rows), 1) / BYTES_A_TOKEN
