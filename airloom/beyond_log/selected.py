"""What the rules keep of a source's proposals, as a source again: controls can stand in its very place."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import numpy as np

from airloom.beyond_log.behavior_source import ALL_AGREE, BehaviorSource, Proposals
from airloom.beyond_log.selection import Selection
from airloom.ranking.history import UserHistory
from airloom.settings import as_dict


class SelectedBehaviors:
    """A `BehaviorSource`: the proposals of another one that pass the rules.

    Args:
        source: What proposes.
        selection: The rules, over the same snapshot.
    """

    def __init__(self, source: BehaviorSource, selection: Selection) -> None:
        rules = json.dumps(as_dict(selection.settings), sort_keys=True)
        self.name = source.name
        self.version = f"{source.version}-{hashlib.sha256(rules.encode()).hexdigest()[:8]}"
        self._source, self._selection = source, selection

    def propose(self, user_ids: Sequence[str], histories: Sequence[UserHistory], now: int) -> list[Proposals]:
        """Return what is kept for each user; see `BehaviorSource`."""
        proposals = self._source.propose(user_ids, histories, now)
        return [
            self._kept(proposed, history.before(now))
            for proposed, history in zip(proposals, histories, strict=True)
        ]

    def _kept(self, proposed: Proposals, history: UserHistory) -> Proposals:
        kept = self._selection.select(proposed, history)
        return Proposals(kept.products, kept.weights, np.full(len(kept.products), ALL_AGREE, np.int32))
