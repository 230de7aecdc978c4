from __future__ import annotations

import pytest

from airloom.intents.encoding import EmbeddingCache
from airloom.intents.reasoners.student.lake_student import train_student
from airloom.intents.reasoners.student.student import Student
from airloom.intents.reasoners.student.token_table import TokenTable
from airloom.logs.lake import Lake
from tests.airloom.intents.reasoners.student.student_world import student_world
from tests.airloom.intents.shop import DAY, HashingEncoder


@pytest.fixture(scope="session")
def tokens() -> TokenTable:
    return TokenTable()


@pytest.fixture(scope="session")
def taught(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lake, Student]:
    """A lake with a student, made once; tests that change the lake make their own."""
    lake = student_world(tmp_path_factory.mktemp("student_world") / "lake")
    cache = EmbeddingCache(lake, HashingEncoder(dimension=64))
    return lake, train_student(lake, day=DAY, cache=cache, threads=1)


@pytest.fixture
def student(taught: tuple[Lake, Student]) -> Student:
    return taught[1]
