"""What `GET /readyz` shows: whether requests are answered, by what, and what is wanted but refused."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any

from model_service.served.swap import Serving, Swap
from model_service.web.asgi import as_json
from model_service.web.page import Document


def readiness(swap: Swap) -> Document:
    """What serves, since when, and what is refused and why; 503 and what is missing while nothing serves."""
    serving = swap.serving
    if serving is None:
        why, at = swap.waiting
        return Document(
            as_json({"ready": False, "why": why, "since": _told(at)}), HTTPStatus.SERVICE_UNAVAILABLE
        )
    return Document(as_json(_ready(serving, swap)))


def _ready(serving: Serving, swap: Swap) -> dict[str, Any]:
    engine, refused = serving.engine, swap.refused
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
