"""`airloom tune-ask`: fine-tune a language model that reads requests, on a lake's catalogue and orders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.options import DEFAULT_HOME, DayOption, HomeOption, LakeOption, day_of, lake_at

if TYPE_CHECKING:
    from airloom.assistant.rft.tuning import TuningReport


def tune_ask(
    model: Annotated[Path, typer.Option("--model", help="Folder with safetensors, or a .gguf file.")],
    out: Annotated[
        Path, typer.Option("--out", help="For the training and the model; a stopped run goes on.")
    ],
    home: HomeOption = DEFAULT_HOME,
    lake: LakeOption = "",
    day: DayOption = "",
    settings_file: Annotated[
        Path | None, typer.Option("--settings", help="YAML or JSON with what differs from the defaults.")
    ] = None,
    requests: Annotated[int, typer.Option("--requests", min=1, help="Requests to train on.")] = 2000,
    held_out: Annotated[int, typer.Option("--held-out", min=2, help="Requests to judge by.")] = 500,
) -> None:
    """Fine-tune a language model that reads requests in words, and keep it if it beats everything else.

    Requests are made from what people bought, so what answers them is known. The model writes the reading of
    a request, the assistant answers by it, and the answer is the reward. Prints the model beside rules, the
    model before, BM25 and embeddings on requests about other products.

    Example: airloom tune-ask --model smollm2.gguf --out tuned
    """
    from airloom.assistant.rft.settings import FineTuningSettings
    from airloom.settings import parse_written
    from airloom.settings_file import read_settings_file
    from components.tune_assistant.settings import AssistantTuningSettings
    from components.tune_assistant.tune_on_lake import tune_on_lake

    written = (
        {}
        if settings_file is None
        else read_settings_file(settings_file, what="The settings", do="Write seed: 1")
    )
    settings = AssistantTuningSettings(
        str(model), requests, held_out, parse_written(FineTuningSettings, written)
    )
    source = lake_at(lake, home)
    report = tune_on_lake(source, day=day_of(source, day), settings=settings, folder=out)
    _print(report, out)


def _print(report: TuningReport, out: Path) -> None:
    from airloom.assistant.rft.arms import arms_table
    from airloom.assistant.rft.tuning import MODEL

    print(arms_table(report.arms, {}))
    print(f"\nreward of the model's replies, minus before  {report.reward_gain.signed()}")
    for epoch in report.epochs:
        print(
            f"epoch {epoch.epoch}: {epoch.requests} requests, reward {epoch.reward:.3f}, "
            f"{epoch.share_without_variance:.0%} of the groups without variance"
        )
    print(f"\n{report.gate.sentence()}")
    if report.gate.shown:
        print(f"model   {out / MODEL}")
