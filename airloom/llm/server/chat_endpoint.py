"""One HTTP request for one reply: its response is a reply, a reason to retry or not to, or wrong settings."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final

import httpx
from pydantic import ValidationError

from airloom.errors import AirloomError
from airloom.llm.prompt import Message
from airloom.llm.reply_format import ReplyFormat, faults_of
from airloom.llm.server.chat_protocol import ChatResponse, request_body
from airloom.llm.settings import OpenAISettings

MAX_BODY: Final = 8 * 2**20
"""Bytes of a response that are read."""
MAX_ERROR_TEXT: Final = 300
"""Characters of an error's text that are shown to the user."""
MAX_PAUSE_S: Final = 600.0
"""A server that asks for a longer pause is asked again after this."""
_WRONG_SETTINGS: Final = {401, 403, 404, 405}
_TRANSIENT: Final = {408, 409, 425}


class RefusedError(Exception):
    """This request cannot succeed; others may."""


class RetryError(Exception):
    """This request failed in a way that may be transient.

    Attributes:
        charged: Whether a reply may have been made, and be charged, all the same.
        pause_s: How long the server wants to be left alone, where it says so.
    """

    def __init__(self, reason: str, *, charged: bool, pause_s: float | None = None) -> None:
        super().__init__(reason)
        self.charged = charged
        self.pause_s = pause_s


class ChatEndpoint:
    """The address of a server that speaks the OpenAI protocol; safe among threads.

    Args:
        settings: Where it is and how it is asked.
        reply: The form of its replies.

    Raises:
        AirloomError: The address is none, or the file with the key cannot be read.
    """

    def __init__(self, settings: OpenAISettings, *, reply: ReplyFormat[Any]) -> None:
        if not settings.base_url.startswith(("http://", "https://")):
            raise AirloomError(
                f"The reasoner openai has no server: base_url is {settings.base_url!r}",
                do="Give its address up to and with /v1, for instance --base-url http://localhost:8000/v1",
            )
        self._settings = settings
        self._reply = reply
        self._key = _api_key(settings)
        self._url = f"{settings.base_url.rstrip('/')}/chat/completions"
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {self._key}"} if self._key else {},
            timeout=settings.timeout_s,
            limits=httpx.Limits(max_connections=settings.concurrency),
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def post(self, messages: Sequence[Message]) -> ChatResponse:
        """Ask once.

        Raises:
            RetryError: No reply came; asking again may help.
            RefusedError: No reply came; asking again cannot help.
            AirloomError: No request to this server can succeed.
        """
        response, body = self._send(messages)
        status = response.status_code
        if status == httpx.codes.OK:
            try:
                return ChatResponse.model_validate_json(body)
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
            raise RetryError(fault, charged=False, pause_s=self._pause(response))
        if response.is_server_error or status in _TRANSIENT:
            raise RetryError(fault, charged=False)
        raise RefusedError(fault)

    def _send(self, messages: Sequence[Message]) -> tuple[httpx.Response, bytes]:
        """Send a request and return the response with its body.

        Raises:
            RetryError: No whole response came in time.
        """
        limit = f"{self._settings.timeout_s:g} s"
        deadline = time.monotonic() + self._settings.timeout_s
        body = bytearray()
        request = self._client.build_request(
            "POST", self._url, json=request_body(self._settings, messages, self._reply)
        )
        try:
            response = self._client.send(request, stream=True)
            try:
                for piece in response.iter_bytes():
                    body += piece
                    if len(body) > MAX_BODY:
                        raise RetryError(f"a response of more than {MAX_BODY >> 20} MiB", charged=True)
                    if time.monotonic() > deadline:
                        raise RetryError(f"no whole response within {limit}", charged=True)
            finally:
                response.close()
        except httpx.ConnectError as error:
            raise RetryError(f"no connection ({error})", charged=False) from None
        except httpx.TimeoutException:
            raise RetryError(f"no response within {limit}", charged=True) from None
        except httpx.HTTPError as error:
            raise RetryError(f"{type(error).__name__}: {error}", charged=True) from None
        return response, bytes(body)

    def _pause(self, response: httpx.Response) -> float:
        """Return the seconds that the server wants to be left alone."""
        retry_after = response.headers.get("retry-after", "")
        with suppress(ValueError):
            return min(max(float(retry_after), 0.0), MAX_PAUSE_S)
        with suppress(ValueError):
            until = parsedate_to_datetime(retry_after) - datetime.now(UTC)
            return min(max(until.total_seconds(), 0.0), MAX_PAUSE_S)
        return self._settings.backoff_s

    def _error_text(self, body: bytes) -> str:
        """Return the beginning of an error's text, without the key."""
        text = body.decode(errors="replace")
        text = text.replace(self._key, "***") if self._key else text
        return " ".join(text.split())[:MAX_ERROR_TEXT]


def _api_key(settings: OpenAISettings) -> str:
    if not settings.api_key_file:
        return os.environ.get(settings.api_key_env, "").strip()
    try:
        return Path(settings.api_key_file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise AirloomError(
            f"The key of the language model in {settings.api_key_file} cannot be read ({error})",
            do="Give a file that holds nothing but the key",
        ) from error
