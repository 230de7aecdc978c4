"""The `airloom` command: everything that the README shows."""

from __future__ import annotations

import sys

import typer

from airloom.child_processes import STOPPED, stop_on_signals
from airloom.errors import AirloomError
from airloom.extras import missing_extras_named
from airloom.telemetry import switch_off

switch_off()

from pipelines.cli import (  # noqa: E402 - telemetry first
    bench,
    bench_ask,
    check,
    demo,
    deploy,
    doctor,
    forget,
    import_logs,
    init,
    intents,
    knowledge,
    llm,
    report,
    run,
    sample,
    serve,
    snapshot,
    tune_ask,
    why,
)

app = typer.Typer(
    name="airloom",
    help="Brings an LLM's understanding of content into e-commerce ranking without calling an LLM online.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
app.command("demo")(demo.demo)
app.command("init")(init.init)
app.command("sample")(sample.sample)
app.add_typer(import_logs.app, name="import")
app.command("check")(check.check)
app.add_typer(run.app, name="run")
app.command("why")(why.why)
app.add_typer(intents.app, name="intents")
app.add_typer(knowledge.app, name="knowledge")
app.add_typer(llm.app, name="llm")
app.command("serve")(serve.serve)
app.add_typer(snapshot.app, name="snapshot")
app.add_typer(deploy.app, name="deploy")
app.command("report")(report.report)
app.command("forget")(forget.forget)
app.command("bench")(bench.bench)
app.command("bench-ask")(bench_ask.bench_ask)
app.command("tune-ask")(tune_ask.tune_ask)
app.command("doctor")(doctor.doctor)


def main() -> None:
    """Run the command; a user's mistake is one sentence and exit status 1."""
    try:
        with stop_on_signals(), missing_extras_named():
            app(prog_name="airloom")
    except AirloomError as error:
        print(f"airloom: {error}", file=sys.stderr)
        sys.exit(1)
    except SystemExit as left:
        if left.code == STOPPED:
            print("\nairloom: stopped. Run the same command again to go on from here.", file=sys.stderr)
        raise


if __name__ == "__main__":
    main()
