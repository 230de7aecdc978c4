"""Removes people who asked from every store, and looks again before it says that it is done."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from airloom.errors import AirloomError
from airloom.files import unfinished
from airloom.logs.erasures import Erasure, Erasures
from airloom.logs.forgotten import Forgotten, Place, log_places
from airloom.logs.lake import Lake
from feature_repo.forget import forget_online
from feature_repo.store import open_store
from feature_repo.tables import USER_HISTORY

LEFT_BEHIND_AFTER: Final = timedelta(minutes=10)
"""What nobody has changed for so long has no writer any more."""
PAUSE_S: Final = 1.0
"""The service lands events every minute, in files that are unfinished for a moment."""


def forget(lake: Lake, *, config: str | None, artifacts: Sequence[Place] = ()) -> list[Erasure]:
    """Do all open requests; one that was killed is done again from the start.

    Args:
        lake: Holds logs, features and requests.
        config: Another feature_store.yaml than that of the lake.
        artifacts: Parquet files outside of the lake that name people.

    Returns:
        The requests that are done now.

    Raises:
        AirloomError: Rows came back while this ran, or the online store cannot be reached.
    """
    erasures = Erasures(lake)
    asked = erasures.open()
    if not asked:
        return []
    _remove_unfinished(lake.path())
    forgotten = Forgotten(lake, erasures, asked)
    found = forgotten.search(_places(lake, artifacts))
    # first, because later nobody would know their ids
    forget_online(open_store(lake=lake.root, config=config), sorted(found.user_ids), compact=True)
    removed = forgotten.remove(found.places)
    again = forgotten.search(_places(lake, artifacts))
    if again.places:
        raise AirloomError(
            f"Rows of {len(again.user_ids)} people who asked to be forgotten came back into "
            f"{again.places[0].file} while they were removed",
            do="Run this again when no pipeline runs",
        )
    last = {erasure.person: erasure for erasure in sorted(asked, key=lambda each: each.asked_at)}
    done = [
        erasure._replace(
            done_at=datetime.now(UTC),
            removed={
                table: count
                for (person, table), count in sorted(removed.items())
                if person == erasure.person and erasure == last[person]  # of one who asked twice, once
            },
            searched=again.searched,
        )
        for erasure in asked
    ]
    for erasure in done:
        erasures.note(erasure)
    return done


def _remove_unfinished(lake: Path) -> None:
    """Remove what killed steps left half written: rows of people may lie in it, and no search looks there.

    Raises:
        AirloomError: Something is so new that it may still be written.
    """
    for path in unfinished(lake):
        with suppress(FileNotFoundError):  # finished meanwhile
            age = timedelta(seconds=time.time() - path.stat().st_mtime)
            if age < LEFT_BEHIND_AFTER:
                time.sleep(PAUSE_S)
                path.stat()
                raise AirloomError(
                    f"{path} is being written, or its writer was killed a moment ago",
                    do="Run this again when no pipeline runs, or ten minutes after it was killed",
                )
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def _places(lake: Lake, artifacts: Sequence[Place]) -> list[Place]:
    return [*log_places(lake, USER_HISTORY), *artifacts]
