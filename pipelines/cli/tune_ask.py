"""`airloom tune-ask`: fine-tune a language model that reads requests, on a lake's catalogue and orders."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from pipelines.cli.bench import Split
from pipelines.cli.options import (
    DEFAULT_HOME,
    DayOption,
    HomeOption,
    LakeOption,
    day_of,
    lake_at,
    snapshot_of,
)

if TYPE_CHECKING:
    from airloom.assistant.rft.known_requests import RequestSets
    from airloom.assistant.rft.settings import FineTuningSettings
    from airloom.assistant.rft.tuning import TuningReport

ARMS: Final = "arms"
"""Folder of the trainings that are compared."""


def tune_ask(
    context: typer.Context,
    model: Annotated[Path, typer.Option("--model", help="Folder with safetensors, or a .gguf file.")],
    out: Annotated[
        Path, typer.Option("--out", help="For the training and the model; a stopped run goes on.")
    ],
    home: HomeOption = DEFAULT_HOME,
    lake: LakeOption = "",
    day: DayOption = "",
    data: Annotated[
        Path | None,
        typer.Option("--data", help="Folder of requests of people; see docs/how-to/benchmark-requests.md."),
    ] = None,
    sample_world: Annotated[
        Path | None,
        typer.Option(
            "--sample-world",
            metavar="HOME",
            help="Instead: what shoppers of the sample world say; it judges by other lifestyles.",
        ),
    ] = None,
    split: Annotated[
        Split, typer.Option("--split", help="Of --data, or of the lifestyles that --sample-world judges by.")
    ] = Split.valid,
    settings_file: Annotated[
        Path | None, typer.Option("--settings", help="YAML or JSON with what differs from the defaults.")
    ] = None,
    requests: Annotated[int, typer.Option("--requests", min=1, help="Requests to train on.")] = 2000,
    held_out: Annotated[int, typer.Option("--held-out", min=2, help="Requests to judge by.")] = 500,
    arms: Annotated[
        str,
        typer.Option(
            "--arms",
            metavar="NAME,...",
            help="Compare trainings instead: run these, and show them beside those that were run before.",
        ),
    ] = "",
) -> None:
    """Fine-tune a language model that reads requests in words, and keep it if it beats everything else.

    Requests are made from what people bought, so what answers them is known; or, with --data, are people's,
    in files with their answers; or, with --sample-world, of shoppers whose wants the simulation knows. The
    model writes the reading of a request, the assistant answers by it, and the answer is the reward. Prints
    the model beside rules, the model before, BM25 and embeddings on requests that it was not trained on.

    --arms prints a table of trainings, each with one part more than the one before: base, sft, grpo,
    query-alignment, preference-alignment, reasoning-aware, curriculum, own-weights. What was not run is told
    with the command that runs it.

    Example: airloom tune-ask --model smollm2.gguf --out tuned
    """
    from airloom.assistant.rft.file_requests import file_requests
    from airloom.assistant.rft.processes import is_first
    from airloom.assistant.rft.settings import FineTuningSettings
    from airloom.assistant.rft.tuning import tune
    from airloom.errors import AirloomError
    from airloom.intents.sentence_encoder import SentenceEncoder
    from airloom.settings import parse_written
    from airloom.settings_file import read_settings_file
    from airloom.simulation.tuning_requests import shopper_tuning_requests
    from components.tune_assistant.lake_requests import lake_requests

    written = (
        {}
        if settings_file is None
        else read_settings_file(settings_file, what="The settings", do="Write seed: 1")
    )
    settings = parse_written(FineTuningSettings, written)
    if data is not None and sample_world is not None:
        raise AirloomError("There are two sets of requests", do="Give --data or --sample-world")
    if data is not None:
        sets = file_requests(data, split=split.value, requests=requests, held_out=held_out)
    elif sample_world is not None:
        sets = shopper_tuning_requests(
            snapshot_of(sample_world),
            split=split.value,
            requests=requests,
            held_out=held_out,
            seed=settings.seed,
        )
    else:
        source = lake_at(lake, home)
        sets = lake_requests(
            source, day=day_of(source, day), requests=requests, held_out=held_out, seed=settings.seed
        )
    if arms:
        _compare(arms, model, sets, settings, out, command=_command(context))
    else:
        report = tune(model, sets, SentenceEncoder(), settings, folder=out)
        if is_first():
            _print(report, out)


def _compare(
    arms: str, model: Path, sets: RequestSets, settings: FineTuningSettings, out: Path, *, command: str
) -> None:
    """Run arms and print the table of all.

    Raises:
        AirloomError: There is no such arm.
    """
    from airloom.assistant.rft.arm_runs import run_training_arms
    from airloom.assistant.rft.arms import arms_table, run_arms
    from airloom.assistant.rft.processes import is_first
    from airloom.assistant.rft.training_arms import training_arms
    from airloom.assistant.rft.tuning import judge_of
    from airloom.errors import AirloomError
    from airloom.intents.sentence_encoder import SentenceEncoder

    titles = {arm.name: arm.title for arm in training_arms(settings)}
    chosen = arms.split(",")
    if unknown := sorted(set(chosen) - titles.keys()):
        raise AirloomError(
            f"There is no arm {', '.join(map(repr, unknown))}", do=f"Name some of: {', '.join(titles)}"
        )
    replies = run_training_arms(model, sets, settings, chosen=chosen, folder=out / ARMS)
    done = {titles[name]: own for name, own in replies.items()}
    not_run = {titles[name]: f"{command} --arms {name}" for name in titles if name not in replies}
    if is_first():
        print(arms_table(run_arms(sets, SentenceEncoder(), done, judge_of(sets, settings)), not_run))


def _command(context: typer.Context) -> str:
    """Return this command as it was given, without --arms."""
    given = []
    for option in context.command.params:
        value = context.params[str(option.name)]
        if option.name != "arms" and value != option.get_default(context):
            given += [option.opts[0], str(value)]
    return shlex.join(["airloom", "tune-ask", *given])


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
