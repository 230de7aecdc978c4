"""A small lake: three objects, three users, three days; the encoder is a stand-in."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from airloom.intents.linking.settings import LinkingSettings
from airloom.logs.contract import COMMERCE, COMMERCE_ACTIONS, CONTENT, EVENTS, OBJECTS, Table
from airloom.logs.lake import Lake
from components.build_features.build import BuiltFeatures
from components.build_features.build import build as build_all

START = date(2026, 3, 1)
LAST = START + timedelta(days=2)
TITLES = {"cat-bed": "Cat bed", "video-1": "猫咪日常", "late-rope": "Climbing rope"}


class HashEncoder:
    """Vectors that depend on the text alone, without a model."""

    name = "hash"
    dimension = 8

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = [np.frombuffer(hashlib.sha256(text.encode()).digest()[:8], np.uint8) for text in texts]
        vectors = np.asarray(rows, np.float32).reshape(len(texts), 8) - 127.5
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def midnight(days: int) -> int:
    """Seconds at the beginning of the day `days` after START."""
    return int(datetime(2026, 3, 1, tzinfo=UTC).timestamp()) + days * 86_400


def event(user: str, hours: float, action: str, object_id: str) -> dict[str, object]:
    ts = datetime.fromtimestamp(midnight(0), UTC) + timedelta(hours=hours)
    domain = COMMERCE if action in COMMERCE_ACTIONS else CONTENT
    return {"user_id": user, "ts": ts, "domain": domain, "action": action, "object_id": object_id}


def thing(object_id: str, *, price: float | None = None, retired: int | None = None) -> dict[str, object]:
    product = object_id != "video-1"
    return {
        "object_id": object_id,
        "domain": COMMERCE if product else CONTENT,
        "title": TITLES[object_id],
        "category_path": ["pets", "sleep", "cat beds"] if product else None,
        "price": price,
        "published_at": datetime.fromtimestamp(midnight(0), UTC) if product else None,
        "retired_at": None if retired is None else datetime.fromtimestamp(midnight(retired), UTC),
    }


def write(lake: Lake, table: Table, day: date, rows: Sequence[dict[str, object]]) -> None:
    lake.write(table, day, pa.Table.from_pylist(list(rows), schema=table.stored_schema))


def deliver(root: Path) -> Lake:
    """The clean tables of three days."""
    lake = Lake(root)
    write(lake, OBJECTS, START, [thing("cat-bed", price=20.0), thing("video-1")])
    write(lake, OBJECTS, LAST, [thing("cat-bed", price=25.0), thing("late-rope", price=60.0, retired=5)])
    write(
        lake,
        EVENTS,
        START,
        [
            event("ann", 1, "view", "video-1"),
            event("ann", 2, "order", "cat-bed"),
            event("bo", 3, "view", "video-1"),
        ],
    )
    write(lake, EVENTS, START + timedelta(days=1), [event("ann", 25, "like", "video-1")])
    write(
        lake,
        EVENTS,
        LAST,
        [
            event("ann", 49, "click", "late-rope"),
            event("new", 50, "view", "video-1"),
            event("new", 51, "order", "cat-bed"),
        ],
    )
    return lake


def build(lake: Lake, day: date = LAST) -> BuiltFeatures:
    """The features up to the end of `day`."""
    return build_all(lake.root, day=day, encoder=HashEncoder(), settings=LinkingSettings())
