"""One HTTP connection: uvicorn's, with time limits, a limit of connections, and an answer after a half-close.

uvicorn closes only connections that were idle after an answer: one that never sends a request, or sends it
byte by byte, is held for ever. And it closes those after 5 seconds, sooner than load balancers and pools of
clients do: a request that such a client sends at this moment fails.
"""

from __future__ import annotations

import asyncio
import resource
from http import HTTPStatus
from typing import ClassVar, Final

from uvicorn import config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from model_service.api.errors import ErrorBody
from model_service.http.body import MAX_BYTES
from model_service.settings import KEEP_ALIVE_S

REQUEST_TIMEOUT_S: Final = 10.0
"""The maximal time to send the head of a request, from its first byte or the connection on, and its body."""
UNREAD_BODY_TIMEOUT_S: Final = 2.0
"""The maximal time to send the rest of a body that was refused: a client reads the answer only then."""
WRITE_TIMEOUT_S: Final = 10.0
"""The maximal time for which a client may take nothing of an answer."""
MAX_CONNECTIONS: Final = 1_000
"""Of a process. One more closes the connection that has been idle longest; if none is idle, it is refused."""
MAX_HEAD_BYTES: Final = 1 << 16
"""Of a request line and its headers."""
MAX_SENT_BYTES: Final = 8 * MAX_BYTES
"""Of a request, however its body is divided into chunks."""


def keep_idle_connections(seconds: int) -> None:
    """Let connections made from now on wait so long for their next request, whoever started the server."""
    LimitedConnection.keep_alive_s = seconds


def use_for_all_servers() -> None:
    """Let uvicorn use this for connections, also where BentoML starts it, and allow as many files."""
    config.HTTP_PROTOCOLS["auto"] = f"{__name__}:{LimitedConnection.__name__}"
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * MAX_CONNECTIONS if hard == resource.RLIM_INFINITY else min(2 * MAX_CONNECTIONS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class LimitedConnection(HttpToolsProtocol):
    """uvicorn's connection with limits; what it answers by itself has the form of all errors."""

    keep_alive_s: ClassVar[int] = KEEP_ALIVE_S
    """Of all connections: uvicorn makes them, and where BentoML starts it its setting is out of reach."""
    _timer: asyncio.TimerHandle | None = None
    """Ends what the client has to do now: send a request, or take an answer."""
    _write_timer: asyncio.TimerHandle | None = None
    _in_head = True
    """Whether the head of a request is not whole yet, or not begun."""
    _received = 0
    """Bytes since the last whole request."""
    idle_since = 0.0
    """When the last answer was given or, before the first one, the connection made."""

    @property
    def is_idle(self) -> bool:
        """Whether no request has begun that is not answered."""
        return self._in_head and not self._received and (self.cycle is None or self.cycle.response_complete)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self.timeout_keep_alive = self.keep_alive_s
        self.idle_since = self.loop.time()
        if len(self.connections) > MAX_CONNECTIONS and not self._close_longest_idle():
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "There are too many connections. Try again.")
            return
        self._limit(REQUEST_TIMEOUT_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """End all timers."""
        self._limit(None)
        self.resume_writing()
        super().connection_lost(exc)

    def eof_received(self) -> bool:  # type: ignore[override]
        """Answer what was sent whole to a client that sends no more; returns whether the connection stays."""
        if self.cycle is None or self.cycle.response_complete or self.cycle.more_body:
            return False
        self.cycle.keep_alive = False
        return True

    def data_received(self, data: bytes) -> None:
        """Parse what a client sent, if it keeps to the limits."""
        self._received += len(data)
        super().data_received(data)
        if self._received and self._timer is None:  # most requests are whole in one part, and need no timer
            self._limit(REQUEST_TIMEOUT_S)
        if self._received > (MAX_HEAD_BYTES if self._in_head else MAX_SENT_BYTES):
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The request is too long")

    def on_message_begin(self) -> None:
        """Note that a request begins."""
        super().on_message_begin()
        self._in_head = True

    def on_headers_complete(self) -> None:
        """Wait for the head no more."""
        self._in_head = False
        self._limit(None)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Wait for nothing more: the request is whole."""
        self._in_head, self._received = True, 0
        self._limit(None)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request, or for the rest of one that was answered before it was whole."""
        super().on_response_complete()
        self.idle_since = self.loop.time()
        if not self._in_head:
            self._limit(UNREAD_BODY_TIMEOUT_S)

    def pause_writing(self) -> None:
        """Begin to wait for a client that takes nothing."""
        super().pause_writing()
        self._write_timer = self.loop.call_later(WRITE_TIMEOUT_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Wait for nothing more: the client takes what was written."""
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, in the form of all errors."""
        self._refuse(HTTPStatus.BAD_REQUEST, msg)

    def _limit(self, seconds: float | None) -> None:
        """Close the connection in so many seconds, instead of when it was to be closed; None: not at all."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if seconds is None else self.loop.call_later(seconds, self._time_out)

    def _time_out(self) -> None:
        self._timer = None
        if self.is_idle:
            self.transport.close()
        elif self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body:
            self._limit(REQUEST_TIMEOUT_S)  # an earlier request waits for its answer
        else:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "The request took too long. Send it again.")

    def _close_longest_idle(self) -> bool:
        idle = [
            other
            for other in self.connections
            if isinstance(other, LimitedConnection)
            and other is not self
            and other.is_idle
            and not other.transport.is_closing()
        ]
        if not idle:
            return False
        longest = min(idle, key=lambda other: other.idle_since)
        longest.transport.close()
        return True

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        """Answer an error, unless an answer has begun or an earlier request waits for one, and close."""
        if self.transport.is_closing():
            return
        waits = self.cycle is not None and not self.cycle.response_complete
        if not waits or (self.cycle.more_body and not self.cycle.response_started and not self.pipeline):
            body = ErrorBody(error=why, detail=[]).model_dump_json().encode() + b"\n"
            head = (
                f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: application/json\r\n"
                f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
            )
            self.transport.write(head.encode() + body)
        self.transport.close()
