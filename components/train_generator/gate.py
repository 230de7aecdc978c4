"""The gate: is what a generator infers personal, and more than what is popular?"""

from __future__ import annotations

from typing import Final, NamedTuple

from airloom.beyond_log.controls import AnotherUsers, ItemCfBehaviors, PopularityMatchedRandom
from airloom.beyond_log.recall import RecallMeasurement

MUST_BEAT: Final = (PopularityMatchedRandom.name, AnotherUsers.name)
"""The comparison with item-CF decides nothing here: what the ranker's stack weighs the behaviors does."""


class GeneratorDecision(NamedTuple):
    """Whether the generator passed, and sentences that say why or why not."""

    passed: bool
    reason: str


def judge(measurement: RecallMeasurement) -> GeneratorDecision:
    """Return whether the whole interval of the lead over each of `MUST_BEAT` lies above zero."""
    failed = [name for name in MUST_BEAT if not measurement.lead[name].low > 0]
    leads = {
        name: f"{lead.mean:+.4f} [{lead.low:+.4f}, {lead.high:+.4f}]"
        for name, lead in measurement.lead.items()
    }
    compared = ", ".join(f"{leads[name]} to {name}" for name in MUST_BEAT)
    verdict = "is not shown to be above " + ", ".join(failed) if failed else "passes"
    return GeneratorDecision(
        passed=not failed,
        reason=(
            f"The generator {verdict}: its recall of {measurement.cases} new products of "
            f"{measurement.users} users differs by {compared}. To {ItemCfBehaviors.name}: "
            f"{leads[ItemCfBehaviors.name]}, which the ranker judges by the weight that it gives the part."
        ),
    )
