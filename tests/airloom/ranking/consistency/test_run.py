from __future__ import annotations

from pathlib import Path

import pytest

from airloom.errors import AirloomError
from airloom.intents.linking.settings import LinkingSettings
from airloom.intents.reasoners.encoder import EncoderReasoner
from airloom.intents.reasoners.title_history import TitleHistoryReader
from airloom.logs.contract import EVENTS
from airloom.logs.lake import Lake
from airloom.ranking.consistency.agreement import METRICS
from airloom.ranking.consistency.measure import NO_EVENTS, ConsistencySettings
from airloom.ranking.consistency.run import consistency_of, sampled_histories
from airloom.ranking.snapshot import Snapshot
from benchmarks.sample_snapshot import snapshot_of
from tests.airloom.intents.shop import DAY, HashingEncoder, contents, shop


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A day on which five users did one thing each; one of them bought something."""
    return shop(tmp_path / "lake")


@pytest.fixture
def encoder() -> HashingEncoder:
    return HashingEncoder()


@pytest.fixture
def snapshot(lake: Lake, encoder: HashingEncoder) -> Snapshot:
    return snapshot_of(lake, day=DAY, encoder=encoder, reader=encoder)


def test_one_event_read_at_once_is_that_event_read_alone(
    lake: Lake, encoder: HashingEncoder, snapshot: Snapshot
) -> None:
    """With one event a user, direct and composed are one thing by two ways, from the titles to the scores."""
    before = contents(Path(lake.root))

    consistency = consistency_of(
        lake,
        snapshot,
        sampled_histories(lake, snapshot, users=10, seed=0),
        open_reader=lambda objects, cache: TitleHistoryReader(EncoderReasoner(objects, cache, titles=())),
        encoder=encoder,
        linking=LinkingSettings(),
        settings=ConsistencySettings(resamples=50),
    )

    assert (consistency.users, consistency.left_out[NO_EVENTS], consistency.candidates) == (4, 1, 5)
    for name in METRICS:
        assert consistency.metrics[name].own.mean == pytest.approx(1.0, abs=1e-4)
    assert contents(Path(lake.root)) == before


def test_a_sample_is_of_the_last_day_and_follows_the_seed(lake: Lake, snapshot: Snapshot) -> None:
    everybody = sampled_histories(lake, snapshot, users=10, seed=0)
    some = sampled_histories(lake, snapshot, users=2, seed=0)

    assert sorted(everybody) == [f"u{number}" for number in range(5)]
    assert len(some) == 2
    assert some.keys() == sampled_histories(lake, snapshot, users=2, seed=0).keys()
    assert some.keys() != sampled_histories(lake, snapshot, users=2, seed=1).keys()
    assert snapshot.objects.ids[everybody["u3"].objects[0]] == "c2"


def test_a_day_without_events_is_said(lake: Lake, snapshot: Snapshot) -> None:
    lake.delete(EVENTS, DAY)

    with pytest.raises(AirloomError, match=f"holds no events of {DAY}"):
        sampled_histories(lake, snapshot, users=10, seed=0)
