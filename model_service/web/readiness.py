"""What `GET /readyz` shows: whether requests are answered, by what, and what is wanted but refused."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from model_service.served.swap import Swap


def readiness(swap: Swap) -> dict[str, Any]:
    """What serves, since when, and what is refused and why."""
    serving, refused = swap.serving, swap.refused
    engine = serving.engine
    return {
        "ready": True,
        "experiment": engine.experiment.name,
        "snapshot_digest": engine.snapshot.digest,
        "rankers": engine.versions,
        "since": _told(serving.since),
        "alike": {variant: round(share, 3) for variant, share in serving.alike.items()},
        "refused": None if refused is None else {"why": refused.why, "since": _told(refused.at)},
    }


def _told(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
