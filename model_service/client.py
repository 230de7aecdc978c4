"""A typed client of the service over HTTP, for Python programs; it loads neither torch nor BentoML.

Example:
    with Client("http://127.0.0.1:3000") as client:
        page = client.rank(user_id="u-17", k=10)
        event = Event(event_id="e-1", user_id="u-17", action="click", object_id=page.items[0].object_id)
        client.ingest([event])
"""

from __future__ import annotations

import logging
import time
import warnings
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
from model_service.api.ask import AskRequest, AskResponse
from model_service.api.erasures import USERS_PREFIX, ErasureParameters, ErasureResponse
from model_service.api.events import Event, EventsRequest, EventsResponse
from model_service.api.explain import ExplainRequest, ExplainResponse
from model_service.api.rank import RankRequest, RankResponse

__all__ = ["Client", "Event"]

TIMEOUT_S: Final = 2.0
ERASURE_TIMEOUT_S: Final = 60.0
"""An erasure first brings what waits in the service to the lake."""
MAX_ATTEMPTS: Final = 3
"""Of a call whose connection breaks; all calls may be repeated, events have ids."""
FIRST_PAUSE_S: Final = 0.1
"""Before the second attempt; before the third it is twice as long."""

T = TypeVar("T", bound=BaseModel)

# httpx logs every URL at level info, and this one holds a user's id
logging.getLogger("httpx").addFilter(lambda record: USERS_PREFIX not in record.getMessage())


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
        timeout: float = TIMEOUT_S,
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
        """Return an ordered page, see `RankRequest`.

        Raises:
            AirloomError: The service cannot be reached, or rejects the request.
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
        return self._post("/v1/rank", request, RankResponse)

    def ask(
        self,
        query: str,
        *,
        user_id: str | None = None,
        earlier: Sequence[str] = (),
        k: int = 10,
        **fields: Any,
    ) -> AskResponse:
        """Return products that answer a request in words.

        Args:
            query: What is wanted.
            user_id: Who asks.
            earlier: Earlier requests of the same conversation, the first one first.
            k: Products at most.
            fields: Other fields of `AskRequest`: must, must_not, min_price, max_price, ignore, at,
                preview_variant.

        Raises:
            AirloomError: The service cannot be reached, or rejects the request.
            pydantic.ValidationError: The request is not valid; nothing was sent.
        """
        given = {"query": query, "user_id": user_id, "earlier": list(earlier), "k": k} | fields
        request = AskRequest.model_validate(given)
        return self._post("/v1/ask", request, AskResponse)

    def ingest(self, events: Sequence[Event]) -> EventsResponse:
        """Send what users did, up to 500 events; what could not be written is sent again.

        Raises:
            AirloomError: The service cannot be reached, rejects the events, or still cannot write them.
            pydantic.ValidationError: They are too many or none; nothing was sent.
        """
        request = EventsRequest(events=list(events))
        for attempt in range(MAX_ATTEMPTS):
            response = self._post("/v1/events", request, EventsResponse)
            if Degradation.EVENT_LOG not in response.degraded:
                return response
            time.sleep(FIRST_PAUSE_S * 2**attempt)
        raise AirloomError(
            f"{self._url} cannot write events", do="Send them again later, and look at its disk"
        )

    def take(self, events: Sequence[Event]) -> EventsResponse:
        """Call `ingest`: the former name, for one release."""
        warnings.warn("Client.take is called ingest now", DeprecationWarning, stacklevel=2)
        return self.ingest(events)

    def explain(
        self, *, user_id: str, object_id: str, variant: str | None = None, at: datetime | None = None
    ) -> ExplainResponse:
        """Return why a product has its score for a user, see `ExplainRequest`.

        Raises:
            AirloomError: The service cannot be reached, or rejects the request.
            pydantic.ValidationError: The request is not valid; nothing was sent.
        """
        request = ExplainRequest(user_id=user_id, object_id=object_id, variant=variant, at=at)
        return self._post("/v1/explain", request, ExplainResponse)

    def forget(self, *, user_id: str) -> ErasureResponse:
        """Erase a user; `degraded` says what is left for the daily run.

        Raises:
            AirloomError: The service cannot be reached, rejects the request, or cannot record it.
            pydantic.ValidationError: The id is not valid; nothing was sent.
        """
        checked = ErasureParameters(user_id=user_id).user_id
        path = USERS_PREFIX + quote(checked, safe="").replace(".", "%2E")  # "." and ".." are steps in a path
        for attempt in range(MAX_ATTEMPTS):
            response = self._send("DELETE", path, timeout=ERASURE_TIMEOUT_S)
            erasure = self._parse(USERS_PREFIX, response, ErasureResponse)
            if Degradation.ERASURE_RECORD not in erasure.degraded:
                return erasure
            time.sleep(FIRST_PAUSE_S * 2**attempt)
        raise AirloomError(
            f"{self._url} cannot record whom to erase", do="Send it again later, and look at its disk"
        )

    def ready(self) -> dict[str, Any]:
        """Return what `/readyz` says: what serves, since when, what was rejected; or why nothing serves yet.

        Raises:
            AirloomError: The service cannot be reached.
        """
        state: dict[str, Any] = self._send("GET", "/readyz").json()
        return state

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _post(self, path: str, request: BaseModel, model: type[T]) -> T:
        body = request.model_dump_json(exclude_none=True)
        return self._parse(path, self._send("POST", path, body), model)

    def _parse(self, path: str, response: httpx.Response, model: type[T]) -> T:
        if response.status_code != HTTPStatus.OK:
            raise AirloomError(
                f"{self._url}{path} answers {response.status_code}: {_reason(response)}",
                do="See /docs.json there for what it takes",
            )
        return model.model_validate_json(response.content)

    def _send(
        self, method: str, path: str, body: str | None = None, *, timeout: float | None = None
    ) -> httpx.Response:
        """Return the answer; a connection that breaks is tried again."""
        headers = {"content-type": "application/json"} if body is not None else {}
        for attempt in range(MAX_ATTEMPTS):
            try:
                limit = self._http.timeout if timeout is None else timeout
                return self._http.request(method, path, content=body, headers=headers, timeout=limit)
            except httpx.TransportError as error:
                if attempt == MAX_ATTEMPTS - 1:
                    raise AirloomError(
                        f"{self._url} does not answer ({type(error).__name__})",
                        do="Check the address, and whether the service runs",
                    ) from error
                time.sleep(FIRST_PAUSE_S * 2**attempt)
        raise AssertionError  # the last attempt returned or raised


def _reason(response: httpx.Response) -> str:
    """Return the faults that the service names, as one sentence."""
    try:  # an `ErrorBody`, unless a gateway answered
        body = response.json()
        faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in body["detail"]]
        return "; ".join(faults) or str(body["error"])
    except (ValueError, KeyError, TypeError):
        return response.reason_phrase
