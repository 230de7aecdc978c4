"""`GET /ask`: a page to try the assistant, if it is switched on. It loads nothing from elsewhere."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from airloom.html_report.templating import templates_in
from model_service.release.reloader import NotReadyError

PATH: Final = "/ask"
_HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


async def ask_page(request: Request) -> Response:
    """Answer the page, with requests that the catalogue can answer.

    Raises:
        HTTPException: 404, the page is not switched on.
    """
    runtime = request.app.state.runtime
    if not runtime.settings.ask_page:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    try:
        examples = runtime.reloader.engine.example_requests
    except NotReadyError:
        examples = []
    template = templates_in(Path(__file__).parent).get_template("ask_page.html")
    return HTMLResponse(template.render(examples=examples), headers=_HEADERS)
