"""`python -m model_service.erase_users`: erase users where no service runs, or through one that does.

Reads a JSON list of user ids from standard input: everybody on a machine sees the arguments of its processes.
Writes a JSON list to standard output: the positions, from 0, of what is no user id.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pydantic import ValidationError

from airloom.errors import AirloomError
from airloom.logs.contract import EXPOSURES
from airloom.logs.degradation import Degradation
from airloom.logs.erasure_requests import ErasureRequests
from airloom.logs.lake import Lake
from model_service.api.erasures import MAX_CHARACTERS, ErasureParameters, ErasureResponse
from model_service.client import Client
from model_service.outbox.event_log import EventLog
from model_service.outbox.exposure_log import PAGE_RECORDS
from model_service.outbox.journal import Journal
from model_service.settings import (
    ServiceSettings,
    StorageSettings,
    add_options,
    option,
    read_storage_settings,
    token_file,
)
from model_service.tokens import read_tokens
from model_service.user_events.erasure import UserErasure


def main(arguments: list[str] | None = None) -> int:
    """Erase the named users. Returns the exit status: 0 if the request of every user id was recorded."""
    options = _parser().parse_args(arguments)
    try:
        user_ids, no_ids = _checked(json.load(sys.stdin))
    except (ValueError, TypeError, RecursionError):
        print("Give a JSON list of user ids", file=sys.stderr)
        return 1
    print(json.dumps(no_ids))
    if no_ids:
        print(f"{len(no_ids)} are no user ids of 1 to {MAX_CHARACTERS:,} characters", file=sys.stderr)
    if not user_ids:
        return 1
    try:
        with _through_service(options) if options.service else _in_this_process(options) as erase:
            degraded = {code for user_id in user_ids for code in erase(user_id).degraded}
    except AirloomError as error:
        print(error, file=sys.stderr)
        return 1
    for code in sorted(degraded):
        print(f"degraded: {code}", file=sys.stderr)
    return 1 if Degradation.ERASURE_RECORD in degraded else 0


def _checked(given: list[object]) -> tuple[list[str], list[int]]:
    """Return the user ids, and the positions of what is none."""
    user_ids, no_ids = [], []
    for position, user_id in enumerate(given):
        try:
            user_ids.append(ErasureParameters.model_validate({"user_id": user_id}).user_id)
        except ValidationError:
            no_ids.append(position)
    return user_ids, no_ids


@contextmanager
def _through_service(options: argparse.Namespace) -> Iterator[Callable[[str], ErasureResponse]]:
    file = token_file(options)
    token = read_tokens(file)[0] if file else None
    with Client(options.service, token=token) as client:
        yield lambda user_id: client.forget(user_id=user_id)


@contextmanager
def _in_this_process(options: argparse.Namespace) -> Iterator[Callable[[str], ErasureResponse]]:
    from model_service.runtime import open_feature_store, open_live_events

    settings = read_storage_settings(options)
    lake = Lake(settings.lake)
    folder = settings.journal_folder(lake)
    pages = Journal(lake, PAGE_RECORDS, folder / EXPOSURES.name)
    event_log = EventLog(lake, folder)
    live = open_live_events(settings)
    try:
        yield UserErasure(
            erasures=ErasureRequests(lake),
            recent_events=live.recent_events,
            erase_online=open_feature_store(settings).erase_user,
            erase_ids=[event_log.forget, *live.erase_ids],
            land=[pages.land, event_log.land],
        )
    finally:
        pages.stop()
        event_log.stop()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m model_service.erase_users",
        description="Erase users, a JSON list on standard input: at once what is read online, the rest "
        "with the next daily run.",
    )
    parser.add_argument("--service", metavar="URL", help="a service that runs and knows today's events")
    add_options(parser, kind=StorageSettings)
    for name in ServiceSettings.model_fields.keys() - StorageSettings.model_fields.keys():
        # without effect: accepted because the same words start the service
        parser.add_argument(option(name), dest=name, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
