"""The HTTP face of the engine, as a BentoML service: `bentoml serve model_service.service:RankingService`."""

from __future__ import annotations

from airloom.telemetry import switch_off

switch_off()

import gc  # noqa: E402
import logging  # noqa: E402
import os  # noqa: E402
from functools import cache  # noqa: E402
from http import HTTPStatus  # noqa: E402
from typing import TYPE_CHECKING, Final  # noqa: E402

# before BentoML is imported: five spans a request, which nobody collects, take it 1 ms
os.environ.setdefault("OTEL_SDK_DISABLED", "true")

import bentoml  # noqa: E402
from bentoml.exceptions import BentoMLException  # noqa: E402
from prometheus_client import CONTENT_TYPE_LATEST  # noqa: E402
from pydantic import ValidationError  # noqa: E402

from airloom.errors import AirloomError  # noqa: E402
from model_service.events.event import EventsRequest, EventsResponse  # noqa: E402
from model_service.pages.engine import UnknownProductError  # noqa: E402
from model_service.pages.explanation import ExplainRequest, ExplainResponse  # noqa: E402
from model_service.pages.schema import RankRequest, RankResponse  # noqa: E402
from model_service.runtime import Runtime, runtime  # noqa: E402
from model_service.settings import ServiceSettings  # noqa: E402
from model_service.web.asgi import as_json  # noqa: E402
from model_service.web.forget_route import ForgetRoute  # noqa: E402
from model_service.web.guard import Guard  # noqa: E402
from model_service.web.index import index  # noqa: E402
from model_service.web.measured import Measured  # noqa: E402
from model_service.web.not_ready import NotReadyRoute  # noqa: E402
from model_service.web.openapi import document  # noqa: E402
from model_service.web.page import Document, Page  # noqa: E402
from model_service.web.prometheus import metrics  # noqa: E402
from model_service.web.rank_route import RankRoute  # noqa: E402
from model_service.web.readiness import readiness  # noqa: E402
from model_service.web.refusal import not_found  # noqa: E402

if TYPE_CHECKING:
    from model_service.rpc.server import RpcServer

REQUESTS = ("RankRequest", "EventsRequest", "ExplainRequest")


def _worth_logging(record: logging.LogRecord) -> bool:
    """BentoML logs a traceback for every refused request, which would let any client fill the log."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, ValidationError):
        return not error.title.startswith(REQUESTS)
    return not (isinstance(error, BentoMLException) and error.error_code < HTTPStatus.INTERNAL_SERVER_ERROR)


logging.getLogger("bentoml._internal.server.http_app").addFilter(_worth_logging)


@cache
def _serving() -> Runtime:
    """What this process serves; every request asks, so the environment is read once."""
    return runtime(ServiceSettings.from_environment())


@bentoml.service(
    name="airloom-ranking",
    workers=1,
    threads=16,  # for events, which wait for the disk; those that come together share one wait
    http={"host": "127.0.0.1", "port": 3000},
    traffic={"timeout": 10},
    tracing={"excluded_urls": "."},  # every one: a middleware that traces nothing takes its time all the same
    metrics={"enabled": False},  # its labels are paths, and so users' ids: see web/measured.py
    logging={
        "access": {"enabled": False}
    },  # /metrics counts requests; a line for each costs more than ranking
)
class RankingService:
    """Orders products for a user, with reasons; once it is ready, it answers every valid request."""

    _runtime: Runtime | None = None
    _rpc: RpcServer | None = None

    @bentoml.on_startup  # type: ignore[untyped-decorator]
    async def load(self) -> None:
        """Begin to look for what to serve; the service listens meanwhile."""
        settings = ServiceSettings.from_environment()
        self._runtime = _serving()
        if settings.grpc is not None:
            from model_service.rpc.server import RpcServer

            # workers that `bentoml serve` starts are numbered, and all of them listen on one port
            shared = bentoml.server_context.worker_index is not None
            self._rpc = RpcServer(self._runtime, settings.grpc, shared=shared)
            await self._rpc.start()
        self._runtime.start()  # last: it imports in its thread, and libraries may not bear two at once

    @bentoml.on_shutdown  # type: ignore[untyped-decorator]
    async def close(self) -> None:
        """Let calls end, and write the exposures and events that still wait."""
        if self._rpc is not None:
            await self._rpc.stop()
        if self._runtime is not None:
            self._runtime.stop()
        gc.unfreeze()  # or libraries report at exit that their objects were never freed

    @bentoml.api(route="/v1/rank")  # type: ignore[untyped-decorator]
    async def rank(self, request: RankRequest, /) -> RankResponse:
        """Order products for a user.

        The variant follows from the user. Every item says which intents of the user and which of their events
        speak for it. A valid request is always answered; what could not be done is named in `degraded`.
        """
        # BentoML's clients know the call from here; over HTTP `RankRoute` has answered before, 503 if need be
        assert self._runtime is not None  # noqa: S101 - requests come after start-up
        try:
            return self._runtime.rank(request)
        except AirloomError as error:
            raise not_found(request, "preview_variant", error) from error

    @bentoml.api(route="/v1/explain")  # type: ignore[untyped-decorator]
    async def explain(self, request: ExplainRequest, /) -> ExplainResponse:
        """Say why a product has its score for a user.

        The user's intent tree, what of it was retrieved for the product, the events behind it, and every
        number that the network reads. Nothing is logged as an exposure.
        """
        assert self._runtime is not None  # noqa: S101 - requests come after start-up
        try:
            return self._runtime.swap.engine.explain(request)
        except UnknownProductError as error:
            raise not_found(request, "object_id", error) from error
        except AirloomError as error:
            raise not_found(request, "variant", error) from error

    @bentoml.api(route="/v1/events")  # type: ignore[untyped-decorator]
    def take(self, request: EventsRequest, /) -> EventsResponse:
        """Take what users did.

        Events are on the disk when this answers, will be in tomorrow's log, and the next page of their user
        sees them. An id that was sent before changes nothing; the order of arrival does not matter.
        """
        assert self._runtime is not None  # noqa: S101 - requests come after start-up
        return self._runtime.intake.take(request.events)


_LAYERS: Final[tuple[tuple[type, dict[str, object]], ...]] = (  # each stands before those that follow
    (Measured, {}),
    (Page, {"path": "/metrics", "make": lambda: Document(metrics()), "kind": CONTENT_TYPE_LATEST}),
    (Page, {"path": "/", "make": lambda: Document(index()), "kind": "text/html; charset=utf-8"}),
    (Page, {"path": "/docs.json", "make": lambda: Document(as_json(document()))}),
    (Page, {"path": "/readyz", "make": lambda: readiness(_serving().swap)}),
    (Guard, {"find": lambda: _serving().tokens}),
    (RankRoute, {"find": lambda: _serving().rank}),
    (ForgetRoute, {"find": lambda: _serving().forget}),
    (NotReadyRoute, {"path": "/v1/explain", "find": lambda: _serving().swap}),
)
for layer, options in _LAYERS:
    RankingService.add_asgi_middleware(layer, **options)  # type: ignore[attr-defined]  # what the decorator made
