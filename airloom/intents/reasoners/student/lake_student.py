"""The student of a lake, in `intents/student.safetensors`; replaced when another is taught."""

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
from airloom.intents.reasoners.student.lessons import Lessons, lessons
from airloom.intents.reasoners.student.student import Student
from airloom.intents.reasoners.student.teach import teach
from airloom.intents.reasoners.student.words import Words
from airloom.intents.reasoners.title_sample import title_sample
from airloom.llm.version import Version
from airloom.logs.lake import Lake

PRODUCTS: Final = 20_000
"""Products whose titles are read for their words."""


def student_file(lake: Lake) -> Path:
    """Where the student is; there may be none."""
    return lake.path("intents", "student.safetensors")


def student_version(lake: Lake) -> Version:
    """The name of the lake's student, from its file's bytes.

    Raises:
        AirloomError: There is none.
    """
    return intent_version(STUDENT, "title-student", sha256_of(_kept(lake))[:12])


def load_student(lake: Lake, *, words: Words) -> Student:
    """The lake's student.

    Raises:
        AirloomError: There is none, or it cannot be read.
    """
    return Student.load(_kept(lake), words=words)


def _kept(lake: Lake) -> Path:
    file = student_file(lake)
    if not file.exists():
        raise AirloomError(f"{lake.root} has no student", do="Teach one: airloom intents student")
    return file


def teach_student(lake: Lake, *, day: date, cache: EmbeddingCache, threads: int) -> Student:
    """Teach the lake's student what its first language model answered, and keep it.

    Raises:
        AirloomError: No language model has answered enough.
    """
    taught = lessons(lake, day=day)
    student = teach(taught, texts=shop_texts(lake, day=day), cache=cache, words=Words(), threads=threads)
    student.save(student_file(lake))
    return student


def shop_texts(lake: Lake, *, day: date, without: Lessons | None = None) -> Sequence[str]:
    """Titles for their words: products, and a sample of content.

    Args:
        lake: Where they are.
        day: The last day that may be read.
        without: Lessons whose titles are left out, because they will be asked in an examination.
    """
    titles = pc.drop_null(products_of(lake, through=day)["title"]).slice(0, PRODUCTS).to_pylist()
    unseen = {lesson.title for lesson in without.rows} if without else set()
    return [*titles, *(title for title in title_sample(lake, day=day) if title not in unseen)]
