"""`python -m model_service`: serve in the foreground; Ctrl-C or SIGTERM ends it cleanly."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from airloom.child_processes import end_with_starter
from airloom.errors import AirloomError
from airloom.extras import missing_extras_named
from airloom.files import write_text
from model_service.settings import add_options, read_settings


def main(arguments: list[str] | None = None) -> int:
    """Serve with the given options and, for those left out, the environment. Returns the exit status."""
    options = _parser().parse_args(arguments)
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when numpy and torch are first imported

    signal.signal(signal.SIGTERM, _exit)
    end_with_starter()

    def ready(url: str) -> None:
        print(f"Serving at {url} (Ctrl-C stops it; try {url}/docs.json)", flush=True)
        if options.ready_file:
            write_text(options.ready_file, f"{url}\n")

    try:
        with missing_extras_named():
            from model_service.server import bind, serve

            serve(read_settings(options), listener=bind(options.host, options.port), ready=ready)
    except AirloomError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # before the server listens, or passed on by it after a clean stop
        return 130
    return 0


def _exit(_signal: int, _frame: FrameType | None) -> None:
    """End the process the ordinary way, so that everything is closed on the way out."""
    sys.exit(0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m model_service",
        description="Serve rankings over HTTP until Ctrl-C or SIGTERM.",
    )
    add_options(parser)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=3000, help="0 takes a free one (default: %(default)s)")
    parser.add_argument("--ready-file", type=Path, metavar="PATH", help="write the base URL here when ready")
    return parser


if __name__ == "__main__":
    sys.exit(main())
