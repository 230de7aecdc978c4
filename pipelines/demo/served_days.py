"""Served days: simulated shoppers ask the service for pages over HTTP, look, click and buy."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import httpx

from airloom.errors import AirloomError
from airloom.experiments.assignment import assign
from airloom.experiments.experiment import Experiment
from airloom.logs.lake import Lake
from airloom.progress import progress
from airloom.simulation.result_pages import Visit
from airloom.simulation.world import World
from pipelines.demo.served_reasons import ServedReasons

PAGE_SIZE = 10
PREVIEW_EVERY = 2
"""Every second page is also asked for under the other variants."""
SAMPLES = 6


class ServedDay(NamedTuple):
    """What happened at the service on one day.

    Attributes:
        latencies_ms: One per answered request, client included.
        errors: Requests without an answer or with a status of 500 or more.
        expected_gmv: By variant, the mean value that the day's pages would have earned under it, USD;
            measured on every second page and doubled.
        samples: A few whole answers with intents behind them, for people to read.
        reasons: Counts of `ServedReasons` over all pages, by variant.
    """

    latencies_ms: list[float]
    errors: int
    expected_gmv: dict[str, float]
    samples: list[dict[str, Any]]
    reasons: dict[str, dict[str, Any]]


def serve_day(
    *, world: World, lake: Lake, day: date, url: str, experiment: Experiment
) -> tuple[ServedDay, list[dict[str, Any]]]:
    """Let every shopper of `day` ask for their pages and buy, in the order of time.

    Every second page is also asked for as a preview of each other variant, which leaves no exposure: what it
    would have earned, on average over all luck, is the simulation's truth about the variants.

    Returns:
        The day, and what shoppers did on their pages: rows of the events table.

    Raises:
        AirloomError: The service refused a request or answered none.
    """
    events: list[dict[str, Any]] = []
    latencies: list[float] = []
    expected: dict[str, float] = defaultdict(float)
    samples: list[dict[str, Any]] = []
    reasons = ServedReasons(lake)
    errors = 0
    visits = world.visits(day)
    with httpx.Client(base_url=url, timeout=10) as client:
        for number, visit in enumerate(progress(visits, what=f"Pages of {day}", unit="page")):
            request_id = f"{day:%Y%m%d}-{number:07d}"
            started = time.perf_counter()
            answer = _ask(client, visit, {"request_id": request_id})
            if answer is None:
                errors += 1
                continue
            latencies.append(1000 * (time.perf_counter() - started))
            response = world.respond(visit, _ids(answer), request_id=request_id)
            events += response.events
            reasons.add(answer)
            if len(samples) < SAMPLES and any(item["reason"]["chain"] for item in answer["items"]):
                samples.append(answer)
            if number % PREVIEW_EVERY:
                continue
            previews = _previews(client, visit, experiment)
            if len(previews) + 1 == len(experiment.variants):  # compare variants only on the same pages
                expected[answer["variant"]] += PREVIEW_EVERY * response.expected.gmv
                for variant, ids in previews.items():
                    expected[variant] += PREVIEW_EVERY * world.expected_outcome(visit, ids).gmv
    if visits and not latencies:
        raise AirloomError(
            f"The service answered none of {len(visits)} requests for {day}", do="Look at its log"
        )
    return ServedDay(latencies, errors, dict(expected), samples, reasons.counts()), events


def _ask(client: httpx.Client, visit: Visit, extra: dict[str, str]) -> dict[str, Any] | None:
    body = {
        "user_id": visit.user_id,
        "candidates": list(visit.candidates),
        "k": PAGE_SIZE,
        "at": visit.at.isoformat(),
        **extra,
    }
    try:
        answer = client.post("/v1/rank", json=body)
    except httpx.TransportError:
        return None
    if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        return None
    if answer.status_code != httpx.codes.OK:
        raise AirloomError(
            f"The service refused a request with status {answer.status_code}: {answer.text[:300]}",
            do="Compare the request with /docs.json",
        )
    response: dict[str, Any] = answer.json()
    return response


def _previews(client: httpx.Client, visit: Visit, experiment: Experiment) -> dict[str, Sequence[str]]:
    """Return what each variant but the user's own would show."""
    assigned = assign(experiment, visit.user_id).name
    others = [variant.name for variant in experiment.variants if variant.name != assigned]
    answers = {name: _ask(client, visit, {"preview_variant": name}) for name in others}
    return {name: _ids(answer) for name, answer in answers.items() if answer is not None}


def _ids(answer: dict[str, Any]) -> Sequence[str]:
    return [item["object_id"] for item in answer["items"]]
