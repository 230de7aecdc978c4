"""One deadline for a whole exchange with a server, whatever it sends meanwhile, and however slowly."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import httpx


class TimedConnection:
    """A client for one thread, whose exchange another thread ends when its time is over.

    A time-out of a socket begins anew with every byte; a server that drips headers, or answers 103 for ever,
    never meets it. Shutting the socket down wakes whoever waits for it.

    Args:
        client: Has at most one connection.

    Attributes:
        expired: Whether the time of the last exchange was over before its end.
        was_sent: Whether the last request went out whole, so that the server may have read it.
    """

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.expired = self.was_sent = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()

    @contextmanager
    def deadline(self, seconds: float) -> Iterator[None]:
        """End what is sent and read in this block after `seconds`, with an error of the client's."""
        with self._lock:
            self.expired = self.was_sent = False
        timer = threading.Timer(seconds, self._expire)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Note the socket of a new connection, and the end of sending: the extension `trace` of a request."""
        if event.endswith(".send_request_body.complete"):
            self.was_sent = True
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            with self._lock:
                self._socket = info["return_value"].get_extra_info("socket")
                if self.expired:
                    raise httpx.ConnectTimeout("the time was over before there was a connection")

    def _expire(self) -> None:
        with self._lock:
            self.expired = True
            if self._socket is not None:
                with suppress(OSError):
                    # not SSLSocket's own method, which would leave the reader without its TLS
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
