"""Which reasoner reads the atoms: the settings of a distillation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from airloom.intents.content_words import ContentWords
from airloom.llm.settings import OpenAISettings, TransformersSettings

LabelScript = Literal["english", "any"]
"""Which labels a reply may have: those of the shipped prompt, or whatever your own prompt asks for."""
ReasonerName = Literal["openai", "transformers", "student", "encoder"]


@dataclass(frozen=True)
class DistillSettings:
    """Which reasoner reads the atoms that have no answer yet.

    Attributes:
        reasoner: `openai` and `transformers` are language models: they are asked what their model and prompt
            have not answered. `student`, a small model trained on their answers, is asked what no language
            model has answered; `encoder`, nearest categories by sentence embedding, what no version has.
        fallback: Which reasoner answers what a language model could not, by the same rule, so that the day
            can be served; the next run asks the language model again. While the lake has no student, the
            encoder replaces it.
        prompt: File of your own prompt; empty for Airloom's.
        words: What the prompts call your content and what people do with it.
        labels: `english` refuses labels that are not in the letters of English, without accents; `any` is for
            a prompt of your own that asks for another language.
        min_paths: Paths of a reply at least, up to 3. With 0 a model may answer that an event foretells
            nothing; a small model that always does so may have to name one.
        empty_replies: `answer`, or `unanswered`: a reply without a path is then rejected, and the fallback
            reads the atom. It holds for the replies that come from then on.
        skip: Which atoms a language model is not asked about: `own`, those that this model and prompt have
            answered, or `any`, those that any language model has.
        budget_usd: What the replies for one day may cost, all shards and repeated runs together; None for no
            limit.
        threads: Threads of a model in this process.
        openai: Where reasoner is `openai`.
        transformers: Where reasoner is `transformers`.
    """

    reasoner: ReasonerName = "encoder"
    fallback: Literal["student", "encoder", "none"] = "encoder"
    prompt: str = ""
    words: ContentWords = field(default_factory=ContentWords)
    labels: LabelScript = "english"
    min_paths: Literal[0, 1, 2, 3] = 0
    empty_replies: Literal["answer", "unanswered"] = "answer"
    skip: Literal["own", "any"] = "own"
    budget_usd: float | None = None
    threads: int = 2
    openai: OpenAISettings = field(default_factory=OpenAISettings)
    transformers: TransformersSettings = field(default_factory=TransformersSettings)
