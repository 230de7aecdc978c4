"""The HTTP application: one list of routes, with authentication, latency and one form of errors around it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from model_service.api.ask import AskRequest, AskResponse
from model_service.api.events import EventsRequest, EventsResponse
from model_service.api.explain import ExplainRequest, ExplainResponse
from model_service.api.rank import RankRequest, RankResponse
from model_service.engine.engine import UnknownProductError, UnknownVariantError
from model_service.http import ask_page, static_endpoints
from model_service.http.auth import BearerAuthMiddleware
from model_service.http.erasure_endpoint import USER_PATH, erase_user
from model_service.http.error_layer import ErrorMiddleware
from model_service.http.errors import InvalidRequestError, handle_http_exception
from model_service.http.json_endpoint import JsonEndpoint
from model_service.http.latency import LatencyMiddleware
from model_service.runtime import Runtime

ASK_THREADS: Final = 16
"""Requests in words may wait for a language model."""
EVENT_THREADS: Final = 16
"""Events wait for the disk; those that come together share one wait."""


def rank(runtime: Runtime, request: RankRequest) -> RankResponse:
    """Order products for a user."""
    try:
        return runtime.rank(request)
    except UnknownVariantError as error:
        raise InvalidRequestError.not_found(request, "preview_variant", error) from error


def ask(runtime: Runtime, request: AskRequest) -> AskResponse:
    """Answer a request in words."""
    try:
        return runtime.ask(request)
    except UnknownVariantError as error:
        raise InvalidRequestError.not_found(request, "preview_variant", error) from error


def explain(runtime: Runtime, request: ExplainRequest) -> ExplainResponse:
    """Say why a product has its score for a user."""
    try:
        return runtime.reloader.engine.explain(request)
    except UnknownProductError as error:
        raise InvalidRequestError.not_found(request, "object_id", error) from error
    except UnknownVariantError as error:
        raise InvalidRequestError.not_found(request, "variant", error) from error


def ingest(runtime: Runtime, request: EventsRequest) -> EventsResponse:
    """Ingest what users did."""
    return runtime.ingest.ingest(request.events)


def routes() -> list[BaseRoute]:
    """Return all routes; every other path is answered with 404."""
    return [
        Route("/v1/rank", JsonEndpoint(RankRequest, rank), methods=["POST"]),
        Route("/v1/ask", JsonEndpoint(AskRequest, ask, threads=ASK_THREADS), methods=["POST"]),
        Route("/v1/events", JsonEndpoint(EventsRequest, ingest, threads=EVENT_THREADS), methods=["POST"]),
        Route("/v1/explain", JsonEndpoint(ExplainRequest, explain), methods=["POST"]),
        Route(USER_PATH, erase_user, methods=["DELETE"]),
        Route("/livez", static_endpoints.livez),
        Route("/healthz", static_endpoints.livez),
        Route("/readyz", static_endpoints.readyz),
        Route("/metrics", static_endpoints.metrics),
        Route("/docs.json", static_endpoints.docs),
        Route(ask_page.PATH, ask_page.ask_page),
        Route("/", static_endpoints.index),
    ]


def create_application(lifespan: Callable[[Starlette], AbstractAsyncContextManager[None]]) -> Starlette:
    """Return the application.

    Args:
        lifespan: Sets `state.runtime` while the application runs; every route reads it there.
    """
    application = Starlette(
        routes=routes(),
        middleware=[
            Middleware(LatencyMiddleware),
            Middleware(ErrorMiddleware),
            Middleware(BearerAuthMiddleware),
        ],
        exception_handlers={HTTPException: handle_http_exception},
        lifespan=lifespan,
    )
    application.router.redirect_slashes = False  # a path that does not exist is 404
    return application
