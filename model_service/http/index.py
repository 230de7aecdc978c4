"""What a person sees at `/`: the routes. BentoML's own page loads scripts of others into the browser."""

from __future__ import annotations

from functools import cache

from airloom.html_report.blocks import link, prose, table
from airloom.html_report.report import Section, render_report
from model_service.http.ask_page import PATH as ASK_PAGE
from model_service.http.openapi import OPERATIONS, PROBES, SUMMARY


@cache
def render_index(*, has_ask_page: bool) -> bytes:
    """Return the HTML, which loads nothing from elsewhere."""
    api = [(operation.method.upper(), operation.path, operation.summary) for operation in OPERATIONS]
    probes = [("GET", link(probe.path, probe.path), probe.summary) for probe in PROBES]
    return render_report(
        title="Airloom ranking",
        summary=SUMMARY,
        sections=[
            Section("API", table(["method", "path", "what"], api)),
            Section("Health and metrics", table(["method", "path", "what"], probes)),
            Section("Reference", prose(link("The whole API as OpenAPI", "/docs.json"))),
            *([Section("Try it", prose(link("Ask the shop in words", ASK_PAGE)))] if has_ask_page else []),
        ],
    ).encode()
