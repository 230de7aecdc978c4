"""`airloom intents`: ask a model, take its answers in, see what is missing, look at what an object means."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from airloom.errors import AirloomError
from airloom.intents import distill
from airloom.intents.atoms import Atom
from airloom.intents.prompt import PROMPT_VERSION, is_prompt_version, prompt_version_of
from airloom.intents.questions import export_questions
from airloom.intents.replies import UNRECORDED, import_replies
from airloom.intents.store import IntentStore
from airloom.logs.closed_day import closed_day
from airloom.logs.contract import CONTENT_ACTIONS, EVENTS, OBJECTS
from airloom.logs.lake import Lake
from pipelines.cli.options import DEFAULT_HOME, DayOption, HomeOption
from pipelines.home import Home

app = typer.Typer(
    help="What a reasoner wrote down about every content item.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("import")
def import_answers(
    replies: Annotated[Path, typer.Argument(help='JSON Lines: {"id": object id, "paths": [...]}.')],
    model: Annotated[str, typer.Option("--model", help="Name of the model that answered.")],
    prompt: Annotated[
        str,
        typer.Option(
            "--prompt", help="The file of the prompt that it answered to, or the version that export printed."
        ),
    ] = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Take in answers that a language model gave elsewhere; no call is made.

    Lines that cannot be used are put aside with the reason; importing a file again adds nothing.

    Example: airloom intents import replies.jsonl --model qwen3-4b --prompt prompt.md
    """
    version = _prompt_version(prompt) if prompt else UNRECORDED
    report = import_replies(Lake(Home.at(home).lake), replies, model=model, prompt=version)
    print(
        f"{report.answered} atoms answered, {report.empty} empty, {report.already} known before, "
        f"{report.rejected} lines rejected"
    )
    if report.rejected:
        print("The rejected lines and their reasons lie under intents/rejected in the lake.")


@app.command("export")
def export(
    output: Annotated[
        Path,
        typer.Option("--output", dir_okay=False, help="Where to write the prompts, one JSON object a line."),
    ],
    day: DayOption = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Write the prompt of every content item that no language model has answered, for any of them to answer.

    Each line has an id and a prompt; the reply to import is the model's JSON object with that id added.

    Example: airloom intents export --output questions.jsonl
    """
    lake = Lake(Home.at(home).lake)
    asked = export_questions(lake, output, day=_day(lake, day))
    print(f"{asked} prompts in {output}; import the answers with --prompt {PROMPT_VERSION}")


@app.command("plan")
def show_plan(
    day: DayOption = "",
    shards: Annotated[int, typer.Option("--shards", min=1, help="Parts that run side by side.")] = 1,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Say how many atoms a distillation would ask for, before anything is spent.

    Example: airloom intents plan --day 2026-01-14 --shards 4
    """
    lake = Lake(Home.at(home).lake)
    planned = distill.plan(lake, day=_day(lake, day), shards=shards)
    busy = f"{len(planned.shards)} of {shards} shards"
    print(f"{planned.atoms} atoms, {planned.missing} without an answer, in {busy}")


@app.command("show")
def show(
    object_id: Annotated[str, typer.Argument(help="Id of a content item.")], home: HomeOption = DEFAULT_HOME
) -> None:
    """Print the intent paths of one content item, as its reasoner wrote them.

    Example: airloom intents show c0001
    """
    wanted = {Atom(action, object_id).atom_id for action in CONTENT_ACTIONS}
    answers = [
        row for row in IntentStore(Lake(Home.at(home).lake)).read().to_pylist() if row["atom_id"] in wanted
    ]
    if not answers:
        raise AirloomError(
            f"Nothing is stored about {object_id}",
            do="Check the id, or distil first: airloom run daily",
        )
    for row in answers:
        print(f"{row['action']} {object_id}: {row['status']} ({row['reasoner']}, {row['model']})")
        for path in row["paths"]:
            print(f"  {path['confidence']:.2f}  {' -> '.join(path['labels'])}")


def _prompt_version(prompt: str) -> str:
    return prompt if is_prompt_version(prompt) else prompt_version_of(Path(prompt))


def _day(lake: Lake, day: str) -> date:
    if day:
        return closed_day(day)
    days = sorted({*lake.days(OBJECTS), *lake.days(EVENTS)})
    if not days:
        raise AirloomError(f"The lake {lake.root} has no objects yet", do="Run airloom run daily first")
    return days[-1]
