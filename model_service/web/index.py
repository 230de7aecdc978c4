"""What a person sees at `/`: the routes. BentoML's own page loads scripts of others into the browser."""

from __future__ import annotations

from functools import cache

from airloom.html_report.blocks import link, prose, table
from airloom.html_report.report import Section, render_report
from model_service.web.openapi import OPERATIONS, PROBES, SUMMARY


@cache
def index() -> bytes:
    """The page, which asks nobody else for anything."""
    api = [(each.method.upper(), each.path, each.summary) for each in OPERATIONS]
    probes = [("GET", link(path, path), summary) for path, (summary, _) in PROBES.items()]
    return render_report(
        title="Airloom ranking",
        summary=SUMMARY,
        sections=[
            Section("What it answers", table(["method", "path", "what"], api)),
            Section("How it is", table(["method", "path", "what"], probes)),
            Section("How to ask", prose(link("The whole API as OpenAPI", "/docs.json"))),
        ],
    ).encode()
