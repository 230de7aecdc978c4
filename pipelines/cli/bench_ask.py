"""`airloom bench-ask`: what the assistant is worth on requests with known answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from pipelines.cli.bench import Split
from pipelines.cli.options import snapshot_of

if TYPE_CHECKING:
    from airloom.assistant.evaluation.benchmark import ServedModel
    from airloom.assistant.evaluation.request_case import RequestSet

SEED: Final = 0
"""Of what shoppers of the sample world say."""


def bench_ask(
    data: Annotated[
        Path | None, typer.Option("--data", help="Its folder; see docs/how-to/benchmark-requests.md.")
    ] = None,
    sample_world: Annotated[
        Path | None,
        typer.Option(
            "--sample-world",
            metavar="HOME",
            help="Instead of --data: what shoppers of the sample world say; home of a demo or sample.",
        ),
    ] = None,
    split: Annotated[
        Split, typer.Option("--split", help="test, or valid to choose rules and prompts without it.")
    ] = Split.test,
    assistant: Annotated[
        Path | None,
        typer.Option(
            "--assistant", help="The language model that reads requests, as airloom serve has it; else rules."
        ),
    ] = None,
    replies: Annotated[
        Path | None,
        typer.Option("--replies", help="With --assistant: keeps its replies; a stopped run goes on."),
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write all numbers there.")] = None,
) -> None:
    """Ask the assistant requests with known answers, and controls in its place.

    Prints what the answers are worth over the whole catalogue and as choices from given lists, by kind of
    request, with intervals; what must be 0; and how long each stage takes. With a language model also how
    often it read a request, why not, what that cost, and whether rules alone are better. A second run gives
    the same numbers, but for the times.

    Example: airloom bench-ask --data DIR --json results.json
    """
    from airloom.assistant.evaluation.benchmark import benchmark
    from airloom.assistant.evaluation.comparison import ASSISTANT
    from airloom.assistant.evaluation.evaluate import OUTSIDE
    from airloom.assistant.evaluation.tables import (
        answerers_table,
        conclusion,
        difference_lines,
        guard_lines,
        model_table,
        slices_table,
    )
    from airloom.bench.provenance import commit, machine
    from airloom.errors import AirloomError
    from airloom.files import check_writable, write_text
    from airloom.intents.sentence_encoder import SentenceEncoder
    from airloom.ranking.evaluation.intervals import Resampling

    if json_file is not None:
        check_writable(json_file)
    model = _model(assistant, replies)
    requests = _requests(data, sample_world, split=split.value)
    comparison = benchmark(requests, SentenceEncoder(), model, Resampling())
    if json_file is not None:
        results: dict[str, object] = {"commit": commit(), "machine": machine(), "split": split.value}
        if model is not None:
            results |= {"model": model.settings.openai.model, "deadline_ms": model.settings.deadline_ms}
        write_text(json_file, json.dumps(results | comparison.to_json(), indent=2) + "\n")
    tables = [answerers_table, slices_table, difference_lines, guard_lines]
    if model is not None:
        tables += [model_table, conclusion]
    print("\n\n".join(table(comparison) for table in tables))
    if any(
        mean.estimate.mean > 0
        for mean in comparison.means
        if (mean.answerer, mean.metric) == (ASSISTANT, OUTSIDE)
    ):
        raise AirloomError("The assistant named products that the catalogue does not have", do="Report this")


def _requests(data: Path | None, sample_world: Path | None, *, split: str) -> RequestSet:
    from airloom.assistant.evaluation.request_files import read_requests
    from airloom.errors import AirloomError
    from airloom.simulation.shopper_requests import shopper_requests

    if data is not None and sample_world is None:
        return read_requests(data, split=split)
    if data is not None or sample_world is None:
        raise AirloomError("There are no requests, or two sets of them", do="Give --data or --sample-world")
    return shopper_requests(snapshot_of(sample_world), split=split, seed=SEED)


def _model(assistant: Path | None, replies: Path | None) -> ServedModel | None:
    from airloom.assistant.assistant_settings import read_assistant_settings
    from airloom.assistant.evaluation.benchmark import ServedModel
    from airloom.errors import AirloomError

    if (assistant is None) != (replies is None):
        raise AirloomError(
            "--assistant and --replies go together: the replies of a model are kept",
            do="Give both, such as --replies replies.jsonl",
        )
    if assistant is None or replies is None:
        return None
    return ServedModel(read_assistant_settings(assistant), replies)
