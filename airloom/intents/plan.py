"""What a distillation would ask and cost, estimated before anything is spent."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from airloom.intents.known_atoms import known_atoms
from airloom.intents.linking.taxonomy import Taxonomy, products_of
from airloom.intents.reasoners.factory import task_of, version_of
from airloom.intents.settings import DistillSettings
from airloom.intents.store import IntentStore
from airloom.llm.cost import Cost, estimated_tokens, measured_tokens
from airloom.llm.keys import Shard
from airloom.llm.known_questions import KnownQuestions
from airloom.llm.version import LLM, Version
from airloom.logs.lake import Lake


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
            cost = _cost(lake, known, version, missing, day=day, settings=settings)
    return Plan(atoms, missing, by_shard, cost)


def _cost(
    lake: Lake, known: KnownQuestions, version: Version, missing: int, *, day: date, settings: DistillSettings
) -> Cost:
    tokens = measured_tokens(IntentStore(lake), version)
    if tokens is None:
        sample = next(known.open_chunks(Shard()), None)
        rows = sample.to_pylist() if sample else []
        top_categories = Taxonomy.of(products_of(lake, through=day)).top_categories
        tokens = estimated_tokens(task_of(settings, top_categories=top_categories), rows)
    tokens_in, tokens_out = round(missing * tokens.tokens_in), round(missing * tokens.tokens_out)
    usd = settings.openai.price(tokens_in, tokens_out)
    return Cost(
        missing, tokens_in, tokens_out, usd if settings.reasoner == "openai" else 0.0, tokens.measured
    )
