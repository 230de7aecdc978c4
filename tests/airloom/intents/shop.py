"""A small shop with videos, and an encoder that needs no weights: what the tests of intents work on."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from airloom.logs.contract import EVENTS, OBJECTS
from airloom.logs.lake import Lake

DAY = date(2026, 1, 14)
NEXT_DAY = DAY + timedelta(days=1)

PRODUCTS = {
    "p1": (["Pet Supplies", "Cats", "Cat Beds"], "soft round cat bed"),
    "p2": (["Pet Supplies", "Cats", "Cat Beds"], "heated cat bed for winter"),
    "p3": (["Pet Supplies", "Cats", "Cat Toys"], "feather wand cat toy"),
    "p4": (["Kitchen", "Coffee", "Coffee Grinders"], "burr coffee grinder"),
    "p5": (["Kitchen", "Coffee", "Milk Frothers"], "handheld milk frother"),
}
VIDEOS = {
    "c1": "my cat sleeps in a bed",
    "c2": "my new coffee grinder",
    "c3": "football highlights",
    "c4": "latte art with frothed milk",
    "c5": "   ",
}


class HashingEncoder:
    """Words hashed to a sum of fixed random directions: texts that share words are alike."""

    def __init__(self, *, dimension: int = 256) -> None:
        self.dimension = dimension
        self.name = "hashing"
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.encoded.extend(texts)
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                seed = int.from_bytes(hashlib.sha256(word.rstrip("s").encode()).digest()[:8])
                vectors[row] += np.random.default_rng(seed).standard_normal(self.dimension)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return (vectors / np.maximum(lengths, 1e-9)).astype(np.float32)


class KilledError(Exception):
    """Stands for a kill -9."""


class DyingEncoder(HashingEncoder):
    """Works for a number of calls and then dies."""

    def __init__(self, *, calls: int) -> None:
        super().__init__()
        self.calls = calls

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.calls -= 1
        if self.calls < 0:
            raise KilledError
        return super().encode(texts)


def product(object_id: str, path: list[str], title: str) -> dict[str, Any]:
    return {
        "object_id": object_id,
        "domain": "commerce",
        "title": title,
        "category_path": path,
        "price": 9.5,
        "currency": "USD",
    }


def video(object_id: str, title: str, *, published: datetime | None = None) -> dict[str, Any]:
    return {"object_id": object_id, "domain": "content", "title": title, "published_at": published}


def put_objects(lake: Lake, day: date, rows: list[dict[str, Any]]) -> None:
    lake.write(OBJECTS, day, pa.Table.from_pylist(rows, schema=OBJECTS.stored_schema))


def put_events(lake: Lake, day: date, pairs: Sequence[tuple[str, str]]) -> None:
    rows = [
        {
            "user_id": f"u{number}",
            "ts": datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
            "domain": "commerce" if object_id.startswith("p") else "content",
            "action": action,
            "object_id": object_id,
        }
        for number, (action, object_id) in enumerate(pairs)
    ]
    lake.write(EVENTS, day, pa.Table.from_pylist(rows, schema=EVENTS.stored_schema))


def shop(root: Path) -> Lake:
    """One day: five products, five videos (one without a title), a few views, a like, an order."""
    lake = Lake(root)
    products = [product(key, *value) for key, value in PRODUCTS.items()]
    put_objects(lake, DAY, products + [video(key, title) for key, title in VIDEOS.items()])
    put_events(lake, DAY, [("view", "c1"), ("view", "c1"), ("like", "c1"), ("view", "c2"), ("order", "p1")])
    return lake


def reply(object_id: str, *paths: tuple[Sequence[str], float]) -> str:
    answered = [{"labels": list(labels), "confidence": confidence} for labels, confidence in paths]
    return json.dumps({"id": object_id, "paths": answered})


def write_replies(file: Path, *lines: str) -> Path:
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder and its bytes."""
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}
