from __future__ import annotations

from typing import Annotated

import typer

from docs.generator.command_line import command_line_reference

app = typer.Typer()
tools = typer.Typer(help="Tools.")
app.add_typer(tools, name="tools")


@app.command()
def greet(
    name: Annotated[str, typer.Argument(help="Whom.")],
    times: Annotated[int, typer.Option("--times", help="How often.")] = 2,
    secret: Annotated[str, typer.Option("--secret", hidden=True)] = "",
) -> None:
    """Greet somebody.

    Example: demo greet
    Ada
    """


@tools.command()
def clean() -> None:
    """Clean up."""


REFERENCE = command_line_reference(app, name="demo")


def test_a_command_has_its_usage_arguments_options_and_example() -> None:
    assert "## `demo greet`" in REFERENCE
    assert "    demo greet [OPTIONS] {name}" in REFERENCE
    assert "| `NAME` | required | Whom. |" in REFERENCE
    assert "| `--times` | `2` | How often. |" in REFERENCE
    assert "Example:\n\n    demo greet Ada\n" in REFERENCE


def test_a_group_stands_before_its_commands() -> None:
    assert REFERENCE.index("## `demo tools`") < REFERENCE.index("### `demo tools clean`")


def test_hidden_options_are_left_out() -> None:
    assert "--secret" not in REFERENCE
