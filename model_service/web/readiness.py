"""`GET /readyz`: whether requests are answered, by what, and what is wanted but cannot be served."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from model_service.served.swap import Swap
from model_service.web.asgi import App, Message, Receive, Send, answer

PATH: Final = "/readyz"


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


class ReadinessPage:
    """Answers `PATH` in front of an application, which answers all else.

    Args:
        app: The application.
        find: What to tell about. Requests come when everything is loaded, not before.
    """

    def __init__(self, app: App, *, find: Callable[[], Swap]) -> None:
        self._app, self._find = app, find

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        await answer(send, HTTPStatus.OK, readiness(self._find()), only_head=scope["method"] == "HEAD")


def _told(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
