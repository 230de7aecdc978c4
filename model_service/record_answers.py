"""`python -m model_service.record_answers`: write the page of `/ask` with recorded answers, for a report."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from airloom.child_processes import end_with_starter
from airloom.errors import AirloomError
from airloom.extras import missing_extras_named
from airloom.files import write_text
from airloom.logs.lake import Lake
from model_service.settings import ServiceSettings, add_options, read_settings

ITEMS: Final = 5
"""Products of a recorded answer."""
OF_ONE_CALL: Final = frozenset({"request_id", "stage_ms"})
"""What tells one call from another: without it, answers recorded again are the same."""


def main(arguments: list[str] | None = None) -> int:
    """Write the page. Returns the exit status."""
    options = _parser().parse_args(arguments)
    end_with_starter()
    try:
        with missing_extras_named():
            html = page_with_answers(
                read_settings(options), service=options.service, start=options.start, index=options.index
            )
    except AirloomError as error:
        print(error, file=sys.stderr)
        return 1
    write_text(options.output, html)
    return 0


def page_with_answers(settings: ServiceSettings, *, service: str, start: str, index: str) -> str:
    """Return the page with answers of the engine that a service with these settings would have now.

    Nobody asks: no user's events are read, and nothing is logged. Rules read the requests.

    Args:
        settings: What would serve.
        service: Base URL of the service that the page asks everything else.
        start: The command that starts it.
        index: Link to the page with all reports.

    Raises:
        AirloomError: Nothing can be served yet.
    """
    from model_service.api.ask import AskRequest
    from model_service.engine.engine import Engine
    from model_service.http.ask_page import Recording, recorded_page
    from model_service.release.desired import load_release, read_desired_release
    from model_service.user_events.reader import UserEventReader
    from model_service.user_events.recent_events import MemoryRecentEvents

    release = read_desired_release(settings)
    engine = Engine(
        experiment=release.experiment,
        state=load_release(release, lake=Lake(settings.lake), mlflow_uri=settings.mlflow_uri),
        users=UserEventReader(_no_history, MemoryRecentEvents()),
        log_exposure=lambda _: None,
    )
    examples = engine.example_requests
    answers = [
        engine.ask(AskRequest(query=example.query, k=ITEMS)).model_dump(mode="json", exclude=set(OF_ONE_CALL))
        for example in examples
    ]
    return recorded_page(examples, Recording(answers, service, start, index))


def _no_history(_user_id: str) -> tuple[Sequence[str], Sequence[str], Sequence[int]]:
    return [], [], []


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m model_service.record_answers",
        description="Write the page of /ask with answers of now, which needs no service.",
    )
    add_options(parser)
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="the page")
    parser.add_argument("--service", required=True, metavar="URL", help="who answers everything else")
    parser.add_argument("--start", required=True, metavar="COMMAND", help="what starts that service")
    parser.add_argument("--index", required=True, metavar="HREF", help="the page with all reports")
    return parser


if __name__ == "__main__":
    sys.exit(main())
