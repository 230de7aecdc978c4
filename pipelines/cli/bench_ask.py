"""`airloom bench-ask`: what the assistant is worth on requests with known answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.bench import Split


def bench_ask(
    data: Annotated[Path, typer.Option("--data", help="Its folder; see docs/how-to/benchmark-requests.md.")],
    split: Annotated[
        Split, typer.Option("--split", help="test, or valid to choose rules and prompts without it.")
    ] = Split.test,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write all numbers there.")] = None,
) -> None:
    """Ask the assistant requests with known answers, and controls in its place.

    Prints what the answers are worth over the whole catalogue and as choices from given lists, by kind of
    request, with intervals; what must be 0; and how long each stage takes. A second run gives the same
    numbers, but for the times.

    Example: airloom bench-ask --data DIR --json results.json
    """
    from airloom.assistant.evaluation.answerers import (
        AssistantAnswerer,
        RequestAnswerer,
        ScoringControl,
        document_controls,
    )
    from airloom.assistant.evaluation.comparison import ASSISTANT, compare
    from airloom.assistant.evaluation.controls import MentionedValues, by_popularity
    from airloom.assistant.evaluation.evaluate import OUTSIDE, evaluate
    from airloom.assistant.evaluation.request_files import read_requests
    from airloom.assistant.evaluation.tables import (
        answerers_table,
        difference_lines,
        guard_lines,
        slices_table,
    )
    from airloom.assistant.graph.catalogue_graph import CatalogueGraph
    from airloom.assistant.parsing.rules import RulesParser
    from airloom.bench.provenance import commit, machine
    from airloom.errors import AirloomError
    from airloom.files import check_writable, write_text
    from airloom.intents.sentence_encoder import SentenceEncoder
    from airloom.ranking.evaluation.intervals import Resampling

    if json_file is not None:
        check_writable(json_file)
    requests = read_requests(data, split=split.value)
    graph = CatalogueGraph(requests.snapshot)
    answerers: dict[str, RequestAnswerer] = {
        ASSISTANT: AssistantAnswerer(graph, RulesParser(graph)),
        "mentions": ScoringControl(graph, MentionedValues(graph)),
        **document_controls(graph, SentenceEncoder()),
        "popularity": ScoringControl(graph, lambda _: by_popularity(graph)),
    }
    evaluations = {name: evaluate(requests, answerer, name=name) for name, answerer in answerers.items()}
    comparison = compare(requests.cases, evaluations, Resampling())
    if json_file is not None:
        results = {"commit": commit(), "machine": machine(), "split": split.value} | comparison.to_json()
        write_text(json_file, json.dumps(results, indent=2) + "\n")
    tables = (answerers_table, slices_table, difference_lines, guard_lines)
    print("\n\n".join(table(comparison) for table in tables))
    if evaluations[ASSISTANT].metrics[OUTSIDE].any():
        raise AirloomError("The assistant named products that the catalogue does not have", do="Report this")
