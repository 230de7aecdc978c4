from __future__ import annotations

import pytest

from airloom.intents.encoding import EmbeddingCache
from airloom.intents.history import HistoryLine, HistoryReader
from airloom.intents.known_atoms import atoms_of
from airloom.intents.reasoners.encoder import EncoderReasoner
from airloom.intents.reasoners.title_history import TitleHistoryReader
from airloom.logs.changes import latest_rows
from airloom.logs.contract import OBJECTS
from airloom.logs.lake import Lake
from tests.airloom.intents.shop import DAY, HashingEncoder

CAT, COFFEE = HistoryLine("view", "my cat sleeps in a bed", 1.0), HistoryLine("like", "coffee grinder", 2.0)


@pytest.fixture
def reasoner(lake: Lake, encoder: HashingEncoder) -> EncoderReasoner:
    return EncoderReasoner(latest_rows(lake, OBJECTS, through=DAY), EmbeddingCache(lake, encoder), titles=())


def test_a_history_of_one_event_is_read_like_that_event(lake: Lake, reasoner: EncoderReasoner) -> None:
    atoms = atoms_of(lake, day=DAY)
    reader: HistoryReader = TitleHistoryReader(reasoner)

    histories = [(HistoryLine("view", title, 0.0),) for title in atoms["title"].to_pylist()]

    assert reader.read_histories(histories) == reasoner.paths_of(atoms["title"].to_pylist())


def test_the_newest_title_comes_first_and_each_once(
    reasoner: EncoderReasoner, encoder: HashingEncoder
) -> None:
    TitleHistoryReader(reasoner).read_histories([(CAT, COFFEE, CAT)])

    assert encoder.encoded[-1] == "my cat sleeps in a bed. coffee grinder"
