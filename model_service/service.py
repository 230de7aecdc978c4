"""The BentoML service mounts HTTP and starts gRPC: `bentoml serve model_service.service:RankingService`."""

from __future__ import annotations

from airloom.telemetry import switch_off

switch_off()

import gc  # noqa: E402
import os  # noqa: E402
from collections.abc import AsyncIterator, Callable  # noqa: E402
from contextlib import asynccontextmanager  # noqa: E402

# before BentoML is imported: five spans a request, which nobody collects, take it 1 ms
os.environ.setdefault("OTEL_SDK_DISABLED", "true")

import bentoml  # noqa: E402
from starlette.applications import Starlette  # noqa: E402
from starlette.types import ASGIApp, Receive, Scope, Send  # noqa: E402

from model_service.http.application import create_application  # noqa: E402
from model_service.http.connection import keep_idle_connections, use_for_all_servers  # noqa: E402
from model_service.runtime import Runtime  # noqa: E402
from model_service.settings import read_settings  # noqa: E402

use_for_all_servers()


class MountedFirst:
    """The one layer around BentoML's application: hands every HTTP request to the mounted one.

    BentoML's own routes (`/livez`, `/readyz`, `/schema.json`) come before mounted ones, and its
    routing and request context would be paid by every page.

    Args:
        app: BentoML's application; it gets everything that is not HTTP.
        mounted: The mounted application.
    """

    def __init__(self, app: ASGIApp, *, mounted: ASGIApp) -> None:
        self._app, self._mounted = app, mounted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        await (self._mounted if scope["type"] == "http" else self._app)(scope, receive, send)


def build_service(open_runtime: Callable[[], Runtime]) -> bentoml.Service:
    """Return the service over a runtime.

    Args:
        open_runtime: Called once when the service starts, and never again: one runtime a process.
    """

    @asynccontextmanager
    async def lifespan(application: Starlette) -> AsyncIterator[None]:
        runtime = application.state.runtime = open_runtime()
        keep_idle_connections(runtime.settings.keep_alive)
        try:
            async with _serve_grpc(runtime):
                runtime.start()  # last: it imports in its thread, and libraries may not bear two at once
                yield
        finally:  # also where gRPC cannot start: the writers already run
            runtime.stop()
            gc.unfreeze()  # or libraries report at exit that their objects were never freed

    application = create_application(lifespan)

    @bentoml.asgi_app(application)
    @bentoml.service(
        name="airloom-ranking",
        workers=1,
        http={"host": "127.0.0.1", "port": 3000},
        traffic={"timeout": 15},  # later than ours, which answers in our form: see http/json_endpoint.py
        tracing={"excluded_urls": "."},  # all: a middleware that traces nothing takes its time all the same
        metrics={"enabled": False},  # its labels are paths, and so users' ids: see http/latency.py
        logging={
            "access": {"enabled": False}  # /metrics counts requests; a line for each costs more than ranking
        },
    )
    class RankingService:
        """Orders products for a user, with reasons; once it is ready, it answers every valid request."""

    service: bentoml.Service = RankingService  # what the decorator turns the class into
    service.add_asgi_middleware(MountedFirst, mounted=application)
    return service


@asynccontextmanager
async def _serve_grpc(runtime: Runtime) -> AsyncIterator[None]:
    """Serve gRPC beside HTTP where the settings name an address."""
    if runtime.settings.grpc is None:
        yield
        return
    from model_service.grpc.server import GrpcServer

    # workers that `bentoml serve` starts are numbered, and all of them listen on one port
    shared = bentoml.server_context.worker_index is not None
    server = GrpcServer(runtime, runtime.settings.grpc, shared=shared)
    await server.start()
    try:
        yield
    finally:
        await server.stop()


RankingService = build_service(lambda: Runtime(read_settings()))
