"""From settings to the reasoner that they name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from airloom.errors import AirloomError
from airloom.intents.answers import ENCODER, LLM, Version
from airloom.intents.atoms import Shard
from airloom.intents.encoding import EmbeddingCache, TextEncoder
from airloom.intents.linking.induced_categories import with_induced_categories
from airloom.intents.linking.taxonomy import Taxonomy, products_of
from airloom.intents.prompt import Prompt, prompt_in, shipped_prompt
from airloom.intents.reasoners.encoder import METHOD, EncoderReasoner
from airloom.intents.reasoners.history import HistoryReader
from airloom.intents.reasoners.model_history import ModelHistoryReader
from airloom.intents.reasoners.model_name import model_name
from airloom.intents.reasoners.openai import OpenAIReasoner
from airloom.intents.reasoners.reasoner import Reasoner
from airloom.intents.reasoners.student.lake_student import load_student, student_file, student_version
from airloom.intents.reasoners.student.reasoner import StudentReasoner
from airloom.intents.reasoners.student.words import Words
from airloom.intents.reasoners.title_history import TitleHistoryReader
from airloom.intents.reasoners.title_sample import title_sample
from airloom.intents.sentence_encoder import SentenceEncoder
from airloom.intents.settings import LANGUAGE_MODELS, DistillSettings, ReasonerName
from airloom.intents.store import IntentStore
from airloom.logs.lake import Lake

if TYPE_CHECKING:
    from airloom.intents.reasoners.transformers import TransformersReasoner


def prompt_of(settings: DistillSettings) -> Prompt:
    """The prompt that a language model is given."""
    return prompt_in(Path(settings.prompt)) if settings.prompt else shipped_prompt()


def fallback_of(settings: DistillSettings, lake: Lake) -> ReasonerName | None:
    """Who reads what a language model left: the fallback, or the encoder while the lake has no student yet.

    Raises:
        AirloomError: The lake's student cannot be read.
    """
    if settings.reasoner not in LANGUAGE_MODELS or settings.fallback == "none":
        return None
    if settings.fallback == "student" and student_file(lake).exists():
        load_student(lake, words=Words())
        return "student"
    return "encoder"


def version_of(
    name: ReasonerName, settings: DistillSettings, lake: Lake, *, encoder: TextEncoder | None = None
) -> Version:
    """The version that a reasoner answers under, known before anything is loaded or asked.

    Raises:
        AirloomError: The settings name no model, or the lake has no student.
    """
    match name:
        case "openai" | "transformers":
            model = settings.openai.model if name == "openai" else settings.transformers.model
            if not model:
                raise AirloomError(f"The reasoner {name} has no model", do="Give its name with --model")
            if name == "transformers":
                model = model_name(settings.transformers)
            return Version(LLM, model, prompt_of(settings).version)
        case "student":
            return student_version(lake)
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
    if name == "student":
        return StudentReasoner(lake)
    products = products_of(lake, through=day)
    if name == "encoder":
        cache = EmbeddingCache(lake, encoder or SentenceEncoder(threads=settings.threads))
        products = with_induced_categories(lake, products, cache=cache, through=day)
        return EncoderReasoner(products, cache, titles=title_sample(lake, day=day))
    return _language_model(name, settings, lake, day=day, shard=shard, sections=Taxonomy.of(products).tops)


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
        lake: Its store knows what was spent.
        day: The last closed day.
        objects: The merchant's objects, with the tree that answers are resolved against.
        cache: Encodes titles.
    """
    if name == "student":
        return TitleHistoryReader(StudentReasoner(lake))
    if name == "encoder":
        return TitleHistoryReader(EncoderReasoner(objects, cache, titles=title_sample(lake, day=day)))
    sections = Taxonomy.of(objects).tops
    model = _language_model(name, settings, lake, day=day, shard=Shard(), sections=sections)
    return ModelHistoryReader(model.replies, sections=sections)


def _language_model(
    name: Literal["openai", "transformers"],
    settings: DistillSettings,
    lake: Lake,
    *,
    day: date,
    shard: Shard,
    sections: Sequence[str],
) -> OpenAIReasoner | TransformersReasoner:
    prompt = prompt_of(settings)
    if name == "transformers":
        from airloom.intents.reasoners.transformers import TransformersReasoner

        return TransformersReasoner(
            settings.transformers, prompt, sections=sections, threads=settings.threads
        )
    left = None
    if settings.budget_usd is not None:
        spent = IntentStore(lake).spent(version_of(name, settings, lake), day=day, shard=shard)
        left = settings.budget_usd / shard.of - spent
    return OpenAIReasoner(settings.openai, prompt, sections=sections, budget_usd=left)
