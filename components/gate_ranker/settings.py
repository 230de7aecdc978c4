"""What a new ranker must show: settings."""

from __future__ import annotations

from dataclasses import dataclass, field

from airloom.settings import formerly


@dataclass(frozen=True)
class GateSettings:
    """What a new ranker must show.

    Attributes:
        over: Rankers of the evaluation that it must beat: `item_cf`, `popularity`, `sequence` or
            `air_without_intents`.
        min_lead: By how much at least, in HR@10 and NDCG@10.
        significant: Whether the whole interval of the lead must lie above, not only its mean.
        champion_loss: How much lower than the champion's recorded metrics its own may be, as a share of them.
    """

    over: tuple[str, ...] = ("item_cf", "popularity")
    min_lead: float = field(default=0.0, metadata=formerly("least_lead"))
    significant: bool = field(default=False, metadata=formerly("surely"))
    champion_loss: float = 0.1
