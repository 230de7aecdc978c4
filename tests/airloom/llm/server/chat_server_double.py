"""A server that speaks the OpenAI protocol, misbehaves as planned, and counts what it did."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

RESPONSES: dict[str, tuple[int, bytes, dict[str, str]]] = {
    "429 with retry-after": (429, b'{"error": "slow down"}', {"Retry-After": "0.01"}),
    "503 until a date": (503, b"", {"Retry-After": "Thu, 01 Jan 2026 00:00:00 GMT"}),
    "500": (500, b"Internal Server Error", {}),
    "truncated json": (200, b'{"choices": [{"message": {"content": "{', {}),
    "html page": (200, b"<html><body>Please log in</body></html>", {"Content-Type": "text/html"}),
    "other json": (200, b'{"status": "ok"}', {}),
    "no choices": (200, b'{"choices": []}', {}),
    "too large": (200, b'{"choices": "' + b"x" * (9 * 2**20) + b'"}', {}),
    "400": (400, b'{"error": "this prompt is not to my liking"}', {}),
}
FAULTS = (*(name for name in RESPONSES if name != "400"), "hang", "drip", "reset", "cut off")
"""What keeps a reply from coming; the client has to ask again."""

GOOD = "{good}"
REPLIES: dict[str, tuple[str | None, str]] = {
    "prose": ("Certainly! People who watch this may buy a lot.", "stop"),
    "wrong shape": (json.dumps({"paths": [{"label": "cats"}]}), "stop"),
    "2 mb": (json.dumps({"paths": [], "essay": "x" * 2_000_000}), "stop"),
    "half an object": ('{"paths":[{"labels":["need","ar', "stop"),
    "twice": (GOOD + GOOD, "stop"),
    "nothing": (None, "stop"),
    "max_tokens": (GOOD, "length"),
}
"""Replies that come and are none; the client has to ask for a repair."""


def paths_for(title: str) -> list[dict[str, Any]]:
    """What this model thinks of a title: a pure function, so that answers cannot be mixed up unnoticed."""
    return [{"labels": ["need", "area", f"type {title}"], "confidence": 0.5}]


def title_in(body: dict[str, Any]) -> str:
    """Return the title that a request about an atom is about."""
    return str(json.loads(body["messages"][5]["content"])["title"])


def intents_for(title: str) -> str:
    """Return the reply to a request about an atom."""
    return json.dumps({"paths": paths_for(title)})


class ChatServerDouble:
    """Plays the faults planned for a question one after the other, then answers.

    Args:
        question_in: Returns the text that a request is about.
        reply_to: Returns the reply to it.
    """

    def __init__(
        self,
        *,
        question_in: Callable[[dict[str, Any]], str] = title_in,
        reply_to: Callable[[str], str] = intents_for,
    ) -> None:
        self._question_in, self._reply_to = question_in, reply_to
        self.plans: dict[str, list[str]] = defaultdict(list)
        self.delay_s = 0.0
        self.requests: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        self.keys: set[str | None] = set()
        self.answered: Counter[str] = Counter()
        self.tokens_in = self.tokens_out = 0
        self.max_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        double = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                double._serve(self)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_: object) -> None:
                pass  # clients are killed in these tests

        self._server = Server(("127.0.0.1", 0), Handler)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    @contextmanager
    def running(self) -> Iterator[ChatServerDouble]:
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        question = self._question_in(body)
        with self._lock:
            self.requests.append(question)
            self.bodies.append(body)
            self.keys.add(handler.headers["Authorization"])
            self._at_once += 1
            self.max_at_once = max(self.max_at_once, self._at_once)
            plan = self.plans[question]
            act = plan.pop(0) if plan else "answer"
        try:
            time.sleep(self.delay_s)
            self._act(handler, act, question)
        finally:
            with self._lock:
                self._at_once -= 1

    def _act(self, handler: BaseHTTPRequestHandler, act: str, question: str) -> None:
        if act in RESPONSES:
            _send(handler, *RESPONSES[act])
        elif act in REPLIES:
            content, finish_reason = REPLIES[act]
            self._complete(
                handler, content and content.replace(GOOD, self._reply_to(question)), finish_reason
            )
        elif act in _BROKEN:
            _BROKEN[act](handler)
        else:
            time.sleep(0.2 if act == "slow answer" else 0.0)
            self._complete(handler, self._reply_to(question), "stop")
            with self._lock:
                self.answered[question] += 1

    def _complete(self, handler: BaseHTTPRequestHandler, content: str | None, finish_reason: str) -> None:
        tokens_in, tokens_out = 400, 30 + len(content or "") // 100
        body = {
            "choices": [
                {"message": {"role": "assistant", "content": content}, "finish_reason": finish_reason}
            ],
            "usage": {"prompt_tokens": tokens_in, "completion_tokens": tokens_out},
        }
        _send(handler, 200, json.dumps(body).encode(), {})
        with self._lock:
            self.tokens_in += tokens_in
            self.tokens_out += tokens_out


def _send(handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str]) -> None:
    handler.send_response(status)
    for name, value in (
        {"Content-Length": str(len(body)), "Content-Type": "application/json"} | headers
    ).items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)
    handler.wfile.flush()


def _hang(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(2.0)
    handler.close_connection = True


def _drip(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    for _ in range(40):
        handler.wfile.write(b" ")
        time.sleep(0.05)
    handler.close_connection = True


def _reset(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def _cut_off(handler: BaseHTTPRequestHandler) -> None:
    _send(handler, 200, b'{"choices": [', {"Content-Length": "5000"})
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def _wrong_key(handler: BaseHTTPRequestHandler) -> None:
    _send(handler, 401, f"wrong key: {handler.headers['Authorization']}".encode(), {})


_BROKEN: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {
    "hang": _hang,
    "drip": _drip,
    "reset": _reset,
    "cut off": _cut_off,
    "401": _wrong_key,
}
