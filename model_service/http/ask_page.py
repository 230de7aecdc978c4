"""`GET /ask`: a page to try the assistant, if it is switched on, and the same page with recorded answers."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from airloom.assistant.examples import ExampleRequest
from airloom.html_report.templating import templates_in
from airloom.logs.degradation import Degradation
from model_service.release.reloader import NotReadyError

PATH: Final = "/ask"
_TEMPLATE: Final = Path(__file__).with_name("ask_page.html")
_SCRIPT: Final = _TEMPLATE.read_text(encoding="utf-8").partition("<script>")[2].partition("</script>")[0]
_SCRIPT_HASH: Final = b64encode(sha256(_SCRIPT.encode()).digest()).decode()
"""Of the one script that may run in the page."""
_POLICY: Final = (
    f"default-src 'none'; script-src 'sha256-{_SCRIPT_HASH}'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; connect-src"
)
"""What the page may do; the one thing that it may ask comes after it."""
_HEADERS: Final = {
    "content-security-policy": f"{_POLICY} 'self'; frame-ancestors 'none'",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_MEANINGS: Final = {code.value: code.meaning for code in Degradation}


class Recording(NamedTuple):
    """Answers that a page without a service shows.

    Attributes:
        answers: Bodies of `AskResponse`, one for each example.
        service: Base URL of the service that is asked everything else, if it runs.
        start: The command that starts it.
        reports: Link to the page with all reports.
    """

    answers: Sequence[Mapping[str, Any]]
    service: str
    start: str
    reports: str


def served_page(examples: Sequence[ExampleRequest], *, logs_words: bool, asks_model: bool) -> str:
    """Return the page that asks the service it comes from, as HTML.

    Args:
        examples: Requests that are a click away.
        logs_words: Whether the service writes requests into its log.
        asks_model: Whether it sends them to a language model.
    """
    return _render(examples=examples, recording=None, logs_words=logs_words, asks_model=asks_model)


def recorded_page(examples: Sequence[ExampleRequest], recording: Recording) -> str:
    """Return the page that shows recorded answers and stands by itself, as HTML.

    Args:
        examples: The requests that were answered.
        recording: Their answers, and where everything else is asked.
    """
    policy = f"{_POLICY} {recording.service}"
    return _render(examples=examples, recording=recording._asdict(), policy=policy)


def _render(**values: Any) -> str:
    template = templates_in(_TEMPLATE.parent).get_template(_TEMPLATE.name)
    return template.render(meanings=_MEANINGS, **values)


async def ask_page(request: Request) -> Response:
    """Answer the page, with requests that show what an answer can hold.

    Raises:
        HTTPException: 404, the page is not switched on.
    """
    runtime = request.app.state.runtime
    settings = runtime.settings
    if not settings.ask_page:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    examples: list[ExampleRequest] = []
    if runtime.tokens.allow(None):  # else they would show the catalogue to everybody
        with suppress(NotReadyError):
            examples = runtime.reloader.engine.example_requests
    html = served_page(examples, logs_words=settings.log_requests, asks_model=runtime.asks_model)
    return HTMLResponse(html, headers=_HEADERS)
