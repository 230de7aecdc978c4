"""An endpoint with a JSON request and response, as raw ASGI: a page takes hardly longer than a framework.

pydantic parses the request from bytes and writes the response to bytes, without a detour over dictionaries.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.types import Receive, Scope, Send

from model_service.http.body import read_json_body
from model_service.http.errors import InvalidRequestError
from model_service.runtime import Runtime

TIMEOUT_S: Final = 10.0
"""The maximal time to receive a request and to answer it; less than that of BentoML, see service.py.

What runs in a thread goes on there.
"""

RequestT = TypeVar("RequestT", bound=BaseModel)


class JsonEndpoint(Generic[RequestT]):
    """Answers requests whose body is one model with the JSON of another.

    Args:
        model: The request.
        answer: Makes the response.
        threads: The number of threads that `answer` runs in, at most; 0 runs it in the event loop.
    """

    def __init__(
        self, model: type[RequestT], answer: Callable[[Runtime, RequestT], BaseModel], *, threads: int = 0
    ) -> None:
        self._model, self._answer = model, answer
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=model.__name__) if threads else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request.

        Raises:
            Exception: Of any kind, for `ErrorMiddleware` to answer.
        """
        async with asyncio.timeout(TIMEOUT_S):
            request = self._parse(await read_json_body(scope, receive))
            runtime: Runtime = scope["app"].state.runtime
            if self._threads is None:
                response = self._answer(runtime, request)
            else:
                loop = asyncio.get_running_loop()
                response = await loop.run_in_executor(self._threads, self._answer, runtime, request)
        await send_json(send, response.model_dump_json().encode())

    def _parse(self, body: bytes) -> RequestT:
        try:
            return self._model.model_validate_json(body)
        except ValidationError as error:
            raise InvalidRequestError.from_validation(error) from error


async def send_json(send: Send, body: bytes) -> None:
    """Send a JSON body with status 200."""
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
