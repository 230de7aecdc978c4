"""What a run inferred, in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class InferredDay(NamedTuple):
    """What a run inferred.

    Attributes:
        users: Users whose behaviors were inferred.
        behaviors: Behaviors that were kept for them.
        proposed: Proposals before any rule.
        rejected: How many of them each rule rejected.
        withdrawn: Rows that were removed, as the histories no longer support them.
    """

    users: int = 0
    behaviors: int = 0
    proposed: int = 0
    rejected: Mapping[str, int] = MappingProxyType({})
    withdrawn: int = 0
