"""Whether a fine-tuned model may read requests: it must be shown to beat everything that costs less."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.evaluation.controls import BM25, EMBEDDING
from airloom.ranking.evaluation.intervals import Estimate, Resampling, mean_intervals

TUNED: Final = "fine-tuned model"
BASE: Final = "model before"
RULES: Final = "rules"
RIVALS: Final = (RULES, BASE, BM25, EMBEDDING)
"""What it must beat."""


class TuningGate(NamedTuple):
    """The model beside what it must beat, on requests that nothing was trained on.

    Attributes:
        leads: The model's NDCG@10 minus that of a rival, request by request.
        shown: Whether every interval is above 0.
    """

    leads: Mapping[str, Estimate]
    shown: bool

    def sentence(self) -> str:
        """Return what follows."""
        if self.shown:
            return "The model is shown to beat everything else: it may be served."
        behind = [name for name, lead in self.leads.items() if lead.low <= 0]
        return f"The model is not shown to beat {', '.join(behind)}: it stays out."


def tuning_gate(
    ndcg: Mapping[str, NDArray[np.float64]], groups: NDArray[np.int64], resampling: Resampling
) -> TuningGate:
    """Return whether the model is shown to beat its rivals.

    Args:
        ndcg: float64 [requests], by the name of an arm; `TUNED` and all `RIVALS` are among them.
        groups: int64 [requests], of requests that are resampled together.
        resampling: How intervals are computed.
    """
    leads = {name: mean_intervals([ndcg[TUNED] - ndcg[name]], groups, resampling)[0] for name in RIVALS}
    return TuningGate(leads, all(lead.low > 0 for lead in leads.values()))
