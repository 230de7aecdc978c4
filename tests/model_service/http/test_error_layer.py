from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from model_service.api.errors import ErrorBody
from model_service.http.application import create_application
from model_service.server import bind
from tests.model_service.http.requests import make_runtime


def erase(user_id: str) -> None:
    raise RuntimeError(f"no store knows {user_id}")


@contextmanager
def serve(**parts: Any) -> Iterator[str]:
    """Serve the application over real HTTP: only a real server logs what reaches it."""

    @asynccontextmanager
    async def lifespan(application: Starlette) -> Any:
        application.state.runtime = make_runtime(**parts)
        yield

    listener = bind("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(create_application(lifespan), log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started and thread.is_alive():  # before that, a connection is refused
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def test_an_unexpected_error_is_answered_in_our_form_and_no_log_names_the_user(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO), serve(erase=erase) as url:
        answer = httpx.delete(f"{url}/v1/users/u-secret", timeout=30)
    assert answer.status_code == httpx.codes.INTERNAL_SERVER_ERROR
    assert (
        ErrorBody.model_validate_json(answer.content).error == "The service failed; its log says with what."
    )
    logged = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.getMessage() for record in logged] == ["A request failed: RuntimeError"]
    assert not any(record.exc_info for record in caplog.records)
