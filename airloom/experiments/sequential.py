"""Critical values of always-valid intervals: they hold however often the report is opened.

Asymptotic confidence sequences: Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas, "Time-uniform central limit
theory and asymptotic confidence sequences" (Annals of Statistics 52, 2024), theorem 2.2. The boundary is
Robbins' normal mixture: Howard, Ramdas, McAuliffe, Sekhon, "Time-uniform, nonparametric, nonasymptotic
confidence sequences" (Annals of Statistics 49, 2021), which also gives the choice of rho.
"""

from __future__ import annotations

import math


def critical_value(amount: float, *, alpha: float, tightest_at: float) -> float:
    """Return the factor of an always-valid interval, `estimate ± factor * error` (1.96 for a fixed date).

    With t the amount of data so far and rho chosen for t*,

        value(t) = sqrt((t rho^2 + 1) / (t rho^2) * log((t rho^2 + 1) / alpha^2))
        rho^2    = (-2 log(alpha) + log(1 - 2 log(alpha))) / t*

    which is theorem 2.2 with its half width divided by the standard error sigma / sqrt(t).

    Args:
        amount: Data so far. We count user-days: users who stay in an experiment go on to bring information.
        alpha: Chance that the interval ever, at any look, misses the true value.
        tightest_at: Amount at which the value is smallest; must not be chosen by looking at the data.
    """
    log_alpha = -2 * math.log(alpha)
    scaled = amount * (log_alpha + math.log1p(log_alpha)) / tightest_at
    return math.sqrt((scaled + 1) / scaled * (math.log1p(scaled) + log_alpha))
