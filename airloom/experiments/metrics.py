"""The metrics of an experiment: the one place where they are defined.

A metric is a column of the user table (see `outcomes`), or the ratio of two. Add one here and it is computed,
tested, plotted and reported.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

from airloom.errors import AirloomError

Unit = Literal["money", "count", "share"]


@dataclass(frozen=True)
class Metric:
    """A mean over users, or a ratio of two such means.

    Attributes:
        name: Its key in the results.
        label: What the report calls it.
        numerator: Column of the user table.
        denominator: Column that the numerator is divided by; without one, the number of users.
        covariate: Column from before the experiment that predicts the numerator (CUPED).
        unit: "money" in the currency of the orders, "count", or "share" of the denominator.
        scale: What the value is multiplied by: 1,000 for a rate per 1,000.
        higher_is_better: Which way is good news.
        meaning: One sentence for the report.
    """

    name: str
    label: str
    numerator: str
    denominator: str | None = None
    covariate: str | None = None
    unit: Unit = "count"
    scale: float = 1.0
    higher_is_better: bool = True
    meaning: str = ""

    def value(self, numerator: float, denominator: float) -> float:
        """Return the metric for two sums or two means over the same users; NaN if the denominator is 0.

        >>> metric_named("gpm").value(numerator=30.0, denominator=2000.0)
        15.0
        """
        return self.scale * numerator / denominator if denominator else math.nan


METRICS: Final = (
    Metric(
        "gmv_per_user",
        "GMV per user",
        numerator="gmv",
        covariate="gmv_before",
        unit="money",
        meaning="Value of everything a user ordered after the first page, on a page or not, without returns.",
    ),
    Metric(
        "gpm",
        "GPM",
        numerator="page_gmv",
        denominator="impressions",
        unit="money",
        scale=1000.0,
        meaning="Value ordered from the shown products, without returns, per 1,000 products shown.",
    ),
    Metric(
        "orders_per_user",
        "Orders per user",
        numerator="orders",
        covariate="orders_before",
        meaning="Order lines of a user after the first page, on a page or not, of which a piece was kept.",
    ),
    Metric(
        "aov",
        "AOV",
        numerator="gmv",
        denominator="orders",
        unit="money",
        meaning="Average value of an order line, without returns.",
    ),
    Metric(
        "ctr",
        "CTR",
        numerator="page_clicks",
        denominator="impressions",
        unit="share",
        meaning="Shown products that were clicked.",
    ),
    Metric(
        "cvr",
        "CVR",
        numerator="page_orders",
        denominator="page_clicks",
        unit="share",
        meaning="Shown products that were ordered and kept, per product clicked.",
    ),
    Metric(
        "ipv_per_user",
        "IPV per user",
        numerator="clicks",
        covariate="clicks_before",
        meaning="Item page views: products that a user opened after the first page, wherever found.",
    ),
)


def metric_named(name: str) -> Metric:
    """Return the metric called `name`.

    Raises:
        AirloomError: There is none.
    """
    for metric in METRICS:
        if metric.name == name:
            return metric
    raise AirloomError(
        f"There is no metric {name!r}", do=f"Use one of: {', '.join(metric.name for metric in METRICS)}"
    )
