"""`airloom intents student`: teach a student what the language model answered, and examine one."""

from __future__ import annotations

import json

from airloom.intents.encoding import EmbeddingCache
from airloom.intents.reasoners.student.examination import examine
from airloom.intents.reasoners.student.lake_student import student_file, teach_student
from airloom.intents.sentence_encoder import SentenceEncoder
from pipelines.cli.options import (
    DEFAULT_HOME,
    DayOption,
    HomeOption,
    LakeOption,
    RecipeOption,
    day_of,
    lake_at,
)


def student(
    day: DayOption = "",
    recipe: RecipeOption = "default",
    lake: LakeOption = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Teach a student what the language model that counts first answered, for distill --reasoner student.

    Before that, one taught four fifths of the titles is asked about the others. Prints JSON: how far it, the
    encoder and chance agree with the teacher on these, with 95% intervals, and its time for a title.

    Example: airloom intents student
    """
    from pipelines.recipes import recipe_named

    place, chosen = lake_at(lake, home), recipe_named(recipe)
    closed, threads = day_of(place, day), chosen.distillation.threads
    cache = EmbeddingCache(place, SentenceEncoder(threads=threads))
    found = examine(place, day=closed, cache=cache, vocabulary=chosen.vocabulary, threads=threads)
    teach_student(place, day=closed, cache=cache, threads=threads)
    print(json.dumps({**found.as_dict(), "student_file": str(student_file(place))}, indent=2))
