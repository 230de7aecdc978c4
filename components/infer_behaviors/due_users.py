"""Whose behaviors have to be inferred: incremental by user, and exact whatever was corrected meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from airloom.beyond_log.outcomes import OUTCOMES
from airloom.bounded_database import bounded_database
from airloom.logs.lake import Lake
from feature_repo.tables import INFERRED_BEHAVIORS, USER_HISTORY

USERS_AT_ONCE: Final = 4096
"""Users of a batch: with a hundred events each, some ten megabytes."""

_NEWEST: Final = """
    CREATE VIEW newest AS
    SELECT user_id, object_ids, actions, timestamps,
           md5(to_json({'o': object_ids, 'a': actions, 't': timestamps})::VARCHAR) AS history_digest
    FROM histories
    SEMI JOIN (SELECT user_id, max(dt) AS dt FROM histories GROUP BY user_id) USING (user_id, dt)
"""
_DUE: Final = """
    WITH known AS (
        SELECT user_id, version, history_digest FROM inferred
        SEMI JOIN (SELECT user_id, max(dt) AS dt FROM inferred GROUP BY user_id) USING (user_id, dt)
    )
    SELECT newest.* FROM newest LEFT JOIN known USING (user_id)
    WHERE known.history_digest IS DISTINCT FROM newest.history_digest OR known.version != $version
    ORDER BY user_id
"""
_GONE: Final = "SELECT DISTINCT user_id FROM inferred ANTI JOIN histories USING (user_id) ORDER BY user_id"


@contextmanager
def due_users(lake: Lake, *, day: date, version: str) -> Iterator[pa.RecordBatchReader]:
    """Yield the users whose last row, of an earlier day, has not read their history or is of another version.

    Args:
        lake: Holds histories and earlier rows.
        day: The day of the run.
        version: What infers now.

    Yields:
        Columns `user_id`, those of `user_history` and `history_digest`, ascending by user.
    """
    with bounded_database() as database:
        database.register("histories", lake.dataset(USER_HISTORY, through=day, with_day=True))
        earlier = lake.dataset(INFERRED_BEHAVIORS, through=day - timedelta(days=1), with_day=True)
        database.register("inferred", earlier)
        database.execute(_NEWEST)
        yield database.sql(_DUE, params={"version": version}).to_arrow_reader(USERS_AT_ONCE)


def remove_withdrawn(lake: Lake) -> int:
    """Remove what the histories no longer support: days after their last one, and users without a history.

    Returns:
        The number of rows.
    """
    days = lake.days(INFERRED_BEHAVIORS)
    if not days:
        return 0
    last, gone, removed = max(lake.days(USER_HISTORY), default=date.min), _without_history(lake), 0
    for day in days:
        files = lake.files(INFERRED_BEHAVIORS, day)
        if day > last:
            removed += sum(lake.rows_in(file) for file in files)
            lake.delete(INFERRED_BEHAVIORS, day)
            lake.delete(OUTCOMES, day)
        elif len(gone):
            removed += sum(lake.remove_rows(file, _is_among(gone), columns=["user_id"]) for file in files)
    return removed


def _is_among(users: pa.Array) -> Callable[[pa.Table], pa.Array]:
    return lambda rows: pc.is_in(rows["user_id"], value_set=users).combine_chunks()


def _without_history(lake: Lake) -> pa.Array:
    """Return the users with a row and no history."""
    with bounded_database() as database:
        for name, table in (("histories", USER_HISTORY), ("inferred", INFERRED_BEHAVIORS)):
            database.register(name, lake.dataset(table))
        return database.sql(_GONE).to_arrow_table()["user_id"].combine_chunks()
