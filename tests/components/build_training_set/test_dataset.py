from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airloom.errors import AirloomError
from airloom.logs.contract import EVENTS
from airloom.logs.lake import Lake
from components.build_training_set.dataset import build, read_window
from feature_repo.store import open_store
from tests.components.small_training import LAST, SETTINGS, TrainingChain, build_dataset, deliver
from tests.feature_repo.small_lake import START


def test_the_two_windows_follow_each_other(chain: TrainingChain) -> None:
    manifest = json.loads(Path(chain.dataset.path, "dataset.json").read_text())
    assert manifest["train"]["from"] == str(LAST - timedelta(days=4))
    assert manifest["train"]["before"] == manifest["evaluation"]["from"] == str(LAST - timedelta(days=1))
    assert manifest["train"]["snapshot"] != manifest["evaluation"]["snapshot"]


@pytest.mark.parametrize("name", ["train", "evaluation"])
def test_nothing_is_known_before_it_happened(chain: TrainingChain, name: str) -> None:
    rows = pq.read_table(Path(chain.dataset.path, f"{name}.parquet")).to_pylist()
    for row in rows:
        midnight = row["ts"].replace(hour=0, minute=0, second=0)
        assert all(time < midnight.timestamp() for time in row["timestamps"])
    part = read_window(Path(chain.dataset.path), name, lake=chain.lake)
    assert part.snapshot.before <= min(example.now for example in part.examples)
    assert len(part.examples) == len(rows)
    assert any(example.history for example in part.examples)


def test_what_happens_in_a_window_changes_no_snapshot_of_it(tmp_path: Path) -> None:
    deliver(tmp_path / "lake")
    build_dataset(tmp_path / "lake", tmp_path / "before")
    lake = Lake(tmp_path / "lake")
    events = lake.read(EVENTS, since=LAST, through=LAST)
    lake.write(EVENTS, LAST, pa.concat_tables([events] * 3))
    build_dataset(tmp_path / "lake", tmp_path / "after")
    before, after = (
        json.loads((tmp_path / name / "dataset.json").read_text()) for name in ("before", "after")
    )
    assert before["train"] == after["train"]
    assert before["evaluation"]["snapshot"] == after["evaluation"]["snapshot"]
    assert (tmp_path / "before" / "train.parquet").read_bytes() == (
        tmp_path / "after" / "train.parquet"
    ).read_bytes()


def test_a_log_that_is_too_short_is_named(chain: TrainingChain, tmp_path: Path) -> None:
    with pytest.raises(AirloomError, match=f"the log begins on {START}"):
        build_dataset(Path(chain.lake), tmp_path / "short", day=START + timedelta(days=4))
    assert not (tmp_path / "short").exists()


def test_a_snapshot_that_is_gone_is_named(chain: TrainingChain, tmp_path: Path) -> None:
    with pytest.raises(AirloomError, match="is gone"):
        read_window(Path(chain.dataset.path), "train", lake=str(tmp_path))


def test_training_before_any_daily_run_says_what_to_run(tmp_path: Path) -> None:
    def train() -> None:
        root = str(tmp_path / "lake")
        build(open_store(lake=root), lake=root, day=LAST, settings=SETTINGS, folder=tmp_path / "dataset")

    with pytest.raises(AirloomError, match=r"No clean events in .*lake\. Run: airloom run daily"):
        train()
    deliver(tmp_path / "lake")
    with pytest.raises(AirloomError, match=r"are not registered .*Run: airloom run daily"):
        train()
    assert not (tmp_path / "dataset").exists()
