"""`airloom bench`: what the ranker is worth on public data, beside strong baselines."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.cli.options import DEFAULT_HOME, HomeOption


class Split(StrEnum):
    """Which cases models are evaluated on."""

    test = "test"
    valid = "valid"


class Models(StrEnum):
    """Which models are compared."""

    baselines = "baselines"
    air = "air"
    all = "all"
    cards = "cards"
    inferred = "inferred"


def bench(
    name: Annotated[str, typer.Argument(help="food-kitchen, amazon-content2commerce, or one of yours.")],
    data: Annotated[
        Path, typer.Option("--data", help="Its folder; docs/how-to/benchmark.md has the two formats.")
    ],
    models: Annotated[
        Models,
        typer.Option(
            "--models",
            help="baselines; air: these and AIR; all: its ablations too; cards: AIR with knowledge cards for "
            "titles; inferred: AIR with behaviors beyond the log; both with controls in their place.",
        ),
    ] = Models.all,
    intents: Annotated[
        Path | None,
        typer.Option("--intents", help="Answers of a language model, as from: airloom intents export."),
    ] = None,
    cards: Annotated[
        Path | None,
        typer.Option("--cards", help="With --models cards: cards of a language model; three more models."),
    ] = None,
    settings: Annotated[
        Path | None,
        typer.Option("--settings", help="YAML or JSON with what differs from the format's settings."),
    ] = None,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Trainings of each model.")] = 3,
    split: Annotated[
        Split, typer.Option("--split", help="test, or valid to choose settings without it.")
    ] = Split.test,
    full_cases: Annotated[
        int, typer.Option("--full-cases", min=0, help="Targets that are also ranked among all products.")
    ] = 1000,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Models trained at once, a core each.")] = 2,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write all numbers there.")] = None,
    html_file: Annotated[Path | None, typer.Option("--html", help="Where the report goes.")] = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Train every model on a public dataset and evaluate all of them on the same cases.

    Prints a table and writes a report. Each target is ranked among 999 other products of its domain, which
    are drawn once and kept; ties count against it. A second run gives the same numbers, and one that was
    stopped continues where it was.

    Example: airloom bench food-kitchen --data DIR --json results.json
    """
    from airloom.bench.models import (
        ABLATIONS,
        AIR,
        AIR_WITH_INTENTS,
        BASELINES,
        INFERRED,
        LLM_TEXTS,
        NO_TEXT_TOWER,
        RULES_TEXTS,
    )
    from airloom.bench.open_dataset import open_dataset
    from airloom.bench.provenance import commit
    from airloom.bench.recipes import settings_for
    from airloom.bench.report import bench_report
    from airloom.bench.run import BenchSettings, run_bench
    from airloom.bench.table import difference_lines, results_table
    from airloom.errors import AirloomError
    from airloom.files import check_writable, write_text
    from airloom.intents.import_answers import check_answers
    from airloom.intents.sentence_encoder import SentenceEncoder
    from airloom.settings_file import read_settings_file

    specs_of = {
        Models.baselines: BASELINES,
        Models.air: (*BASELINES, *AIR),
        Models.all: (*BASELINES, *AIR, *ABLATIONS),
        Models.cards: (AIR_WITH_INTENTS, NO_TEXT_TOWER, *RULES_TEXTS, *(LLM_TEXTS if cards else ())),
        Models.inferred: (AIR_WITH_INTENTS, *INFERRED),
    }
    if cards and models != Models.cards:
        raise AirloomError("--cards is read by the models of --models cards only", do="Add --models cards")
    report = html_file or Path(home) / "bench" / f"{name}{'' if split == Split.test else f'-{split}'}.html"
    for file in (report, *([json_file] if json_file else [])):
        check_writable(file)
    given: dict[str, Any] = {}
    if settings is not None:
        do = "Write training: {...}, catalogue: {...}, and so on"
        given = read_settings_file(settings, what="The settings file", do=do)
    if intents is not None:
        check_answers(intents)
    dataset = open_dataset(data, name)
    results = run_bench(
        dataset,
        specs_of[models],
        home=Path(home) / "bench",
        encoder=SentenceEncoder(threads=jobs),
        intents=intents,
        cards=cards,
        settings=BenchSettings(
            settings_for(dataset, given),
            seeds=seeds,
            split=split.value,
            jobs=jobs,
            full_cases=full_cases,
            commit=commit(),
        ),
    )
    if json_file is not None:
        write_text(json_file, json.dumps(results.to_json(), indent=2) + "\n")
    print(results_table(results))
    print()
    print(difference_lines(results))
    write_text(report, bench_report(results))
    print(f"\nreport  {report}")
