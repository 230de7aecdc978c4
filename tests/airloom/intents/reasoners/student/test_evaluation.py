from __future__ import annotations

from pathlib import Path

import pytest

from airloom.errors import AirloomError
from airloom.intents.encoding import EmbeddingCache
from airloom.intents.linking.settings import LinkingSettings
from airloom.intents.reasoners.student.evaluation import evaluate
from airloom.intents.reasoners.student.lake_student import unlabeled_texts
from airloom.intents.reasoners.student.student import Student
from airloom.intents.reasoners.student.training_data import training_data
from airloom.logs.changes import latest_rows
from airloom.logs.contract import OBJECTS
from airloom.logs.lake import Lake
from tests.airloom.intents.reasoners.student.student_world import student_world
from tests.airloom.intents.shop import DAY, HashingEncoder, contents, put_objects, video


def test_an_examination_is_about_unseen_titles_and_keeps_nothing(taught: tuple[Lake, Student]) -> None:
    lake, _ = taught
    before = contents(lake.path("intents"))
    cache = EmbeddingCache(lake, HashingEncoder(dimension=64))

    result = evaluate(lake, day=DAY, cache=cache, linking=LinkingSettings(), threads=1)

    assert 10 < result.titles < 60  # one fifth of 150 with paths
    assert 140 <= result.training_examples < 190
    assert result.student.f1 > 0.9 > result.chance.f1  # three subjects are easily learnt
    low, high = result.chance.cosine_interval
    assert low < result.chance.cosine < high
    assert result.microseconds > 0
    assert set(result.as_dict()["encoder"]) == {"f1", "f1_interval", "cosine", "cosine_interval"}
    assert contents(lake.path("intents")) == before


def test_what_will_be_asked_is_not_among_the_texts(taught: tuple[Lake, Student]) -> None:
    lake, _ = taught
    asked = training_data(lake, day=DAY).where(lambda example: example.object_id < "v100")

    texts = unlabeled_texts(lake, day=DAY, without=asked)

    assert not {example.title for example in asked.rows} & set(texts)
    assert {"espresso", "burr coffee grinder"} < set(texts)
    assert len(unlabeled_texts(lake, day=DAY)) == len(texts) + 100


def test_one_title_is_too_few(tmp_path: Path) -> None:
    lake = student_world(tmp_path / "lake")
    rows = [
        video(row["object_id"], "my cat") if row["domain"] == "content" else row
        for row in latest_rows(lake, OBJECTS, through=DAY).to_pylist()
    ]
    put_objects(lake, DAY, rows)
    cache = EmbeddingCache(lake, HashingEncoder(dimension=64))

    with pytest.raises(AirloomError, match="has answered 1 different titles with paths"):
        evaluate(lake, day=DAY, cache=cache, linking=LinkingSettings(), threads=1)
