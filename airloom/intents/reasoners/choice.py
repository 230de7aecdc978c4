"""From settings to the reasoner that they name."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa

from airloom.errors import AirloomError
from airloom.intents.answers import ENCODER, LLM, Version
from airloom.intents.atoms import Shard
from airloom.intents.encoding import EmbeddingCache, TextEncoder
from airloom.intents.prompt import Prompt, prompt_in, shipped_prompt
from airloom.intents.reasoners.encoder import METHOD, EncoderReasoner
from airloom.intents.reasoners.encoder_history import EncoderHistoryReader
from airloom.intents.reasoners.history import HistoryReader
from airloom.intents.reasoners.model_history import ModelHistoryReader
from airloom.intents.reasoners.model_name import model_name
from airloom.intents.reasoners.reasoner import Reasoner
from airloom.intents.sentence_encoder import SentenceEncoder
from airloom.intents.settings import DistillSettings, ReasonerName
from airloom.intents.store import IntentStore
from airloom.intents.vocabulary.induce import with_induced_categories
from airloom.intents.vocabulary.taxonomy import Taxonomy, products_of
from airloom.logs.lake import Lake


def prompt_of(settings: DistillSettings) -> Prompt:
    """The prompt that a language model is given."""
    return prompt_in(Path(settings.prompt)) if settings.prompt else shipped_prompt()


def version_of(
    name: ReasonerName, settings: DistillSettings, *, encoder: TextEncoder | None = None
) -> Version:
    """The version that a reasoner answers under, known before anything is loaded or asked.

    Raises:
        AirloomError: The settings name no model.
    """
    match name:
        case "openai" | "transformers":
            model = settings.openai.model if name == "openai" else settings.transformers.model
            if not model:
                raise AirloomError(f"The reasoner {name} has no model", do="Give its name with --model")
            if name == "transformers":
                model = model_name(settings.transformers)
            return Version(LLM, model, prompt_of(settings).version)
        case "encoder":
            return Version(ENCODER, (encoder or SentenceEncoder()).name, METHOD)


def reasoner_named(
    name: ReasonerName,
    settings: DistillSettings,
    lake: Lake,
    *,
    day: date,
    shard: Shard,
    encoder: TextEncoder | None = None,
) -> Reasoner:
    """The reasoner called `name`, ready to read.

    Args:
        name: Which one.
        settings: How to reach a model, and what it may cost.
        lake: Its objects draw the merchant's tree.
        day: The last closed day.
        shard: What will be read; a budget is divided evenly among shards.
        encoder: Turns texts into vectors; by default the verified MiniLM, loaded when the first text is new.
    """
    objects = products_of(lake, as_of=day)
    cache = EmbeddingCache(lake, encoder or SentenceEncoder(threads=settings.threads))
    match name:
        case "openai":
            from airloom.intents.reasoners.openai import OpenAIReasoner

            left = None
            if settings.budget_usd is not None:
                version = version_of(name, settings)
                spent = IntentStore(lake).spent(version, day=day, shard=shard)
                left = settings.budget_usd / shard.of - spent
            sections = Taxonomy.of(objects).tops
            return OpenAIReasoner(settings.openai, prompt_of(settings), sections=sections, budget_usd=left)
        case "transformers":
            from airloom.intents.reasoners.transformers import TransformersReasoner

            return TransformersReasoner(
                settings.transformers,
                prompt_of(settings),
                sections=Taxonomy.of(objects).tops,
                threads=settings.threads,
            )
        case "encoder":
            return EncoderReasoner(with_induced_categories(lake, objects, cache=cache, as_of=day), cache)


def history_reader_named(
    name: ReasonerName,
    settings: DistillSettings,
    lake: Lake,
    *,
    day: date,
    objects: pa.Table,
    cache: EmbeddingCache,
) -> HistoryReader:
    """The reasoner called `name` as a reader of whole histories.

    Args:
        name: Which one.
        settings: How to reach a model, and what it may cost.
        lake: Its products' categories are what a prompt names.
        day: The last closed day.
        objects: The merchant's objects, with the tree that answers are resolved against.
        cache: Encodes titles.

    Raises:
        AirloomError: The reasoner cannot read a history.
    """
    sections = Taxonomy.of(objects).tops
    match name:
        case "openai" | "transformers":
            from airloom.intents.reasoners.openai import OpenAIReasoner
            from airloom.intents.reasoners.transformers import TransformersReasoner

            reasoner = reasoner_named(name, settings, lake, day=day, shard=Shard())
            if isinstance(reasoner, OpenAIReasoner):
                return ModelHistoryReader(reasoner.replies, sections=sections)
            if isinstance(reasoner, TransformersReasoner):
                return ModelHistoryReader(reasoner.replies, sections=sections)
        case "encoder":
            return EncoderHistoryReader(EncoderReasoner(objects, cache))
    raise AirloomError(f"The reasoner {name} reads no histories", do="Choose openai, transformers or encoder")
