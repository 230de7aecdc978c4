"""Prints the CPU seconds that every `airloom ... --help` takes, the slowest first.

python -m benchmarks.help_time
"""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from pipelines.cli.main import app


def main() -> None:
    """Ask every command for help in a process of its own, once to warm the caches of files."""
    seconds = {}
    for words in commands(get_command(app)):
        for _ in range(2):
            seconds[" ".join(("airloom", *words, "--help"))] = help_seconds(words)
    for command, taken in sorted(seconds.items(), key=lambda item: -item[1]):
        print(f"{taken:.2f} s  {command}")


def commands(group: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the words of every command and group, the whole one first."""
    yield words
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*words, name))


def help_seconds(words: tuple[str, ...]) -> float:
    """Return the user and system seconds of one `--help`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "pipelines.cli.main", *words, "--help"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own module
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
