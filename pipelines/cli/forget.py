"""`airloom forget`: erase users from every store."""

from __future__ import annotations

import codecs
import json
import subprocess
import sys
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import typer

from airloom.errors import AirloomError
from airloom.files import check_private
from pipelines.cli.options import DEFAULT_HOME, HomeOption
from pipelines.home import Home

if TYPE_CHECKING:
    from airloom.logs.row_eraser import TableFile

_MAX_SHOWN: Final = 10
"""Lines that a message names."""


class NamedUser(NamedTuple):
    """Somebody who is to be erased.

    Attributes:
        where: Where they are named.
        user_id: Their id; None: what stands there is none.
    """

    where: str
    user_id: str | None


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
    """Erase users from logs, features, exposures, training sets, the report, online store and recent events.

    Removes what they did until now, reads every file again to verify, and writes a proof to `erasures/` in
    the lake. Rows that are delivered again later are removed when they are validated. It waits for
    no run: while one goes on, it says so and does nothing.

    Example: airloom forget --users FILE --service http://127.0.0.1:3000
    """
    from airloom.logs.erasure_requests import ErasureRequests
    from airloom.logs.lake import Lake
    from components.forget_users.forget import forget as forget_asked
    from pipelines.home_lock import locked
    from pipelines.report.collect import INDEX
    from pipelines.report.refresh import refreshed_index

    target = Home.at(home)
    lake = Lake(target.lake)
    asked = [NamedUser(f"--user number {number}", user) for number, user in enumerate(users or [], start=1)]
    asked += _listed(users_file) if users_file else []
    if not asked:
        raise AirloomError("Nobody is named", do="Give --user ID, or --users FILE with one id per line")
    if not target.lake.is_dir():
        raise AirloomError(f"There is no lake at {target.lake}", do="Name its folder with --home")
    with locked(target, command="airloom forget"):
        no_ids = _ask(asked, [*target.service_arguments(), *_options(service, tokens, feature_store)])
        # the report shows a few users' pages: it is written anew from those that are left
        with refreshed_index(target) if (target.report / INDEX).exists() else nullcontext():
            done = forget_asked(lake, config=feature_store or None, artifacts=training_sets(target))
            requests = ErasureRequests(lake)
            for request in done:
                rows = sum(request.removed.values())
                print(f"{rows:,} rows removed, {request.searched:,} files searched; {requests.file(request)}")
    if no_ids:
        raise _no_ids(no_ids, others="all others are erased")


def training_sets(home: Home) -> list[TableFile]:
    """Return the Parquet files of past runs, also those without user ids."""
    from airloom.logs.row_eraser import TableFile

    runs = home.root / "runs"
    return [TableFile("runs", date.min, str(file)) for file in sorted(runs.rglob("*.parquet"))]


def _listed(file: str) -> list[NamedUser]:
    """Return the ids in a file, one per line; empty lines are skipped."""
    try:
        if file != "-":
            check_private(Path(file), holds="the ids of users")
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise AirloomError(
            f"{file} cannot be read ({error})", do="Give a file with one id per line"
        ) from error
    lines = content.removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n").split(b"\n")
    return [NamedUser(f"line {number}", _id_of(line)) for number, line in enumerate(lines, start=1) if line]


def _id_of(line: bytes) -> str | None:
    """Return the id of a line; None: it is not UTF-8, or a blank at its begin or end may be meant or not."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return None
    return text if text == text.strip() else None


def _options(service: str, tokens: Path | None, feature_store: str) -> list[str]:
    given = {"--service": service, "--tokens": tokens and str(tokens), "--feature-store": feature_store}
    return [word for name, value in given.items() if value for word in (name, value)]


def _ask(users: list[NamedUser], arguments: list[str]) -> list[NamedUser]:
    """Let the service's own command erase what is read online; it may not be imported here.

    Returns:
        Who is named by something that is no id; all others are erased.
    """
    command = [sys.executable, "-m", "model_service.erase_users", *arguments]
    asked = subprocess.run(  # noqa: S603 - our own module
        command,
        input=json.dumps([user.user_id for user in users]),
        text=True,
        capture_output=True,
        check=False,
    )
    no_ids = [users[position] for position in json.loads(asked.stdout or "[]")]
    if len(no_ids) == len(users):
        raise _no_ids(no_ids, others="nobody is erased")
    if asked.returncode:
        raise AirloomError(
            f"The request could not be noted ({asked.stderr.strip()})", do="Mend that and run this again"
        )
    sys.stderr.write(asked.stderr)
    return no_ids


def _no_ids(no_ids: list[NamedUser], *, others: str) -> AirloomError:
    shown = ", ".join(user.where for user in no_ids[:_MAX_SHOWN])
    more = f" and {len(no_ids) - _MAX_SHOWN:,} more" if len(no_ids) > _MAX_SHOWN else ""
    return AirloomError(
        f"No user id is in {shown}{more}: not UTF-8, too long, or with a blank at its begin or end; {others}",
        do="Correct these and run this again; name who is really called so, with blanks, with --user",
    )
