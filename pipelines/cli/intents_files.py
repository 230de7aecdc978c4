"""`airloom intents questions`, `import`, `export`: files for and from models that Airloom does not call."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from airloom.errors import AirloomError
from pipelines.cli.options import (
    DEFAULT_HOME,
    DayOption,
    HomeOption,
    LakeOption,
    ModelOption,
    OutputOption,
    PromptOption,
    RecipeOption,
    day_of,
    lake_at,
    overridden,
)
from pipelines.home import Home

if TYPE_CHECKING:
    from airloom.intents.settings import DistillSettings


def questions(
    output: OutputOption,
    model: ModelOption = "",
    prompt: PromptOption = "",
    day: DayOption = "",
    recipe: RecipeOption = "",
    lake: LakeOption = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Write unanswered questions as an OpenAI batch file. Load the results with `airloom intents import`.

    Hosted batch APIs and `vllm run-batch` accept the file.

    Example: airloom intents questions --output questions.jsonl --model qwen3-4b
    """
    from airloom.intents.reasoners.factory import prompt_of, version_of
    from airloom.intents.write_batch_requests import write_batch_requests
    from pipelines.run_settings import recipe_of

    data_lake = lake_at(lake, home)
    settings = overridden(
        recipe_of(Home.at(home), recipe).distillation, reasoner="openai", model=model, prompt=prompt
    )
    version_of("openai", settings, data_lake)  # refuses to write requests that name no model
    count = write_batch_requests(data_lake, output, day=day_of(data_lake, day), settings=settings)
    print(f"{count} prompts in {output}; import the answers with --prompt {prompt_of(settings).version}")


def import_(
    answers: Annotated[
        Path,
        typer.Argument(
            help='JSON Lines: {"id": object id, "paths": [...]}, an export, or a batch\'s output.'
        ),
    ],
    model: Annotated[str, typer.Option("--model", help="Name of the model that answered.")] = "",
    prompt: Annotated[
        str,
        typer.Option(
            "--prompt", help="File of the prompt that it answered to, or the version questions printed."
        ),
    ] = "",
    recipe: RecipeOption = "",
    lake: LakeOption = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Load answers that an LLM gave elsewhere, without a call.

    Invalid lines are rejected with the reason; importing a file again adds nothing.

    Example: airloom intents import replies.jsonl --model qwen3-4b --prompt prompt.md
    """
    from airloom.intents.import_answers import import_answers
    from pipelines.run_settings import recipe_of

    settings = recipe_of(Home.at(home), recipe).distillation
    report = import_answers(
        lake_at(lake, home),
        answers,
        model=model,
        prompt=_version(prompt, settings),
        labels=settings.labels,
    )
    print(
        f"{report.answered} atoms answered, {report.empty} empty, {report.already} known before, "
        f"{report.rejected} lines rejected"
    )
    if report.unknown:
        print(f"{report.unknown} of these atoms are about ids that no content object of the lake has")
    if report.other_prompts:
        print(
            f"{report.other_prompts} of these atoms name a prompt that is no version "
            "(12 hexadecimal digits): nothing that Airloom asks counts as answered by them"
        )
    if report.rejected:
        print(
            "The rejected lines and their reasons lie under intents/rejected and intents/failed in the lake."
        )


def _version(prompt: str, settings: DistillSettings) -> str:
    """Return the version of the prompt that the option names.

    Raises:
        AirloomError: It names neither a version nor a file.
    """
    from airloom.intents.prompt import IntentPrompt
    from airloom.llm.batch_files.import_lines import UNRECORDED
    from airloom.llm.prompt import is_prompt_version, read_prompt

    if not prompt or is_prompt_version(prompt):
        return prompt or UNRECORDED
    if not Path(prompt).exists():
        raise AirloomError(
            f"--prompt {prompt} is neither a file nor the version of a prompt (12 hexadecimal digits)",
            do="Give the file of the prompt, or the version that airloom intents questions printed",
        )
    return IntentPrompt(read_prompt(Path(prompt)), settings.words).version


def export(output: OutputOption, lake: LakeOption = "", home: HomeOption = DEFAULT_HOME) -> None:
    """Write every answer of every language model, one JSON object a line, for another lake to import.

    Example: airloom intents export --output answers.jsonl
    """
    from airloom.intents.export_answers import export_answers

    count = export_answers(lake_at(lake, home), output)
    print(f"{count} answers in {output}")
