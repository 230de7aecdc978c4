from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from airloom.errors import AirloomError
from airloom.intents.answers import ENCODER, INTENT_ANSWERS, IntentAnswer, intent_version
from airloom.intents.atoms import Atom
from airloom.intents.import_answers import import_answers
from airloom.intents.store import IntentStore
from airloom.llm.outcome import Answer
from airloom.logs.contract import OBJECTS
from airloom.logs.lake import Lake
from components.collect_intents.component import collect_intents
from tests.components.metrics_double import MetricsDouble

DAY = date(2026, 3, 2)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Two videos, of which the replies answer one with two paths."""
    lake = Lake(tmp_path / "lake")
    rows = [
        {
            "object_id": name,
            "domain": "content",
            "title": name,
            "published_at": datetime(2026, 3, 1, tzinfo=UTC),
        }
        for name in ("v1", "v2")
    ]
    lake.write(OBJECTS, DAY, pa.Table.from_pylist(rows, schema=OBJECTS.stored_schema))
    _answer(lake, tmp_path, "v1")
    return lake


def _answer(lake: Lake, folder: Path, video: str) -> None:
    paths = '[{"labels":["a","b"],"confidence":0.5},{"labels":["c"],"confidence":0.1}]'
    (folder / "replies.jsonl").write_text(f'{{"id":"{video}","paths":{paths}}}\n')
    import_answers(lake, folder / "replies.jsonl", model="m", prompt="p")


def test_an_atom_without_an_answer_stops_the_run(lake: Lake) -> None:
    with pytest.raises(AirloomError, match="atoms known on 2026-03-02 have no answer"):
        collect_intents.python_func(lake=lake.root, day=str(DAY), asked=[0], metrics=MetricsDouble())


def test_the_shards_are_added_up(lake: Lake, tmp_path: Path) -> None:
    _answer(lake, tmp_path, "v2")
    metrics = MetricsDouble()

    outputs = collect_intents.python_func(lake=lake.root, day=str(DAY), asked=[1.0, 0], metrics=metrics)

    atoms, asked, cached, paths = outputs
    assert (asked, cached) == (1, atoms - 1)
    assert paths == 2 * atoms
    expected = {"atoms": atoms, "asked": 1, "cached": atoms - 1, "paths": 2 * atoms}
    expected |= {"with_paths": atoms, "unreadable": 0}
    assert metrics.metadata == expected


def test_titles_that_could_not_be_read_are_counted_and_said(
    lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    version = intent_version(ENCODER, "encoder", "1")
    answer: IntentAnswer = Answer(Atom("view", "v2"), (), reason="unreadable script: Hebrew")
    rows = INTENT_ANSWERS.rows([answer], version=version, reasoner="encoder")
    IntentStore(lake).append(version, INTENT_ANSWERS.table(rows))
    metrics = MetricsDouble()

    collect_intents.python_func(lake=lake.root, day=str(DAY), asked=[1], metrics=metrics)

    assert metrics.metadata["unreadable"] == 1
    assert "1 atoms have no guess: unreadable script: Hebrew" in capsys.readouterr().out
