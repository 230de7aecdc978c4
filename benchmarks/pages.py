"""What the benchmarks of serving ask for: pages of a home's users over its products, and in words."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import numpy as np
from google.protobuf.timestamp_pb2 import Timestamp

from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.rft.sampled_requests import sample_requests
from airloom.errors import AirloomError
from airloom.logs.contract import EVENTS
from airloom.logs.lake import Lake
from airloom.ranking.snapshot import Snapshot
from airloom.timestamps import EpochSeconds, end_of, seconds_of, to_datetime
from benchmarks.connections import GrpcConnection, HttpConnection
from benchmarks.load import Connection
from benchmarks.service import Service
from model_service.grpc import airloom_pb2 as pb
from model_service.grpc.airloom_pb2_grpc import RankingStub
from model_service.release.desired import current_digest
from pipelines.home import Home

REQUESTS: Final = 2000
"""Different ones; they are repeated."""
ASKS: Final = 300
"""Requests in words; likewise."""
SEED: Final = 0


class Ask(NamedTuple):
    """One request."""

    user_id: str
    candidates: list[str]


def requests(home: Home, *, candidates: int) -> list[Ask]:
    """Return users of the last day, and candidates drawn from all products; the same every time."""
    users, snapshot = _users(home), _snapshot(home)
    products = [snapshot.objects.ids[row] for row in snapshot.products.tolist()]
    if len(products) < candidates:
        raise AirloomError(
            f"The catalogue has {len(products)} products, not {candidates}", do="Ask for fewer candidates"
        )
    rng = np.random.default_rng(SEED)
    return [
        Ask(
            users[rng.integers(len(users))],
            [products[row] for row in rng.choice(len(products), candidates, replace=False).tolist()],
        )
        for _ in range(REQUESTS)
    ]


def asks_in_words(home: Home, at: datetime) -> list[bytes]:
    """Return bodies of `POST /v1/ask`: users of the last day ask for its products; the same every time.

    They are explicit, implicit and misinformed, as fine-tuning makes them of any catalogue; none of one that
    says nothing about its products.
    """
    users, snapshot = _users(home), _snapshot(home)
    sampled = sample_requests(CatalogueGraph(snapshot), snapshot.products, count=ASKS, seed=SEED)
    rng = np.random.default_rng(SEED)
    return [
        json.dumps(
            {"query": one.case.query, "user_id": users[rng.integers(len(users))], "at": at.isoformat()}
        ).encode()
        for one in sampled
    ]


def _users(home: Home) -> list[str]:
    lake = Lake(home.lake)
    day = lake.days(EVENTS)[-1]
    return sorted(set(lake.read(EVENTS, since=day, columns=["user_id"])["user_id"].to_pylist()))


def _snapshot(home: Home) -> Snapshot:
    lake = Lake(home.lake)
    return Snapshot.load(lake.path("snapshots", current_digest(lake)))


def bodies_of(asked: Sequence[Ask], at: datetime) -> list[bytes]:
    """Return the requests as bodies of `POST /v1/rank`."""
    return [json.dumps(ask._asdict() | {"at": at.isoformat()}).encode() for ask in asked]


def moment_of(home: Home) -> datetime:
    """Return the last second of the last day: pages are ranked for then, when events are fresh."""
    day = Lake(home.lake).days(EVENTS)[-1]
    return to_datetime(EpochSeconds(end_of(day) - 1))


def connect_to(
    service: Service, protocol: str, asked: Sequence[Ask], at: datetime
) -> Callable[[], Connection]:
    """Return a function that opens a connection for these pages, over http or grpc."""
    if protocol == "grpc":
        moment = Timestamp(seconds=seconds_of(at))
        messages = [
            pb.RankRequest(user_id=ask.user_id, candidates=ask.candidates, at=moment) for ask in asked
        ]
        return lambda: GrpcConnection(service.grpc, lambda channel: RankingStub(channel).Rank, messages)
    bodies = bodies_of(asked, at)
    return lambda: HttpConnection(service.host, service.port, "/v1/rank", bodies)
