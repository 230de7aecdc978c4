"""A typed client of the service over HTTP, for Python programs.

with Client("http://127.0.0.1:3000") as client:
page = client.rank(user_id="u-17", k=10)
client.take([Event(event_id="e-1", user_id="u-17", action="click", object_id=page.items[0].object_id)])
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel

from airloom.errors import AirloomError
from airloom.logs.degradation import Degradation
from model_service.events.event import Event, EventsRequest, EventsResponse
from model_service.pages.explanation import ExplainRequest, ExplainResponse
from model_service.pages.schema import RankRequest, RankResponse
from model_service.users.forget import ForgetRequest, ForgetResponse
from model_service.web.forget_route import PREFIX

TIMEOUT_SECONDS: Final = 2.0
FORGET_SECONDS: Final = 60.0
"""Forgetting somebody brings what waits in the service to the lake first."""
TRIES: Final = 3
"""Of a call whose connection breaks; all calls may be repeated, events have ids."""
PAUSE_SECONDS: Final = 0.1
"""Before the second try; before the third it is twice as long."""

T = TypeVar("T", bound=BaseModel)

# httpx logs every URL at level info, and this one holds a user's id
logging.getLogger("httpx").addFilter(lambda record: PREFIX not in record.getMessage())


class Client:
    """One kept connection to a service; close it, or use it in a `with`.

    Args:
        url: Where the service is.
        token: A bearer token, if it asks for one.
        timeout: Seconds to wait for an answer.
        transport: Another way to reach it, for tests.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        timeout: float = TIMEOUT_SECONDS,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self._url = url
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout, transport=transport)

    def rank(
        self,
        *,
        user_id: str,
        candidates: Sequence[str] | None = None,
        k: int = 10,
        at: datetime | None = None,
        request_id: str | None = None,
        preview_variant: str | None = None,
    ) -> RankResponse:
        """An ordered page, see `RankRequest`.

        Raises:
            AirloomError: The service cannot be reached, or refuses the request.
            pydantic.ValidationError: The request is not valid; nothing was sent.
        """
        request = RankRequest(
            user_id=user_id,
            candidates=None if candidates is None else list(candidates),
            k=k,
            at=at,
            request_id=request_id,
            preview_variant=preview_variant,
        )
        return self._ask("/v1/rank", request, RankResponse)

    def take(self, events: Sequence[Event]) -> EventsResponse:
        """Tell what users did, up to 500 events; what could not be written is sent again.

        Raises:
            AirloomError: The service cannot be reached, refuses the events, or still cannot write them.
            pydantic.ValidationError: They are too many or none; nothing was sent.
        """
        request = EventsRequest(events=list(events))
        for number in range(TRIES):
            found = self._ask("/v1/events", request, EventsResponse)
            if Degradation.EVENT_LOG not in found.degraded:
                return found
            time.sleep(PAUSE_SECONDS * 2**number)
        raise AirloomError(
            f"{self._url} cannot write events", do="Send them again later, and look at its disk"
        )

    def explain(
        self, *, user_id: str, object_id: str, variant: str | None = None, at: datetime | None = None
    ) -> ExplainResponse:
        """Why a product has its score for a user, see `ExplainRequest`.

        Raises:
            AirloomError: The service cannot be reached, or refuses the request.
            pydantic.ValidationError: The request is not valid; nothing was sent.
        """
        request = ExplainRequest(user_id=user_id, object_id=object_id, variant=variant, at=at)
        return self._ask("/v1/explain", request, ExplainResponse)

    def forget(self, *, user_id: str) -> ForgetResponse:
        """Forget somebody; `degraded` says what is left for the daily run.

        Raises:
            AirloomError: The service cannot be reached, refuses the request, or cannot note it.
            pydantic.ValidationError: The id is not valid; nothing was sent.
        """
        known = ForgetRequest(user_id=user_id).user_id
        path = PREFIX + quote(known, safe="").replace(".", "%2E")  # "." and ".." are steps in a path
        for number in range(TRIES):
            found = self._read(PREFIX, self._send("DELETE", path, timeout=FORGET_SECONDS), ForgetResponse)
            if Degradation.ERASURE_RECORD not in found.degraded:
                return found
            time.sleep(PAUSE_SECONDS * 2**number)
        raise AirloomError(
            f"{self._url} cannot note whom to forget", do="Send it again later, and look at its disk"
        )

    def ready(self) -> dict[str, Any]:
        """What `/readyz` says: what is served, since when, and what is refused; or why nothing is served yet.

        Raises:
            AirloomError: The service cannot be reached.
        """
        found: dict[str, Any] = self._send("GET", "/readyz").json()
        return found

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _ask(self, path: str, request: BaseModel, kind: type[T]) -> T:
        return self._read(path, self._send("POST", path, request.model_dump_json(exclude_none=True)), kind)

    def _read(self, path: str, response: httpx.Response, kind: type[T]) -> T:
        if response.status_code != HTTPStatus.OK:
            raise AirloomError(
                f"{self._url}{path} answers {response.status_code}: {_why(response)}",
                do="See /docs.json there for what it takes",
            )
        return kind.model_validate_json(response.content)

    def _send(
        self, method: str, path: str, body: str | None = None, *, timeout: float | None = None
    ) -> httpx.Response:
        """The answer; a connection that breaks is tried again."""
        headers = {"content-type": "application/json"} if body is not None else {}
        for number in range(TRIES):
            try:
                limit = self._http.timeout if timeout is None else timeout
                return self._http.request(method, path, content=body, headers=headers, timeout=limit)
            except httpx.TransportError as error:
                if number == TRIES - 1:
                    raise AirloomError(
                        f"{self._url} does not answer ({type(error).__name__})",
                        do="Check the address, and whether the service runs",
                    ) from error
                time.sleep(PAUSE_SECONDS * 2**number)
        raise AssertionError  # the last try returned or raised


def _why(response: httpx.Response) -> str:
    """The faults that the service names, as one sentence."""
    try:
        found = response.json()
        faults = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in found["detail"]]
        return "; ".join(faults) or str(found["error"])
    except (ValueError, KeyError, TypeError):
        return response.reason_phrase
