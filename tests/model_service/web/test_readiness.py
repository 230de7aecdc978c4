from __future__ import annotations

import json

from airloom.ranking.snapshot import Snapshot
from model_service.served.swap import Swap
from model_service.web.readiness import readiness
from tests.model_service.served.test_swap import World


def test_it_says_why_nothing_serves_and_then_what_does(snapshot: Snapshot) -> None:
    world = World(snapshot)
    world.away = True
    swap = Swap(world.look, world.load)
    swap.look()
    found = readiness(swap)
    assert found.status == 503
    since = json.loads(found.body)["since"]
    assert json.loads(found.body) == {"ready": False, "why": "The registry is away. Wait.", "since": since}
    assert since.endswith("Z")
    world.away = False
    swap.look()
    found = readiness(swap)
    assert found.status == 200
    assert json.loads(found.body)["ready"] is True
    assert json.loads(found.body)["rankers"] == {"only": "v1"}
