"""The gRPC server: in the service's event loop, with health, reflection, deadlines and metrics."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

import grpc
from google.protobuf.message import DecodeError, Message
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from pydantic import ValidationError

from airloom.errors import AirloomError
from model_service.grpc import airloom_pb2 as pb
from model_service.grpc.address import cannot_listen
from model_service.grpc.convert import (
    UnknownFieldError,
    ask_message,
    ask_request,
    events_message,
    events_request,
    rank_message,
    rank_request,
)
from model_service.metrics import RPC_SECONDS
from model_service.outbox.page_ids import RequestIdUsedError
from model_service.release.reloader import NotReadyError
from model_service.runtime import Runtime
from model_service.tokens import Tokens

logger = logging.getLogger("airloom.service")

SERVICE: Final = pb.DESCRIPTOR.services_by_name["Ranking"].full_name
MAX_BYTES: Final = 1 << 20
"""Of a message: 500 events with the longest ids are about half of it."""
IDLE_MS: Final = 15 * 60 * 1000
"""After so long without a call a connection is ended in good order: its client makes another one."""
MIN_PING_MS: Final = 1_000
"""How often a client may ping without a call. By its own limit, 5 minutes, a pool that pings is cut off."""
LAST_PORT: Final = 65_535
GRACE_SECONDS: Final = 5.0
"""The maximal time that running calls may go on when the server is stopped."""

Answer = Callable[[Any], Awaitable[Message]]


class GrpcServer:
    """Serves `airloom.proto` beside HTTP.

    Args:
        runtime: Makes pages once it is ready, and ingests events.
        address: `host:port`; port 0 takes a free one.
        shared: Other processes of the service listen on the same port.

    Attributes:
        port: On which it listens.

    Raises:
        AirloomError: The address cannot be used.
    """

    def __init__(self, runtime: Runtime, address: str, *, shared: bool = False) -> None:
        self._runtime = runtime
        self._server = grpc.aio.server(
            options=[
                ("grpc.so_reuseport", int(shared)),
                ("grpc.max_receive_message_length", MAX_BYTES),
                ("grpc.max_connection_idle_ms", IDLE_MS),
                ("grpc.keepalive_permit_without_calls", 1),
                ("grpc.http2.min_ping_interval_without_data_ms", MIN_PING_MS),
            ]
        )
        self._health = health.aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection(
            [SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME], self._server
        )
        handlers = {
            "Rank": _handler("Rank", pb.RankRequest, self._rank, runtime.tokens),
            "Ask": _handler("Ask", pb.AskRequest, self._ask, runtime.tokens),
            **{
                method: _handler(method, pb.IngestRequest, self._ingest, runtime.tokens)
                for method in ("Ingest", "Take")  # Take: its former name, for one release
            },
        }
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
        self.port = _listen(self._server, address)

    async def start(self) -> None:
        """Answer from now on; its health is SERVING as soon as pages can be made."""
        await self._set_health(health_pb2.HealthCheckResponse.NOT_SERVING)
        await self._server.start()
        self._waiting = asyncio.create_task(self._wait_until_ready())

    async def stop(self) -> None:
        """Say that it ends, and let running calls finish."""
        self._waiting.cancel()
        await self._health.enter_graceful_shutdown()
        await self._server.stop(GRACE_SECONDS)

    async def _wait_until_ready(self) -> None:
        # shielded: whoever stops the server does not cancel what others wait for too
        await asyncio.shield(asyncio.wrap_future(self._runtime.ready))
        await self._set_health(health_pb2.HealthCheckResponse.SERVING)

    async def _set_health(self, status: health_pb2.HealthCheckResponse.ServingStatus) -> None:
        for name in ("", SERVICE):
            await self._health.set(name, status)

    async def _rank(self, message: pb.RankRequest) -> pb.RankResponse:
        return rank_message(self._runtime.rank(rank_request(message)))

    async def _ask(self, message: pb.AskRequest) -> pb.AskResponse:
        request = ask_request(message)
        return ask_message(await asyncio.to_thread(self._runtime.ask, request))  # may wait for a model

    async def _ingest(self, message: pb.IngestRequest) -> pb.IngestResponse:
        events = events_request(message).events
        return events_message(await asyncio.to_thread(self._runtime.ingest.ingest, events))


def _listen(server: grpc.aio.Server, address: str) -> int:
    port = address.rpartition(":")[2]
    try:
        # of a larger number grpc would take what remains after division
        if port.isdigit() and int(port) <= LAST_PORT:
            return int(server.add_insecure_port(address))
    except RuntimeError:
        pass
    raise cannot_listen(address)


class TokenError(Exception):
    """Who asks may not."""


class DeadlineError(Exception):
    """The caller no longer waits."""


def _handler(method: str, message_type: type[Any], answer: Answer, tokens: Tokens) -> grpc.RpcMethodHandler:
    """Return a handler that answers every fault of a request with INVALID_ARGUMENT, and measures latency."""

    def decoded(data: bytes) -> Message | None:
        try:
            return message_type.FromString(data)
        except DecodeError:
            return None  # grpc itself would call it an internal error

    async def call(message: Message | None, context: grpc.aio.ServicerContext) -> Message | None:
        started, code, why, response = time.perf_counter(), grpc.StatusCode.OK, "", None
        try:
            response = await answer(_checked(message, message_type, context, tokens))
        except Exception as error:  # noqa: BLE001 - all of them become a status
            code, why = _status(error)
        RPC_SECONDS.labels(method, code.name).observe(time.perf_counter() - started)
        if code is not grpc.StatusCode.OK:
            await context.abort(code, why)
        return response

    return grpc.unary_unary_rpc_method_handler(
        call, request_deserializer=decoded, response_serializer=lambda message: message.SerializeToString()
    )


def _checked(
    message: Message | None, message_type: type[Any], context: grpc.aio.ServicerContext, tokens: Tokens
) -> Message:
    if not tokens.allow(dict(context.invocation_metadata() or ()).get("authorization")):
        raise TokenError("Send a token that the service knows, as the metadata authorization: Bearer TOKEN")
    if message is None:
        raise UnknownFieldError(f"This is no {message_type.DESCRIPTOR.name}")
    left = context.time_remaining()
    if left is not None and left <= 0:
        raise DeadlineError("The deadline had passed before the call was begun")
    return message


_CODES: Final = {
    RequestIdUsedError: grpc.StatusCode.ALREADY_EXISTS,
    UnknownFieldError: grpc.StatusCode.INVALID_ARGUMENT,
    AirloomError: grpc.StatusCode.INVALID_ARGUMENT,
    NotReadyError: grpc.StatusCode.UNAVAILABLE,
    TokenError: grpc.StatusCode.UNAUTHENTICATED,
    DeadlineError: grpc.StatusCode.DEADLINE_EXCEEDED,
}
"""The status of an error, by its class; the first that fits."""


def _status(error: Exception) -> tuple[grpc.StatusCode, str]:
    """Return the status and message of an error; an unexpected one is logged by its type."""
    if isinstance(error, ValidationError):
        return grpc.StatusCode.INVALID_ARGUMENT, _faults(error)
    for kind, code in _CODES.items():
        if isinstance(error, kind):
            return code, str(error)
    # the type only: the message and the traceback may hold a user's id
    logger.error("A call failed: %s", type(error).__name__)
    return grpc.StatusCode.INTERNAL, "The service failed, and its log says why"


def _faults(error: ValidationError) -> str:
    """Return where and what is wrong, without the input: it may hold a user's id."""
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'request'}: {fault['msg']}" for fault in faults)
