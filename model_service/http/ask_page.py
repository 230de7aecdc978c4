"""`GET /ask`: a page to try the assistant, if it is switched on. It loads nothing from elsewhere."""

from __future__ import annotations

from base64 import b64encode
from contextlib import suppress
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from airloom.html_report.templating import templates_in
from model_service.release.reloader import NotReadyError

PATH: Final = "/ask"
_TEMPLATE: Final = Path(__file__).with_name("ask_page.html")
_SCRIPT: Final = _TEMPLATE.read_text(encoding="utf-8").partition("<script>")[2].partition("</script>")[0]
_SCRIPT_HASH: Final = b64encode(sha256(_SCRIPT.encode()).digest()).decode()
"""Of the one script that may run in the page."""
_HEADERS: Final = {
    "content-security-policy": f"default-src 'none'; script-src 'sha256-{_SCRIPT_HASH}'; connect-src 'self'; "
    "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
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
    examples: list[str] = []
    if runtime.tokens.allow(None):  # else they would show the catalogue to everybody
        with suppress(NotReadyError):
            examples = runtime.reloader.engine.example_requests
    template = templates_in(_TEMPLATE.parent).get_template(_TEMPLATE.name)
    return HTMLResponse(template.render(examples=examples), headers=_HEADERS)
