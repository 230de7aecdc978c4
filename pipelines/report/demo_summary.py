"""What `summary.json` holds: every figure of a demo, typed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from airloom.errors import AirloomError
from airloom.experiments.results import Headline, read_headline
from airloom.simulation.truth import IntentQuality


@dataclass(frozen=True)
class ValidatedRows:
    """Rows of the logs that were read, and those that broke a rule of the contract."""

    rows: int
    quarantined: int


@dataclass(frozen=True)
class IntentFigures:
    """What the reasoners answered, and how right it is.

    Attributes:
        reasoner: Who answered, in words.
        atoms: Atoms of all logs.
        asked: Atoms that a daily run had to ask a reasoner for.
        cached: Atoms whose answers were there already.
        paths: Intent paths of all answers.
        precision: Of what the service used.
        recall: Of what the service used.
        by_reasoner: `served` is what the service used; see `pipelines.demo.truth.compare_reasoners`.
        unreadable: Atoms whose titles the encoder could not read.
    """

    reasoner: str
    atoms: int
    asked: int
    cached: int
    paths: int
    precision: float
    recall: float
    by_reasoner: Mapping[str, IntentQuality]
    unreadable: int = 0


@dataclass(frozen=True)
class RankingQuality:
    """Metrics of one ranker on the orders of the evaluation window."""

    hr10: float
    ndcg10: float


@dataclass(frozen=True)
class ModelFigures:
    """The registered model and its offline evaluation.

    Attributes:
        name: Of the registered model.
        version: None if the gate did not let it pass.
        alias: None if the gate did not let it pass.
        hr10: Of AIR.
        ndcg10: Of AIR.
        baselines: By ranker.
        differences: AIR minus each of them, with intervals, as `evaluate_ranker` writes it.
    """

    name: str
    version: str | None
    alias: str | None
    hr10: float
    ndcg10: float
    baselines: Mapping[str, RankingQuality]
    differences: Mapping[str, Any]


@dataclass(frozen=True)
class ServingFigures:
    """Requests of the served days; latencies include the client."""

    requests: int
    errors: int
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True)
class ReasonFigures:
    """The reasons of the pages of one variant, checked by `airloom.ranking.reasons.faithfulness`.

    Attributes:
        products: Products that were shown.
        true_chains: The share of chains that are a path of every event shown with them; None without a chain.
        with_chain: The share of products with a true chain.
        causes: The share of products by the cause that their reason names.
    """

    products: int
    true_chains: float | None
    with_chain: float
    causes: Mapping[str, float]


@dataclass(frozen=True)
class PageFigures:
    """What a page of ten of the whole shop brings on average over all luck, as the simulation knows it.

    Means over one page for each user, just before their first order of the evaluation window.

    Attributes:
        users: The number of pages.
        best_orders: Expected orders of the page that brings most orders.
        best_gmv: Expected value of the page that brings most value, USD.
        orders: Expected orders of a page, by ranker.
        gmv: Expected value of a page, USD, by ranker.
        first_orders: Expected orders of the first product alone, by ranker.
        orders_minus: AIR's expected orders minus those of each other ranker: `mean`, `low`, `high`.
        gmv_minus: AIR's expected value minus that of each other ranker, USD, likewise.
    """

    users: int
    best_orders: float
    best_gmv: float
    orders: Mapping[str, float]
    gmv: Mapping[str, float]
    first_orders: Mapping[str, float]
    orders_minus: Mapping[str, Mapping[str, float]]
    gmv_minus: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class DriftFigures:
    """Columns that had enough values, and those that drifted."""

    checked: int
    drifted: int


@dataclass(frozen=True)
class DemoSummary:
    """All figures of a demo; each was measured by one of its runs.

    Attributes:
        pipelines: Pipeline to the state of its last run.
        validation: Of the last daily run.
        intents: Of all daily runs.
        features: What was registered in Feast.
        model: The ranker that served.
        serving: Of all served days.
        experiment: The chief keys of the last results, see `airloom.experiments.results.as_results`.
        drift: Of the last daily run.
        seconds: By stage, and `total`.
        reasons: Of all served pages, by variant; empty in the summary of an older release.
        pages: Of the evaluation window; None in the summary of an older release.
    """

    pipelines: Mapping[str, str]
    validation: ValidatedRows
    intents: IntentFigures
    features: Mapping[str, Any]
    model: ModelFigures
    serving: ServingFigures
    experiment: Mapping[str, Any]
    drift: DriftFigures
    seconds: Mapping[str, float]
    reasons: Mapping[str, ReasonFigures] = field(default_factory=dict)
    pages: PageFigures | None = None

    @property
    def headline(self) -> Headline:
        """What the experiment showed."""
        return read_headline(self.experiment)

    def to_json(self) -> dict[str, Any]:
        """Return the contents of `summary.json`."""
        values: dict[str, Any] = _ADAPTER.dump_python(self, mode="json")
        return values


_ADAPTER = TypeAdapter(DemoSummary)


def read_demo_summary(file: Path) -> DemoSummary | None:
    """Return the figures of the last demo; None where none has run.

    Raises:
        AirloomError: The file is not a summary.
    """
    if not file.exists():
        return None
    try:
        return _ADAPTER.validate_python(json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, ValidationError) as error:
        raise AirloomError(f"{file} is not a demo's summary ({error})", do="Run: airloom demo") from error
