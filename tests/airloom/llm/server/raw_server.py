"""A server that sends exactly the bytes that a test writes, headers and chunk sizes among them."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Act = Callable[[socket.socket, dict[str, str]], None]
"""Answers one request, whose headers are given by their names in lower case."""


class RawServer:
    """Accepts connections, reads one request after the other, and lets `act` answer each."""

    def __init__(self, act: Act) -> None:
        self._act = act
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.requests = 0
        self._stopped = threading.Event()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"

    @contextmanager
    def running(self) -> Iterator[RawServer]:
        threading.Thread(target=self._accept, daemon=True).start()
        try:
            yield self
        finally:
            self._stopped.set()
            self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError, ConnectionError), connection, connection.makefile("rb") as stream:
            while stream.readline():
                headers = {}
                while (line := stream.readline().decode().strip()) != "":
                    name, _, value = line.partition(":")
                    headers[name.lower()] = value.strip()
                stream.read(int(headers["content-length"]))
                self.requests += 1
                self._act(connection, headers)

    def pause(self, seconds: float) -> None:
        """Wait, unless the test is over."""
        self._stopped.wait(seconds)

    def send_until_closed(self, connection: socket.socket, piece: bytes, *, every_s: float) -> None:
        """Send `piece` again and again until the client has gone."""
        with suppress(OSError):
            while not self._stopped.wait(every_s):
                connection.sendall(piece)


def response(body: bytes, *, status: str = "200 OK", headers: str = "") -> bytes:
    """One whole response; every line of `headers` ends with a line break."""
    return f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


def completion(content: str, *, usage: str = '{"prompt_tokens":9,"completion_tokens":9}') -> bytes:
    """The body of a chat completion; `usage` is JSON, or what a server takes for it."""
    choice = {"message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
    return f'{{"choices":[{json.dumps(choice)}],"usage":{usage}}}'.encode()
