"""What to read out of the logs of an experiment, and how sure to be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from airloom.errors import AirloomError
from airloom.experiments.experiment import Experiment
from airloom.experiments.metrics import metric_named


@dataclass(frozen=True)
class AnalysisSettings:
    """The plan of an experiment's analysis, fixed before its data are seen.

    Attributes:
        experiment: What was compared.
        first_day: The first day whose pages count; left out, the day of the experiment's first page.
        confidence: Level of every interval, shared out evenly among the treatments.
        covariate_days: Days before the first day whose orders and clicks serve as covariates.
        primary: Name of the metric that decides.
        planned_user_days: Amount of data (sum over users of the days observed) at which the always-valid
            interval is tightest.
        cap_quantile: Quantile of the users who have any of a metric above which a user counts no more; 1 caps
            nothing.
        truth: The first treatment's true relative effect on the primary metric, if a simulation knows it.
    """

    experiment: Experiment
    first_day: date | None = None
    confidence: float = 0.95
    covariate_days: int = 14
    primary: str = "gmv_per_user"
    planned_user_days: int = 10_000
    cap_quantile: float = 0.99
    truth: float | None = None

    def __post_init__(self) -> None:
        metric_named(self.primary)
        if (
            not 0.5 <= self.confidence < 1
            or not 0.5 <= self.cap_quantile <= 1
            or self.covariate_days < 0
            or self.planned_user_days < 1
        ):
            raise AirloomError(
                f"Readout of {self.experiment.name}: confidence {self.confidence} is not in [0.5, 1), "
                f"cap_quantile {self.cap_quantile} is not in [0.5, 1], "
                f"covariate_days {self.covariate_days} is below 0, "
                f"or planned_user_days {self.planned_user_days} is below 1",
                do="Correct these settings; 0.95, 0.99, 14 and 10000 suit most experiments",
            )

    @property
    def alpha(self) -> float:
        """The probability with which an interval of one treatment may miss the true effect."""
        return (1 - self.confidence) / max(1, len(self.treatments))

    @property
    def treatments(self) -> tuple[str, ...]:
        """The variants that are compared with the control, in the experiment's order."""
        names = (variant.name for variant in self.experiment.variants)
        return tuple(name for name in names if name != self.experiment.control)
