"""The student of a lake, in `intents/student.safetensors`; replaced when another is trained."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

import pyarrow.compute as pc

from airloom.errors import AirloomError
from airloom.files import sha256_of
from airloom.intents.answers import STUDENT, intent_version
from airloom.intents.encoding import EmbeddingCache
from airloom.intents.linking.taxonomy import products_of
from airloom.intents.reasoners.student.student import Student
from airloom.intents.reasoners.student.token_table import TokenTable
from airloom.intents.reasoners.student.train import train
from airloom.intents.reasoners.student.training_data import StudentTrainingData, training_data
from airloom.intents.reasoners.title_sample import title_sample
from airloom.llm.version import Version
from airloom.logs.lake import Lake

PRODUCTS: Final = 20_000
"""Products whose titles are read for their tokens."""


def student_file(lake: Lake) -> Path:
    """Return where the student is stored; there may be none."""
    return lake.path("intents", "student.safetensors")


def student_version(lake: Lake) -> Version:
    """Return the version of the lake's student, from its file's bytes.

    Raises:
        AirloomError: There is none.
    """
    return intent_version(STUDENT, "title-student", sha256_of(_existing_file(lake))[:12])


def load_student(lake: Lake, *, tokens: TokenTable) -> Student:
    """Return the lake's student.

    Raises:
        AirloomError: There is none, or it cannot be read.
    """
    return Student.load(_existing_file(lake), tokens=tokens)


def _existing_file(lake: Lake) -> Path:
    file = student_file(lake)
    if not file.exists():
        raise AirloomError(f"{lake.root} has no student", do="Train one: airloom intents student")
    return file


def train_student(lake: Lake, *, day: date, cache: EmbeddingCache, threads: int) -> Student:
    """Train the lake's student on what its first language model answered, and store it.

    Raises:
        AirloomError: No language model has answered enough.
    """
    data = training_data(lake, day=day)
    student = train(
        data, texts=unlabeled_texts(lake, day=day), cache=cache, tokens=TokenTable(), threads=threads
    )
    student.save(student_file(lake))
    return student


def unlabeled_texts(lake: Lake, *, day: date, without: StudentTrainingData | None = None) -> Sequence[str]:
    """Return titles of products and a sample of content, for the tokens that they hold.

    Args:
        lake: Where they are.
        day: The last day that may be read.
        without: Examples whose titles are left out, because the student is evaluated on them.
    """
    titles = pc.drop_null(products_of(lake, through=day)["title"]).slice(0, PRODUCTS).to_pylist()
    unseen = {example.title for example in without.rows} if without else set()
    return [*titles, *(title for title in title_sample(lake, day=day) if title not in unseen)]
