"""Who was exposed to which variant, and since when."""

from __future__ import annotations

from datetime import date
from typing import Final

import duckdb

from airloom.errors import AirloomError
from airloom.experiments.readout import ReadoutSettings
from airloom.logs.contract import EXPOSURES
from airloom.logs.lake import Lake

FALLBACKS: Final = ["user_store", "unknown_user", "ranker", "category_popularity", "popularity"]
"""What a service writes into `degraded` when something else than the variant's ranker ordered the page."""

_SHOWN = """
CREATE TABLE shown AS
SELECT user_id, variant, request_id, object_id, epoch_us(ts) AS shown_us,
       list_has_any(coalesce(degraded, []), $fallbacks) AS was_degraded
FROM exposures
WHERE experiment = $experiment
"""

_ENTERED = """
CREATE TABLE entered AS
SELECT user_id, any_value(variant) AS variant, min(shown_us) AS since_us,
       count(*) AS impressions, count(*) FILTER (was_degraded) AS degraded
FROM shown
GROUP BY user_id
HAVING count(DISTINCT variant) = 1
"""


def load_exposures(
    connection: duckdb.DuckDBPyConnection, lake: Lake, settings: ReadoutSettings, day: date
) -> int:
    """Fill the tables `shown` (one row an impression) and `entered` (one row a user) up to the end of `day`.

    A user enters with the first impression. Users who saw two variants cannot tell which one moved them: they
    are left out of `entered`.

    Returns:
        How many users were left out for having seen two variants.

    Raises:
        AirloomError: An exposure names a variant that the experiment does not have.
    """
    connection.register("exposures", lake.dataset(EXPOSURES, since=settings.first_day, through=day))
    connection.execute(_SHOWN, {"experiment": settings.experiment.name, "fallbacks": FALLBACKS})
    known = {variant.name for variant in settings.experiment.variants}
    found = connection.execute("SELECT variant, count(*) FROM shown GROUP BY variant ORDER BY variant")
    strangers = [f"{name!r} ({count} rows)" for name, count in found.fetchall() if name not in known]
    if strangers:
        raise AirloomError(
            f"exposures of {settings.experiment.name} since {settings.first_day}: the column variant holds "
            f"{', '.join(strangers)}, which the experiment does not have",
            do="Give the experiment that was really served, or set first_day to the day it began",
        )
    connection.execute(_ENTERED)
    left_out = connection.execute(
        "SELECT (SELECT count(DISTINCT user_id) FROM shown) - (SELECT count(*) FROM entered)"
    ).fetchall()
    return int(left_out[0][0])
