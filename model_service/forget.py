"""`python -m model_service.forget`: forget users where no service runs, or through one that does.

Reads a JSON list of user ids from standard input: everybody on a machine sees the arguments of its processes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from airloom.errors import AirloomError
from airloom.logs.degradation import Degradation
from airloom.logs.erasure_requests import ErasureRequests
from airloom.logs.lake import Lake
from model_service.client import Client
from model_service.events.event import EVENT_LINES
from model_service.options import add_options, environment_of
from model_service.outbox.exposures import PAGE_LINES
from model_service.outbox.journal import Journal
from model_service.settings import TOKENS, ServiceSettings
from model_service.users.forget import (
    MOST_CHARACTERS,
    Forget,
    ForgetRequest,
    ForgetResponse,
)
from model_service.web.tokens import read_tokens


def main(arguments: list[str] | None = None) -> int:
    """Forget whoever is named; returns the exit status: 0 if each of them was noted."""
    options = _parser().parse_args(arguments)
    try:
        user_ids = [ForgetRequest(user_id=user_id).user_id for user_id in json.load(sys.stdin)]
    except (ValueError, TypeError):
        print(f"Give a JSON list of user ids, each of 1 to {MOST_CHARACTERS:,} characters", file=sys.stderr)
        return 1
    try:
        with _through(options) if options.service else _here(options) as forget:
            degraded = {what for user_id in user_ids for what in forget(user_id).degraded}
    except AirloomError as error:
        print(error, file=sys.stderr)
        return 1
    for what in sorted(degraded):
        print(f"degraded: {what}", file=sys.stderr)
    return 1 if Degradation.ERASURE_RECORD in degraded else 0


@contextmanager
def _through(options: argparse.Namespace) -> Iterator[Callable[[str], ForgetResponse]]:
    file = environment_of(options).get(TOKENS)
    token = read_tokens(Path(file))[0] if file else None
    with Client(options.service, token=token) as client:
        yield lambda user_id: client.forget(user_id=user_id)


@contextmanager
def _here(options: argparse.Namespace) -> Iterator[Callable[[str], ForgetResponse]]:
    from model_service.runtime import open_histories, open_tails

    settings = ServiceSettings.from_environment(environment_of(options))
    lake = Lake(settings.lake)
    folder = settings.journal_folder(lake)
    journals = [Journal(lake, lines, folder / lines.table.name) for lines in (EVENT_LINES, PAGE_LINES)]
    try:
        yield Forget(
            erasures=ErasureRequests(lake),
            tails=open_tails(settings),
            forget_online=open_histories(settings)[1],
            land=[journal.land for journal in journals],
        )
    finally:
        for journal in journals:
            journal.stop()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m model_service.forget",
        description="Forget users, a JSON list on standard input: at once what is read online, the rest "
        "with the next daily run.",
    )
    parser.add_argument("--service", metavar="URL", help="a service that runs and knows today's events")
    add_options(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
