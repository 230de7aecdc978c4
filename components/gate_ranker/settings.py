"""What a new ranker must show: settings."""

from __future__ import annotations

from dataclasses import dataclass, field

from airloom.settings import formerly


@dataclass(frozen=True)
class GateSettings:
    """What a new ranker must show.

    Attributes:
        over: Rankers of the evaluation that it is compared with: `item_cf`, `popularity`, `sequence` or
            `air_without_intents`.
        min_lead: By how much it must be above them, in HR@10 and NDCG@10 of the lists that are served.
        significant: Whether the whole interval of the lead must lie above `min_lead`. Otherwise the whole
            interval must not lie below it: the first ten of a list depend on luck so much that equal
            rankers, and better ones, are often behind in the mean of some thousand orders.
        champion_loss: How much lower than the champion's recorded metrics its own may be, as a share of them.
    """

    over: tuple[str, ...] = ("item_cf", "popularity")
    min_lead: float = field(default=0.0, metadata=formerly("least_lead"))
    significant: bool = field(default=False, metadata=formerly("surely"))
    champion_loss: float = 0.1
