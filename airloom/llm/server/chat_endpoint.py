"""One HTTP request for one reply: its response is a reply, a reason to retry or not to, or wrong settings."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import httpx
from pydantic import ValidationError

from airloom.errors import AirloomError
from airloom.llm.prompt import Message
from airloom.llm.reply_format import ReplyFormat, faults_of
from airloom.llm.server.api_key import LOGGERS, KeyFilter, api_key
from airloom.llm.server.chat_protocol import ChatResponse, chat_response, request_body
from airloom.llm.server.deadline import TimedConnection
from airloom.llm.server.response_body import ACCEPTED_ENCODINGS, BodyError, unpacked
from airloom.llm.server.retry_after import pause_of
from airloom.llm.settings import OpenAISettings

MAX_ERROR_TEXT: Final = 300
"""Characters of an error's text that are shown to the user."""
_WRONG_SETTINGS: Final = {401, 403, 404, 405}
_TRANSIENT: Final = {408, 409, 425}


class RefusedError(Exception):
    """This request cannot succeed; others may."""


class RetryError(Exception):
    """This request failed in a way that may be transient.

    Attributes:
        charged: Whether a reply may have been made, and be charged, all the same.
        pause_s: How long the server wants to be left alone, where it says so.
        timed_out: Whether the server did not answer in time.
    """

    def __init__(
        self, reason: str, *, charged: bool, pause_s: float | None = None, timed_out: bool = False
    ) -> None:
        super().__init__(reason)
        self.charged = charged
        self.pause_s = pause_s
        self.timed_out = timed_out


class ChatEndpoint:
    """The address of a server that speaks the OpenAI protocol; safe among threads.

    Attributes:
        key: Is sent with each request, and is in nothing that this class returns or raises but in the texts
            of replies, which the caller must search for it.

    Args:
        settings: Where it is and how it is asked.

    Raises:
        AirloomError: The address is none, or there is no usable key where it should be.
    """

    def __init__(self, settings: OpenAISettings) -> None:
        if not settings.base_url.startswith(("http://", "https://")):
            raise AirloomError(
                f"The reasoner openai has no server: base_url is {settings.base_url!r}",
                do="Give its address up to and with /v1, for instance --base-url http://localhost:8000/v1",
            )
        self._settings = settings
        self.key = api_key(settings)
        self._url = f"{settings.base_url.rstrip('/')}/chat/completions"
        self._tls = httpx.create_ssl_context()
        self._own = threading.local()
        self._connections: list[TimedConnection] = []
        self._filter = KeyFilter(self.key)
        for name in LOGGERS:
            logging.getLogger(name).addFilter(self._filter)

    def close(self) -> None:
        """Close the connections."""
        for connection in self._connections:
            connection.client.close()
        for name in LOGGERS:
            logging.getLogger(name).removeFilter(self._filter)

    def post(self, messages: Sequence[Message], *, reply: ReplyFormat[Any]) -> ChatResponse:
        """Ask once.

        Args:
            messages: The chat.
            reply: The form of the reply.

        Raises:
            RetryError: No reply came; asking again may help.
            RefusedError: No reply came; asking again cannot help.
            AirloomError: No request to this server can succeed.
        """
        response, body = self._send(request_body(self._settings, messages, reply))
        status = response.status_code
        if status == httpx.codes.OK:
            try:
                return chat_response(body)
            except ValidationError as error:
                reason = f"a response that is no chat completion ({faults_of(error)})"
                raise RetryError(reason, charged=True) from None
        fault = f"HTTP {status} ({self._error_text(body)})"
        if status in _WRONG_SETTINGS or response.is_redirect:
            raise AirloomError(
                f"The server at {self._settings.base_url} answers {fault}",
                do=f"Check --base-url, --model and the key in ${self._settings.api_key_env}",
            )
        if status == httpx.codes.TOO_MANY_REQUESTS or "retry-after" in response.headers:
            pause_s = pause_of(response.headers.get("retry-after", ""), now=datetime.now(UTC))
            raise RetryError(
                fault, charged=False, pause_s=self._settings.backoff_s if pause_s is None else pause_s
            )
        if response.is_server_error or status in _TRANSIENT:
            raise RetryError(fault, charged=False)
        raise RefusedError(fault)

    def _send(self, asked: dict[str, Any]) -> tuple[httpx.Response, bytes]:
        """Send a request and return the response with its unpacked body.

        Raises:
            RetryError: No whole response came in time.
        """
        limit = f"{self._settings.timeout_s:g} s"
        connection = self._connection()
        request = connection.client.build_request(
            "POST",
            self._url,
            json=asked,
            extensions={"trace": connection.trace},
        )
        response: httpx.Response | None = None
        try:
            with connection.deadline(self._settings.timeout_s):
                response = connection.client.send(request, stream=True)
                try:
                    encoding = response.headers.get("content-encoding", "")
                    body = unpacked(response.iter_raw(), encoding=encoding)
                finally:
                    response.close()
        except BodyError as error:
            raise RetryError(str(error), charged=True) from None
        except (httpx.HTTPError, OSError, ValueError) as error:
            # A server that has sent no header may be at work, and charge the reply that nobody waits for.
            charged = connection.was_sent
            if connection.expired or isinstance(error, httpx.TimeoutException):
                what = "no response" if response is None else "no whole response"
                raise RetryError(f"{what} within {limit}", charged=charged, timed_out=True) from None
            # The libraries' texts quote what the server sent.
            text = self.key.shown(str(error))
            if isinstance(error, httpx.ConnectError):
                raise RetryError(f"no connection ({text})", charged=charged) from None
            raise RetryError(f"{type(error).__name__}: {text}"[:MAX_ERROR_TEXT], charged=charged) from None
        if connection.expired:  # a body without a length then ends as if it were whole
            raise RetryError(f"no whole response within {limit}", charged=True, timed_out=True)
        return response, body

    def _connection(self) -> TimedConnection:
        """Return the connection of this thread."""
        own: TimedConnection | None = getattr(self._own, "connection", None)
        if own is None:
            own = TimedConnection(
                httpx.Client(
                    headers={"Accept-Encoding": ACCEPTED_ENCODINGS} | self.key.headers(),
                    verify=self._tls,
                    timeout=self._settings.timeout_s,
                    limits=httpx.Limits(max_connections=1),
                )
            )
            self._own.connection = own
            self._connections.append(own)
        return own

    def _error_text(self, body: bytes) -> str:
        """Return the beginning of an error's text, without the key."""
        return " ".join(self.key.shown(body.decode(errors="replace")).split())[:MAX_ERROR_TEXT]
