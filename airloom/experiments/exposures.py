"""Who was exposed to which variant, and since when."""

from __future__ import annotations

from datetime import date

import duckdb

from airloom.errors import AirloomError
from airloom.experiments.readout import AnalysisSettings
from airloom.logs.contract import EXPOSURES, PAGE
from airloom.logs.degradation import NOT_BY_RANKER
from airloom.logs.lake import Lake

_IMPRESSIONS = """
CREATE TABLE impressions AS
SELECT user_id, variant, request_id, object_id, epoch_us(ts) AS shown_us,
       coalesce(surface, $page) AS surface,
       list_has_any(coalesce(degraded, []), $fallbacks) AS was_degraded
FROM exposures
WHERE experiment = $experiment
"""

_EXPOSED_USERS = """
CREATE TABLE exposed_users AS
SELECT user_id, any_value(variant) AS variant, min(shown_us) AS since_us,
       count(*) AS impressions, count(*) FILTER (was_degraded) AS degraded
FROM impressions
GROUP BY user_id
HAVING count(DISTINCT variant) = 1
"""


def load_exposures(
    connection: duckdb.DuckDBPyConnection, lake: Lake, settings: AnalysisSettings, day: date
) -> int:
    """Create the tables `impressions` and `exposed_users` (one row per user) of all days up to `day`.

    A user enters the experiment with the first impression. Users who saw several variants cannot tell which
    of them changed their behaviour: they are left out of `exposed_users`.

    Returns:
        The number of users who were left out for having seen several variants.

    Raises:
        AirloomError: An exposure names a variant that the experiment does not have.
    """
    connection.register("exposures", lake.dataset(EXPOSURES, since=settings.first_day, through=day))
    connection.execute(
        _IMPRESSIONS,
        {"experiment": settings.experiment.name, "fallbacks": list(NOT_BY_RANKER), "page": PAGE},
    )
    _refuse_unknown_variants(connection, settings)
    connection.execute(_EXPOSED_USERS)
    multi_variant_users = connection.execute(
        "SELECT (SELECT count(DISTINCT user_id) FROM impressions) - (SELECT count(*) FROM exposed_users)"
    ).fetchall()
    return int(multi_variant_users[0][0])


def first_shown_day(connection: duckdb.DuckDBPyConnection) -> date | None:
    """Return the UTC day of the earliest of the `impressions`; None if there are none."""
    (first,) = connection.execute("SELECT make_timestamp(min(shown_us)) FROM impressions").fetchall()[0]
    return None if first is None else first.date()


def _refuse_unknown_variants(connection: duckdb.DuckDBPyConnection, settings: AnalysisSettings) -> None:
    names = {variant.name for variant in settings.experiment.variants}
    counts = connection.execute(
        "SELECT variant, count(*) FROM impressions GROUP BY variant ORDER BY variant"
    ).fetchall()
    unknown = [f"{name!r} ({count} rows)" for name, count in counts if name not in names]
    if unknown:
        raise AirloomError(
            f"exposures of {settings.experiment.name}{_since(settings)}: the column variant holds "
            f"{', '.join(unknown)}, which the experiment does not have",
            do="Give the experiment that was really served, or set first_day to the day it began",
        )


def _since(settings: AnalysisSettings) -> str:
    return "" if settings.first_day is None else f" since {settings.first_day}"
