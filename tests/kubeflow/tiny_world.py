"""Sixty shoppers and two weeks of what they watched and bought, landed by the log contract; always the same.

Everybody likes one topic and mostly stays with it, in videos and in the shop. On the last day a video comes
out that nobody has seen before, and a dozen people watch it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zlib import crc32

import numpy as np
import pyarrow as pa

from airloom.experiments.assignment import assign
from airloom.experiments.experiment import Experiment
from airloom.logs.contract import COMMERCE, CONTENT, EVENTS, EXPOSURES, OBJECTS, USERS, Table
from airloom.logs.lake import Lake

FIRST_DAY: Final = date(2026, 3, 1)
DAYS: Final = 14
LAST_DAY: Final = FIRST_DAY + timedelta(days=DAYS - 1)
EVE: Final = LAST_DAY - timedelta(days=1)
"""The day before the last: nobody knows the new video yet."""
NEW_VIDEO: Final = "v900"

SHOPPERS: Final = 60
VIDEOS: Final = 40
PRODUCTS: Final = 96
EVENTS_A_DAY: Final = 5
SHOWN: Final = 5
TOPICS: Final[dict[str, Sequence[str]]] = {
    "cats": ("Pet supplies", "Cats", "Cat beds"),
    "telescopes": ("Hobby", "Astronomy", "Telescopes"),
    "espresso": ("Kitchen", "Coffee", "Espresso machines"),
    "hiking": ("Sports", "Outdoor", "Backpacks"),
    "guitars": ("Music", "Strings", "Guitars"),
    "baking": ("Kitchen", "Baking", "Baking tins"),
    "cycling": ("Sports", "Cycling", "Bike lights"),
    "aquariums": ("Pet supplies", "Fish", "Aquariums"),
}


def land_history(lake: Lake, experiment: Experiment) -> None:
    """Land all days before the last one: objects and users on the first, events every day, some exposures."""
    _write(lake, OBJECTS, FIRST_DAY, _objects())
    _write(lake, USERS, FIRST_DAY, [{"user_id": user} for user in _users()])
    for day in (FIRST_DAY + timedelta(days=number) for number in range(DAYS - 1)):
        _write(lake, EVENTS, day, _events(day))
        if day >= EVE - timedelta(days=3):
            _write(lake, EXPOSURES, day, _exposures(day, experiment))


def land_last_day(lake: Lake, experiment: Experiment) -> None:
    """Land the last day, with the new video and those who watch it."""
    video = {"object_id": NEW_VIDEO, "domain": CONTENT, "title": "First light: my new telescope and the moon"}
    _write(lake, OBJECTS, LAST_DAY, [video])
    watched = [
        _event(LAST_DAY, user, _chance(f"new {user}"), CONTENT, "view", NEW_VIDEO) for user in _users()[::5]
    ]
    _write(lake, EVENTS, LAST_DAY, _events(LAST_DAY) + watched)
    _write(lake, EXPOSURES, LAST_DAY, _exposures(LAST_DAY, experiment))


def _users() -> list[str]:
    return [f"u{number:03d}" for number in range(SHOPPERS)]


def _objects() -> list[dict[str, Any]]:
    topics = list(TOPICS)
    published = datetime.combine(FIRST_DAY, datetime.min.time(), UTC)
    videos = [
        {
            "object_id": f"v{number:03d}",
            "domain": CONTENT,
            "title": f"{topics[number % len(topics)]}: what I have learned, part {number}",
            "published_at": published,
        }
        for number in range(VIDEOS)
    ]
    products = []
    for number in range(PRODUCTS):
        path = TOPICS[topics[number % len(topics)]]
        products.append(
            {
                "object_id": f"p{number:03d}",
                "domain": COMMERCE,
                "title": f"{path[-1]}, model {number}",
                "category_path": list(path),
                "price": _price(number),
                "currency": "EUR",
                "published_at": published,
            }
        )
    return videos + products


def _price(product: int | np.int64) -> float:
    return round(float(5 + product * 37 % 200) + 0.99, 2)


def _events(day: date) -> list[dict[str, Any]]:
    return [
        event
        for number, user in enumerate(_users())
        for event in _events_of(day, user, topic=number % len(TOPICS))
    ]


def _events_of(day: date, user: str, *, topic: int) -> list[dict[str, Any]]:
    chance = _chance(f"{day} {user}")
    events = []
    for _ in range(EVENTS_A_DAY):
        liked = topic if chance.random() < 0.8 else chance.integers(len(TOPICS))
        if chance.random() < 0.4:
            video = liked + len(TOPICS) * chance.integers(VIDEOS // len(TOPICS))
            action = str(chance.choice(["view", "view", "like"]))
            events.append(_event(day, user, chance, CONTENT, action, f"v{video:03d}"))
        else:
            product = liked + len(TOPICS) * chance.integers(PRODUCTS // len(TOPICS))
            action = str(chance.choice(["click", "click", "cart", "order"]))
            event = _event(day, user, chance, COMMERCE, action, f"p{product:03d}")
            if action == "order":
                event |= {"quantity": 1, "unit_price": _price(product), "currency": "EUR"}
            events.append(event)
    return events


def _event(
    day: date, user: str, chance: np.random.Generator, domain: str, action: str, object_id: str
) -> dict[str, Any]:
    return {
        "user_id": user,
        "ts": _moment(day, chance),
        "domain": domain,
        "action": action,
        "object_id": object_id,
    }


def _exposures(day: date, experiment: Experiment) -> list[dict[str, Any]]:
    """One page a user: what was shown under the user's variant."""
    rows = []
    for number, user in enumerate(_users()):
        chance = _chance(f"page {day} {user}")
        moment, variant = _moment(day, chance), assign(experiment, user)
        for position in range(SHOWN):
            product = (number + position * len(TOPICS) + chance.integers(PRODUCTS)) % PRODUCTS
            rows.append(
                {
                    "request_id": f"{day}-{user}",
                    "ts": moment,
                    "user_id": user,
                    "experiment": experiment.name,
                    "variant": variant.name,
                    "position": position,
                    "object_id": f"p{product:03d}",
                    "score": 1.0 / (1 + position),
                    "model_version": "0",
                    "snapshot_digest": "0" * 16,
                    "degraded": [],
                }
            )
    return rows


def _chance(key: str) -> np.random.Generator:
    return np.random.default_rng(crc32(key.encode()))


def _moment(day: date, chance: np.random.Generator) -> datetime:
    midnight = datetime.combine(day, datetime.min.time(), UTC)
    return midnight + timedelta(seconds=int(chance.integers(86_400)))


def _write(lake: Lake, table: Table, day: date, rows: list[dict[str, Any]]) -> None:
    lake.write(lake.landing(table), day, pa.Table.from_pylist(rows, schema=table.stored_schema))
