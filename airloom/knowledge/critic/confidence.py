"""The confidence of a claim: independent signs, each of which leaves a doubt, joined by noisy-or."""

from __future__ import annotations

from typing import Final

PER_AGENT: Final = 0.5
"""How far the word of one agent is trusted."""
IN_THE_TEXTS: Final = 0.6
"""How far a value is trusted because the texts have all of its words."""
IF_DOUBTFUL: Final = 0.5
"""What is left of a confidence when the language model calls the claim doubtful."""


def confidence_of(*, agents: int, support: float) -> float:
    """Return 1 - (1 - PER_AGENT)^agents * (1 - IN_THE_TEXTS * support), below 1.

    One agent .50, and .80 with full support; two agents .75 and .90.

    Args:
        agents: That claim it, at least 1.
        support: Share of its words that the texts have, 0 to 1.
    """
    return 1.0 - (1.0 - PER_AGENT) ** agents * (1.0 - IN_THE_TEXTS * support)
