"""Every command of a typer application, with its arguments, options and example."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer
from typer.core import TyperGroup, TyperOption
from typer.main import get_command

from docs.generator.table import code, table


def command_line_reference(app: typer.Typer, *, name: str) -> str:
    """Return one section for each command of `app`, groups before what is in them."""
    return "\n".join(_sections(get_command(app), (name,)))


def _sections(command: Any, words: tuple[str, ...]) -> Iterator[str]:
    title = " ".join(words)
    context = typer.Context(command, info_name=title)
    if isinstance(command, TyperGroup):
        if len(words) > 1:
            yield f"## {code(title)}\n"
            yield f"{_help(command)}\n"
        for inner in command.list_commands(context):
            yield from _sections(command.commands[inner], (*words, inner))
        return
    yield f"{'#' * len(words)} {code(title)}\n"
    yield f"    {title} {' '.join(command.collect_usage_pieces(context))}\n"
    yield f"{_help(command)}\n"
    rows = [row for parameter in command.params for row in _row(parameter, context)]
    if rows:
        yield table(["Option or argument", "Default", "Meaning"], rows)


def _help(command: Any) -> str:
    """Return the help text, with its examples as code."""
    paragraphs = (command.help or "").split("\n\n")
    return "\n\n".join(
        f"Example:\n\n    {' '.join(paragraph.removeprefix('Example:').split())}\n"
        if paragraph.startswith("Example:")
        else paragraph
        for paragraph in paragraphs
    )


def _row(parameter: Any, context: typer.Context) -> Iterator[list[str]]:
    is_option = isinstance(parameter, TyperOption)
    if is_option and (parameter.hidden or parameter.name == "help"):
        return
    default = parameter.get_default(context, call=False)
    if parameter.required:
        shown = "required"
    else:
        shown = "" if default in (None, "", False, ()) else code(str(default))
    names = parameter.opts if is_option else [parameter.metavar or parameter.name.upper()]
    yield [", ".join(map(code, names)), shown, parameter.help or ""]
