"""Removes people who asked from every store, and looks again before it says that it is done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from airloom.errors import AirloomError
from airloom.logs.erasures import Erasure, Erasures
from airloom.logs.forgotten import Forgotten, Place, log_places
from airloom.logs.lake import Lake
from feature_repo.forget import forget_online
from feature_repo.store import open_store
from feature_repo.tables import USER_HISTORY


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


def _places(lake: Lake, artifacts: Sequence[Place]) -> list[Place]:
    return [*log_places(lake, USER_HISTORY), *artifacts]
