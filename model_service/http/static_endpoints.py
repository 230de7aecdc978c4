"""The endpoints that need no request body: probes, metrics, OpenAPI, and the routes for people."""

from __future__ import annotations

from http import HTTPStatus

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from model_service.http.index import render_index
from model_service.http.openapi import document
from model_service.http.prometheus import render_metrics
from model_service.http.readiness import readiness


async def livez(_: Request) -> Response:
    """Answer as long as the process lives."""
    return PlainTextResponse("\n")


async def readyz(request: Request) -> Response:
    """Answer 200 and what serves; 503 and what is missing while nothing serves."""
    state = readiness(request.app.state.runtime.reloader)
    status = HTTPStatus.OK if state.ready else HTTPStatus.SERVICE_UNAVAILABLE
    return Response(state.model_dump_json(), status, media_type="application/json")


async def metrics(_: Request) -> Response:
    """Answer what all processes of the service counted together, for Prometheus."""
    return Response(render_metrics(), media_type=CONTENT_TYPE_LATEST)


async def docs(_: Request) -> Response:
    """Answer the OpenAPI document."""
    return JSONResponse(document())


async def index(request: Request) -> Response:
    """Answer the list of routes, for people."""
    return HTMLResponse(render_index(has_ask_page=request.app.state.runtime.settings.ask_page))
