from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
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


def test_what_was_ordered_and_came_back_is_no_target(tmp_path: Path) -> None:
    lake, day = deliver(tmp_path / "lake"), LAST - timedelta(days=1)
    orders = lake.read(EVENTS, since=day, through=day).filter(pc.field("action") == "order")
    returned = orders["user_id"][0].as_py()
    back = [
        row | {"ts": row["ts"] + timedelta(days=1), "quantity": -1}
        for row in orders.to_pylist()
        if row["user_id"] == returned
    ]
    later = lake.read(EVENTS, since=LAST, through=LAST).to_pylist()
    kept = [row for row in later if row["user_id"] != returned]
    lake.write(EVENTS, LAST, pa.Table.from_pylist([*kept, *back], schema=EVENTS.stored_schema))

    build_dataset(tmp_path / "lake", tmp_path / "dataset")

    targets = pq.read_table(tmp_path / "dataset" / "evaluation.parquet")["user_id"].to_pylist()
    assert back
    assert returned not in targets
    assert set(targets) >= {user for user in orders["user_id"].to_pylist() if user != returned}


def test_of_two_orders_of_one_instant_the_one_that_was_kept_is_a_target(tmp_path: Path) -> None:
    lake, day = deliver(tmp_path / "lake"), LAST - timedelta(days=1)
    orders = lake.read(EVENTS, since=day, through=day).filter(pc.field("action") == "order").to_pylist()
    order = orders[0] | {"quantity": 1}
    back = order | {"ts": order["ts"] + timedelta(hours=1), "quantity": -1}

    def targets(*rows: dict[str, object]) -> set[tuple[str, str]]:
        lake.write(EVENTS, LAST, pa.Table.from_pylist([], schema=EVENTS.stored_schema))
        lake.write(EVENTS, day, pa.Table.from_pylist([*orders[1:], *rows], schema=EVENTS.stored_schema))
        build_dataset(tmp_path / "lake", tmp_path / "dataset")
        table = pq.read_table(tmp_path / "dataset" / "evaluation.parquet")
        return set(zip(table["user_id"].to_pylist(), table["object_id"].to_pylist(), strict=True))

    label = order["user_id"], order["object_id"]
    assert label in targets(order, order | {"event_id": "second"}, back)
    assert label not in targets(order, back)


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
