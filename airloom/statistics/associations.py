"""Association rules: how many users did one thing and another near in time, compared with chance."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa

from airloom.bounded_database import bounded_database
from airloom.timestamps import MICROS_PER_DAY

OCCURRENCES: Final = pa.schema([("user_id", pa.string()), ("key", pa.int64()), ("at", pa.int64())])
"""A user did something with `key` at a time in microseconds."""

ASSOCIATIONS: Final = pa.schema(
    [("source", pa.int64()), ("target", pa.int64()), ("users", pa.int64()), ("z", pa.float64())]
)
"""`users` did both; `z` says how far that is above chance, in standard deviations."""

MAX_PER_USER: Final = 100
"""Newest occurrences of one user that are paired, so that no user costs more than their square."""

_PAIRS: Final = """
WITH kept_sources AS (
    SELECT * FROM sources
    QUALIFY row_number() OVER (PARTITION BY user_id ORDER BY "at" DESC, key) <= $max_per_user
), kept_targets AS (
    SELECT * FROM targets
    QUALIFY row_number() OVER (PARTITION BY user_id ORDER BY "at" DESC, key) <= $max_per_user
), source_users AS (
    SELECT key, count(DISTINCT user_id) AS users FROM kept_sources GROUP BY key
), target_users AS (
    SELECT key, count(DISTINCT user_id) AS users FROM kept_targets GROUP BY key
), pairs AS (
    SELECT s.key AS source, t.key AS target, count(DISTINCT s.user_id) AS users
    FROM kept_sources s JOIN kept_targets t ON s.user_id = t.user_id AND s.key <> t.key
        AND t."at" - s."at" BETWEEN $earliest AND $latest
    GROUP BY ALL HAVING count(DISTINCT s.user_id) >= $min_users
)
SELECT source, target, pairs.users, source_users.users AS of_source, target_users.users AS of_target,
    (SELECT count(DISTINCT user_id) FROM kept_targets) AS all_users
FROM pairs JOIN source_users ON source = source_users.key JOIN target_users ON target = target_users.key
ORDER BY source, target
"""


def associations(
    sources: pa.Table, targets: pa.Table, *, before_days: float, after_days: float, min_users: int
) -> pa.Table:
    """Return the pairs of keys that more users have than chance would give: `ASSOCIATIONS`, sorted by keys.

    Chance is the share of the source's users times that of the target's, of all users with a target.

    Args:
        sources: `OCCURRENCES`, one row for each time and key.
        targets: `OCCURRENCES`; a key that is in both tables means the same and is not paired with itself.
        before_days: How long before its source a target may be.
        after_days: How long after its source a target may be.
        min_users: Pairs of fewer users are left out: they are chance, and could tell about a single user.
    """
    with bounded_database() as database:
        database.register("sources", sources)
        database.register("targets", targets)
        bounds = {
            "max_per_user": MAX_PER_USER,
            "earliest": int(-before_days * MICROS_PER_DAY),
            "latest": int(after_days * MICROS_PER_DAY),
            "min_users": min_users,
        }
        counts = database.sql(_PAIRS, params=bounds).to_arrow_table()
    users, of_source, of_target, all_users = (
        counts[name].to_numpy().astype(np.float64)
        for name in ("users", "of_source", "of_target", "all_users")
    )
    expected = of_source * of_target / np.maximum(all_users, 1.0)
    z = (users - expected) / np.sqrt(np.maximum(expected, 1e-9))
    table = pa.table([counts["source"], counts["target"], counts["users"], z], schema=ASSOCIATIONS)
    return table.filter(pa.array(users > expected))
