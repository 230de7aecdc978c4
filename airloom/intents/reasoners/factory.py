"""The factory of reasoners: makes the reasoner that the settings name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa

from airloom.intents.answers import ENCODER, intent_version
from airloom.intents.encoding import EmbeddingCache, TextEncoder
from airloom.intents.history import HistoryReader
from airloom.intents.joined_encoder import EncoderPart, JoinedEncoder
from airloom.intents.linking.induced_categories import with_induced_categories
from airloom.intents.linking.taxonomy import Taxonomy, products_of
from airloom.intents.multilingual.encoder import MultilingualEncoder
from airloom.intents.prompt import IntentPrompt, prompt_in, shipped_prompt
from airloom.intents.reasoners.encoder import METHOD, SHARE_OF_MINILM, EncoderReasoner
from airloom.intents.reasoners.model_history import ModelHistoryReader
from airloom.intents.reasoners.reasoner import IntentModel, Reasoner
from airloom.intents.reasoners.student.lake_student import load_student, student_file, student_version
from airloom.intents.reasoners.student.reasoner import StudentReasoner
from airloom.intents.reasoners.student.token_table import TokenTable
from airloom.intents.reasoners.title_history import TitleHistoryReader
from airloom.intents.reasoners.title_sample import title_sample
from airloom.intents.reply_bounds import ACCEPTED, ASKED
from airloom.intents.sentence_encoder import SentenceEncoder
from airloom.intents.settings import DistillSettings, ReasonerName
from airloom.intents.store import IntentStore
from airloom.intents.task import IntentTask
from airloom.llm.keys import Shard
from airloom.llm.language_models import BACKENDS, Backend, language_model, model_of
from airloom.llm.version import LLM, Version
from airloom.logs.lake import Lake


def prompt_of(settings: DistillSettings) -> IntentPrompt:
    """Return the prompt that a language model is given."""
    template = prompt_in(Path(settings.prompt)) if settings.prompt else shipped_prompt()
    return IntentPrompt(template, settings.words)


def task_of(
    settings: DistillSettings, *, top_categories: Sequence[str], max_paths: int = ASKED.max_paths
) -> IntentTask:
    """Return what a language model is asked, and the form of its replies."""
    return IntentTask(
        prompt_of(settings), top_categories, max_paths, min(settings.min_paths, max_paths), settings.labels
    )


def fallback_of(settings: DistillSettings, lake: Lake) -> ReasonerName | None:
    """Return the reasoner of what a language model left; the encoder while the lake has no student yet.

    Raises:
        AirloomError: The lake's student cannot be read.
    """
    if settings.reasoner not in BACKENDS or settings.fallback == "none":
        return None
    if settings.fallback == "student" and student_file(lake).exists():
        load_student(lake, tokens=TokenTable())
        return "student"
    return "encoder"


def version_of(
    name: ReasonerName, settings: DistillSettings, lake: Lake, *, encoder: TextEncoder | None = None
) -> Version:
    """Return the version of a reasoner's answers, known before anything is loaded or asked.

    Raises:
        AirloomError: The settings name no model, or the lake has no student.
    """
    match name:
        case "openai" | "transformers":
            model = model_of(name, settings.openai, settings.transformers)
            return intent_version(LLM, model, prompt_of(settings).version)
        case "student":
            return student_version(lake)
        case "encoder":
            reader = encoder or _of_titles(SentenceEncoder(), MultilingualEncoder())
            return intent_version(ENCODER, reader.name, METHOD)


def reasoner_named(
    name: ReasonerName,
    settings: DistillSettings,
    lake: Lake,
    *,
    day: date,
    shard: Shard,
    encoder: TextEncoder | None = None,
) -> Reasoner:
    """Return the reasoner called `name`, ready to answer.

    Args:
        name: Which one.
        settings: How to reach a model, and what it may cost.
        lake: Its objects draw the merchant's tree.
        day: The last complete day.
        shard: What will be read; a budget is divided evenly among shards.
        encoder: Turns all texts into vectors; by default the verified MiniLM, joined with the multilingual
            encoder for titles. Both are loaded when the first text is new.
    """
    if name == "student":
        return StudentReasoner(lake)
    products = products_of(lake, through=day)
    if name == "encoder":
        cache = EmbeddingCache(lake, encoder or SentenceEncoder(threads=settings.threads))
        products = with_induced_categories(lake, products, cache=cache, through=day)
        titles = title_sample(lake, day=day)
        if encoder:
            return EncoderReasoner(products, cache, titles=titles)
        multilingual = MultilingualEncoder(threads=settings.threads)
        joined = _of_titles(cache, EmbeddingCache(lake, multilingual))
        return EncoderReasoner(products, joined, titles=titles, pieces=multilingual.pieces)
    task = task_of(settings, top_categories=Taxonomy.of(products).top_categories)
    return _language_model(name, task, settings, lake, day=day, shard=shard)


def history_reader_named(
    name: ReasonerName,
    settings: DistillSettings,
    lake: Lake,
    *,
    day: date,
    objects: pa.Table,
    cache: EmbeddingCache,
) -> HistoryReader:
    """Return the reasoner called `name` as a reader of whole histories.

    Args:
        name: Which one.
        settings: How to reach a model, and what it may cost.
        lake: Its store knows what was spent.
        day: The last complete day.
        objects: The merchant's objects, with the tree that answers are resolved against.
        cache: Encodes titles by MiniLM.
    """
    if name == "student":
        return TitleHistoryReader(StudentReasoner(lake))
    if name == "encoder":
        multilingual = EmbeddingCache(lake, MultilingualEncoder(threads=settings.threads), keep=False)
        titles = title_sample(lake, day=day)
        return TitleHistoryReader(EncoderReasoner(objects, _of_titles(cache, multilingual), titles=titles))
    top_categories = Taxonomy.of(objects).top_categories
    task = task_of(settings, top_categories=top_categories, max_paths=ACCEPTED.max_paths)
    model = _language_model(name, task, settings, lake, day=day, shard=Shard())
    return ModelHistoryReader(model.replies, task=task)


def _of_titles(minilm: TextEncoder, multilingual: TextEncoder) -> JoinedEncoder:
    """Return what titles of content and of products are compared with."""
    return JoinedEncoder(EncoderPart(minilm, SHARE_OF_MINILM), EncoderPart(multilingual, 1 - SHARE_OF_MINILM))


def _language_model(
    name: Backend, task: IntentTask, settings: DistillSettings, lake: Lake, *, day: date, shard: Shard
) -> IntentModel:
    budget_usd = None
    if settings.budget_usd is not None:
        spent = IntentStore(lake).spent(version_of(name, settings, lake), day=day, shard=shard)
        budget_usd = settings.budget_usd / shard.of - spent
    return language_model(
        name,
        task,
        openai=settings.openai,
        transformers=settings.transformers,
        budget_usd=budget_usd,
        threads=settings.threads,
    )
