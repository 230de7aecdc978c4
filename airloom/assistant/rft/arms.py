"""Everything that answers held-out requests, the fine-tuned model among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.evaluation.answerers import AssistantAnswerer, RequestAnswerer, document_controls
from airloom.assistant.evaluation.evaluate import HIT, NDCG, evaluate
from airloom.assistant.evaluation.request_case import RequestCase, RequestSet
from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.parsing.recorded_parser import RecordedParser
from airloom.assistant.parsing.rules import RulesParser
from airloom.assistant.rft.gate import RULES
from airloom.intents.encoding import TextEncoder
from airloom.text_table import aligned

NOT_RUN: Final = "not run"


class Arm(NamedTuple):
    """What one arm is worth on held-out requests.

    Attributes:
        name: Of the arm.
        ndcg: float64 [requests], NDCG@10 of its answers.
        hit: float64 [requests], whether the first product answers.
        share_by_rules: Of the requests that a model did not read; None of an arm without a model.
    """

    name: str
    ndcg: NDArray[np.float64]
    hit: NDArray[np.float64]
    share_by_rules: float | None


def run_arms(
    cases: Sequence[RequestCase],
    graph: CatalogueGraph,
    encoder: TextEncoder,
    replies: Mapping[str, Sequence[str]],
) -> list[Arm]:
    """Return what each arm is worth.

    Args:
        cases: The requests.
        graph: Of the catalogue.
        encoder: Of the arm that compares embeddings.
        replies: Of models, by the name of the arm, in the order of the requests.
    """
    requests = RequestSet(graph.snapshot, tuple(cases), ())
    answerers: dict[str, RequestAnswerer] = {
        RULES: AssistantAnswerer(graph, RulesParser(graph)),
        **document_controls(graph, encoder),
    }
    parsers = {
        name: RecordedParser(dict(zip((case.query for case in cases), texts, strict=True)), graph)
        for name, texts in replies.items()
    }
    answerers |= {name: AssistantAnswerer(graph, parser) for name, parser in parsers.items()}
    arms = []
    for name, answerer in answerers.items():
        metrics = evaluate(requests, answerer, name=name).metrics
        by_rules = parsers[name].share_by_rules if name in parsers else None
        arms.append(Arm(name, metrics[NDCG], metrics[HIT], by_rules))
    return arms


def arms_table(arms: Sequence[Arm], not_run: Mapping[str, str]) -> str:
    """Return a line for each arm, and for each that was not run the command that runs it."""
    rows = [("arm", "NDCG@10", "hit@1", "read by rules")]
    for arm in arms:
        by_rules = "" if arm.share_by_rules is None else f"{arm.share_by_rules:.0%}"
        rows.append((arm.name, f"{arm.ndcg.mean():.3f}", f"{arm.hit.mean():.3f}", by_rules))
    rows += [(name, NOT_RUN, NOT_RUN, command) for name, command in not_run.items()]
    return aligned(list(zip(*rows, strict=True)))


def by_name(arms: Sequence[Arm]) -> dict[str, NDArray[np.float64]]:
    """Return the NDCG@10 of each arm."""
    return {arm.name: arm.ndcg for arm in arms}
