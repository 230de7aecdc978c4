"""`airloom intents student`: train a small local model on the answers of an LLM, and evaluate it."""

from __future__ import annotations

import json

from pipelines.cli.options import (
    DEFAULT_HOME,
    DayOption,
    HomeOption,
    LakeOption,
    RecipeOption,
    day_of,
    lake_at,
)
from pipelines.home import Home


def student(
    day: DayOption = "",
    recipe: RecipeOption = "",
    lake: LakeOption = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Train a small local model on the LLM's answers, for distill --reasoner student.

    First it is evaluated: trained on four fifths of the titles, compared on the others. Prints JSON: how far
    it, the encoder and chance agree with the LLM there, with 95% intervals, and its time for a title.

    Example: airloom intents student
    """
    from airloom.intents.encoding import EmbeddingCache
    from airloom.intents.reasoners.student.evaluation import evaluate
    from airloom.intents.reasoners.student.lake_student import student_file, train_student
    from airloom.intents.sentence_encoder import SentenceEncoder
    from pipelines.run_settings import recipe_of

    data_lake, chosen = lake_at(lake, home), recipe_of(Home.at(home), recipe)
    last_day, threads = day_of(data_lake, day), chosen.distillation.threads
    cache = EmbeddingCache(data_lake, SentenceEncoder(threads=threads))
    evaluation = evaluate(data_lake, day=last_day, cache=cache, linking=chosen.linking, threads=threads)
    train_student(data_lake, day=last_day, cache=cache, threads=threads)
    print(json.dumps({**evaluation.as_dict(), "student_file": str(student_file(data_lake))}, indent=2))
