"""`airloom forget`: erase users from every store."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from airloom.errors import AirloomError
from airloom.logs.row_eraser import TableFile
from pipelines.cli.options import DEFAULT_HOME, HomeOption
from pipelines.home import Home


def forget(
    users: Annotated[
        list[str] | None,
        typer.Option("--user", help="A user id; may be given several times. Visible in the process list."),
    ] = None,
    users_file: Annotated[
        str,
        typer.Option(
            "--users", metavar="FILE", help="A file with one user id a line; - reads standard input."
        ),
    ] = "",
    service: Annotated[
        str, typer.Option("--service", help="URL of a running service, which keeps today's events.")
    ] = "",
    tokens: Annotated[
        Path | None, typer.Option("--tokens", help="File whose first line is a token of the service.")
    ] = None,
    feature_store: Annotated[
        str, typer.Option("--feature-store", help="A feature_store.yaml; default: the lake's own.")
    ] = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Erase users from logs, features, exposures, training sets, online store and recent events.

    Removes what they did until now, reads every file again to verify, and writes a proof to `erasures/` in
    the lake. Rows that are delivered again later are removed when they are validated. Run it while no
    pipeline runs.

    Example: airloom forget --users FILE --service http://127.0.0.1:3000
    """
    from airloom.logs.erasure_requests import ErasureRequests
    from airloom.logs.lake import Lake
    from components.forget_users.forget import forget as forget_asked

    target = Home.at(home)
    lake = Lake(target.lake)
    asked = [*(users or []), *(_listed(users_file) if users_file else [])]
    if not asked:
        raise AirloomError("Nobody is named", do="Give --user ID, or --users FILE with one id per line")
    if not target.lake.is_dir():
        raise AirloomError(f"There is no lake at {target.lake}", do="Name its folder with --home")
    _ask(asked, [*target.service_arguments(), *_options(service, tokens, feature_store)])
    done = forget_asked(lake, config=feature_store or None, artifacts=training_sets(target))
    requests = ErasureRequests(lake)
    for request in done:
        rows = sum(request.removed.values())
        print(f"{rows:,} rows removed, {request.searched:,} files searched; {requests.file(request)}")


def training_sets(home: Home) -> list[TableFile]:
    """Return the Parquet files of past runs, also those without user ids."""
    runs = home.root / "runs"
    return [TableFile("runs", date.min, str(file)) for file in sorted(runs.rglob("*.parquet"))]


def _listed(file: str) -> list[str]:
    """Return the ids in a file, one per line; empty lines are skipped."""
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        lines = content.decode("utf-8-sig").replace("\r\n", "\n").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        name = "The standard input" if file == "-" else file
        raise AirloomError(f"{name} cannot be read ({error})", do="Give a UTF-8 file of ids") from error
    for number, line in enumerate(lines, start=1):
        if line != line.strip():
            raise AirloomError(
                f"Line {number} of the ids begins or ends with a blank, and would be somebody else",
                do="Remove it, or name who is really called so with --user",
            )
    return [line for line in lines if line]


def _options(service: str, tokens: Path | None, feature_store: str) -> list[str]:
    given = {"--service": service, "--tokens": tokens and str(tokens), "--feature-store": feature_store}
    return [word for name, value in given.items() if value for word in (name, value)]


def _ask(users: list[str], arguments: list[str]) -> None:
    """Let the service's own command forget what is read online; it may not be imported here."""
    command = [sys.executable, "-m", "model_service.erase_users", *arguments]
    asked = subprocess.run(  # noqa: S603 - our own module
        command, input=json.dumps(users), text=True, stderr=subprocess.PIPE, check=False
    )
    if asked.returncode:
        raise AirloomError(
            f"The request could not be noted ({asked.stderr.strip()})", do="Mend that and run this again"
        )
    sys.stderr.write(asked.stderr)
