"""Takes back what the online store knows of days that were corrected or removed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from feast import FeatureStore

from airloom.errors import AirloomError
from airloom.logs.contract import Table
from airloom.logs.lake import Lake
from airloom.timestamps import end_of, to_datetime
from feature_repo.online_rows import online_rows
from feature_repo.tables import view_name

ROWS_AT_ONCE: Final = 50_000
"""Rows that Feast writes together; it takes all of them into memory as Python lists."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_LOST_THEIR_ROW: Final = """
    WITH newest AS (SELECT user_id, max(dt) AS day FROM kept GROUP BY user_id)
    SELECT user_id, day FROM stored LEFT JOIN newest USING (user_id)
    WHERE day IS NULL OR day < $since
    ORDER BY day, user_id
"""


def require_rows_to_take_back(store: FeatureStore, table: Table, *, since: date) -> None:
    """Check that rows can be taken back from the online store, before anything is noted or written.

    Args:
        store: The Feast store.
        table: The feature table whose rows are taken back.
        since: The first day that was corrected or removed; `date.min` if nothing is known of the store, which
            is then as good as new.

    Raises:
        AirloomError: The online store cannot list its users and holds some.
    """
    if since != date.min and online_rows(store, table) is None:
        raise AirloomError(
            f"A day since {since} was corrected or removed, and Airloom cannot take rows back from "
            f"{type(store.provider.online_store).__name__}",
            do="Use sqlite or Redis, or empty its {view_name(table)} and delete lineage/online in the lake",
        )


def take_back_rows(store: FeatureStore, lake: Lake, table: Table, *, since: date) -> None:
    """Let every row that the online store has of `since` or later be what the lake says, or be written.

    Users without a row are removed. Users whose last row is older get that one. All others have a row since
    then, so materializing these days writes them; any row is accepted from now on.

    Nothing is taken back from a store that cannot list its users; `require_rows_to_take_back` refuses it.

    Args:
        store: The Feast store.
        lake: Holds the table.
        table: The feature table whose rows are taken back.
        since: The first day that was corrected or removed; `date.min` if nothing is known of the store.

    Raises:
        AirloomError: The online store cannot be reached.
    """
    rows = online_rows(store, table)
    if rows is None:
        return
    users = rows.users_since(_EPOCH if since == date.min else to_datetime(end_of(since)))
    rows.accept_any_age(users)
    lost = _lost_their_row(lake, table, users, since)
    rows.remove(lost.filter(pc.field("day").is_null())["user_id"].to_pylist())
    for day in pc.unique(lost["day"].drop_null()).to_pylist():
        _write_rows(store, lake, table, day, lost.filter(pc.field("day") == day)["user_id"].combine_chunks())


def _lost_their_row(lake: Lake, table: Table, users: Sequence[str], since: date) -> pa.Table:
    """Return the users without a row of `since` or later, with the day of their last one, if any."""
    with duckdb.connect() as connection:
        connection.register("kept", lake.dataset(table, with_day=True))
        connection.register("stored", pa.table({"user_id": pa.array(users, pa.string())}))
        return connection.sql(_LOST_THEIR_ROW, params={"since": since}).to_arrow_table()


def _write_rows(store: FeatureStore, lake: Lake, table: Table, day: date, users: pa.Array) -> None:
    for rows in lake.chunks(table, since=day, through=day):
        theirs = rows.filter(pc.is_in(rows["user_id"], value_set=users))
        for start in range(0, theirs.num_rows, ROWS_AT_ONCE):
            part = theirs.slice(start, ROWS_AT_ONCE).to_pandas()
            store.write_to_online_store(view_name(table), df=part)
