"""`airloom intents`: plan and ask questions to an LLM, files of answers, looking at the answers."""

from __future__ import annotations

import typer

from pipelines.cli.intents_ask import distill, plan
from pipelines.cli.intents_consistency import consistency
from pipelines.cli.intents_files import export, import_, questions
from pipelines.cli.intents_look import browse, show
from pipelines.cli.intents_student import student

app = typer.Typer(
    help="Purchase intents of content: ask an LLM, import, export, browse.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("plan")(plan)
app.command("distill")(distill)
app.command("questions")(questions)
app.command("import")(import_)
app.command("export")(export)
app.command("student")(student)
app.command("show")(show)
app.command("browse")(browse)
app.command("consistency")(consistency)
