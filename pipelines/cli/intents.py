"""`airloom intents`: what a reasoner would be asked, asking it, files of answers, looking at what it said."""

from __future__ import annotations

import typer

from pipelines.cli.intents_ask import distil, plan
from pipelines.cli.intents_consistency import consistency
from pipelines.cli.intents_files import export, import_, questions
from pipelines.cli.intents_look import browse, show
from pipelines.cli.intents_student import student

app = typer.Typer(
    help="What a reasoner wrote down about every content item.", no_args_is_help=True, rich_markup_mode=None
)
app.command("plan")(plan)
app.command("distill")(distil)
app.command("questions")(questions)
app.command("import")(import_)
app.command("export")(export)
app.command("student")(student)
app.command("show")(show)
app.command("browse")(browse)
app.command("consistency")(consistency)
