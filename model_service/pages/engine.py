"""From a request to a page: variant, user, candidates, ranking, reasons, exposure. Knows no web framework."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isnan

import numpy as np
from numpy.typing import NDArray

from airloom.errors import AirloomError
from airloom.experiments.assignment import assign
from airloom.experiments.experiment import Experiment, Variant
from airloom.logs.degradation import Degradation
from airloom.ranking.air import AirRanker
from airloom.ranking.candidates.generation import Candidates, CandidateSettings
from airloom.ranking.history import UserHistory
from airloom.ranking.ranker import Ranker, Ranking
from airloom.ranking.snapshot import Snapshot
from airloom.timestamps import EpochSeconds, seconds_of
from model_service.metrics import DEGRADED, PAGES
from model_service.outbox.exposures import Shown
from model_service.pages.explanation import Explained, ExplainRequest, ExplainResponse, explain_product
from model_service.pages.fallback import Ladder
from model_service.pages.reasons import explain
from model_service.pages.schema import RankedItem, RankRequest, RankResponse, Reason
from model_service.pages.stages import Stages
from model_service.served.models import tree_settings
from model_service.users.known import Users

logger = logging.getLogger("airloom.service")

GOLDEN_ITEMS = 10
"""Products of a rehearsed page."""
POPULAR_CANDIDATES = 300
"""So many are ranked where none can be proposed."""

MOST_EVENTS = 100
"""The newest events that are looked at; training looks at as many."""


class UnknownProductError(AirloomError):
    """The snapshot has no such product on sale."""


@dataclass(frozen=True)
class Loaded:
    """What is read once and served together.

    Attributes:
        snapshot: Nodes, products, paths, neighbours.
        rankers: The ranker of every variant, by the variant's name.
    """

    snapshot: Snapshot
    rankers: Mapping[str, Ranker]


class Engine:
    """Answers every valid request, with less if something is broken.

    Args:
        experiment: Which variants there are.
        loaded: The snapshot and the rankers.
        users: Reads a user's events.
        show: Takes what was shown, for the exposure log; must return at once.
    """

    def __init__(
        self,
        *,
        experiment: Experiment,
        loaded: Loaded,
        users: Users,
        show: Callable[[Shown], None],
    ) -> None:
        self._experiment = experiment
        self._rankers = loaded.rankers
        self._snapshot = loaded.snapshot
        tree = tree_settings(loaded.rankers.values())
        self._candidates = Candidates(loaded.snapshot, CandidateSettings(tree=tree))
        self._ladder = Ladder(loaded.snapshot, self._candidates)
        self._users = users
        self._show = show
        objects = loaded.snapshot.objects
        self._on_sale = objects.active & objects.is_product

    def rank(self, request: RankRequest) -> RankResponse:
        """Order a page for one user.

        Raises:
            AirloomError: The variant to preview does not exist.
        """
        variant = self._variant(request.user_id, request.preview_variant)
        at, now = _moment(request.at)
        degraded: list[str] = []

        stages = Stages()
        history = self._history(request.user_id, now, degraded)
        stages.end("user")
        rows = self._rows(request.candidates, history, now, degraded)
        stages.end("candidates")
        ordering = self._ladder.order(self._rankers[variant.name], history=history, candidates=rows, now=now)
        degraded += ordering.failed
        best = np.argsort(-ordering.ranking.scores, kind="stable")[: request.k]
        stages.end("ranking")
        items = self._items(history, rows, ordering.ranking, best, degraded)
        stages.end("reasons")
        response = RankResponse(
            request_id=request.request_id or str(uuid.uuid4()),
            experiment=self._experiment.name,
            variant=variant.name,
            model_version=ordering.model_version,
            snapshot_digest=self._snapshot.digest,
            degraded=degraded,
            items=items,
        )
        if request.preview_variant is None:
            self._show(Shown(request.user_id, at, response))
        PAGES.labels(variant.name, ordering.rung).inc()
        for what in degraded:
            DEGRADED.labels(Degradation.parse(what)).inc()
        return response

    def explain(self, request: ExplainRequest) -> ExplainResponse:
        """Everything that the ranker sees of one product for one user; nothing is logged.

        Raises:
            UnknownProductError: The product may not be shown.
            AirloomError: The variant does not exist.
        """
        variant = self._variant(request.user_id, request.variant)
        row = self._snapshot.index.get(request.object_id, -1)
        if row < 0 or not self._on_sale[row]:
            raise UnknownProductError(
                f"{request.object_id!r} is no product of snapshot {self._snapshot.digest} that may be shown",
                do="Ask about a product that is published and not retired",
            )
        _, now = _moment(request.at)
        degraded: list[str] = []
        history = self._history(request.user_id, now, degraded)
        ranker = self._rankers[variant.name]
        try:
            found = explain_product(
                self._snapshot, ranker, history=history, row=row, now=now, tree=self._candidates.settings.tree
            )
        except Exception:  # it may be what the caller wants to find out
            logger.exception("%s failed", ranker.version)
            degraded.append(Degradation.RANKER)
            found = Explained.nothing()
        return ExplainResponse(
            variant=variant.name,
            model_version=ranker.version,
            snapshot_digest=self._snapshot.digest,
            degraded=degraded,
            object_id=request.object_id,
            title=self._snapshot.objects.titles[row],
            events=len(history.objects),
            **dict(found),
        )

    def _variant(self, user_id: str, wanted: str | None) -> Variant:
        return assign(self._experiment, user_id) if wanted is None else self._experiment.variant(wanted)

    def rehearse(
        self, variant: str, *, object_ids: list[str], actions: list[str], timestamps: list[int], now: int
    ) -> list[str]:
        """The best products for somebody made up, with all that a page does but the log.

        Args:
            variant: Name of a variant.
            object_ids: What their events were about.
            actions: What they did.
            timestamps: Seconds since 1970 UTC.
            now: The moment of the page.

        Raises:
            AirloomError: The variant's ranker fails, or gives every product the same score.
        """
        ranker = self._rankers[variant]
        history = self._snapshot.history(object_ids, actions, timestamps).before(now)
        rows = self._candidates.propose(history, now)
        ordering = self._ladder.order(ranker, history=history, candidates=rows, now=now)
        scores = ordering.ranking.scores
        flat = isinstance(ranker, AirRanker) and len(rows) > 1 and bool(history) and np.ptp(scores) == 0
        if ordering.failed or flat:
            what = "gives every product the same score" if flat else "failed"
            raise AirloomError(
                f"The ranker {ranker.version} {what} on snapshot {self._snapshot.digest} during warm-up",
                do="Look at the service's log; train it again with: airloom run training",
            )
        best = np.argsort(-scores, kind="stable")[:GOLDEN_ITEMS]
        return [item.object_id for item in self._items(history, rows, ordering.ranking, best, [])]

    @property
    def snapshot(self) -> Snapshot:
        """What is ranked."""
        return self._snapshot

    @property
    def experiment(self) -> Experiment:
        """Which variants there are."""
        return self._experiment

    @property
    def versions(self) -> dict[str, str]:
        """The version of every variant's ranker, by the variant's name."""
        return {name: ranker.version for name, ranker in self._rankers.items()}

    def _history(self, user_id: str, now: int, degraded: list[str]) -> UserHistory:
        known = self._users.read(user_id)
        degraded += known.failed
        try:
            history = self._snapshot.history(known.object_ids, known.actions, known.timestamps)
            history = history.before(now).newest(MOST_EVENTS)
        except Exception as error:  # noqa: BLE001 - a damaged row of the store; popularity answers
            # the type alone: the message and the traceback may hold the user's id
            logger.error("The user's events are damaged: %s", type(error).__name__)  # noqa: TRY400
            degraded.append(Degradation.USER_STORE)
            return UserHistory.empty()
        if not history and not known.failed:
            degraded.append(Degradation.UNKNOWN_USER)
        return history

    def _rows(
        self, ids: list[str] | None, history: UserHistory, now: int, degraded: list[str]
    ) -> NDArray[np.int32]:
        """The rows of the given candidates that can be shown; of proposed ones if that leaves none."""
        if ids:
            index = self._snapshot.index
            wanted = [index.get(object_id, -1) for object_id in dict.fromkeys(ids)]
            rows = np.array(wanted, np.int32)
            known = rows[rows >= 0]
            if len(known) < len(rows):
                degraded.append(Degradation.UNKNOWN_CANDIDATES.with_count(len(rows) - len(known)))
            on_sale = known[self._on_sale[known]]
            if len(on_sale) < len(known):
                degraded.append(Degradation.UNAVAILABLE_CANDIDATES.with_count(len(known) - len(on_sale)))
            if len(on_sale):
                return on_sale
        try:
            return self._candidates.propose(history, now)
        except Exception:  # whatever it is, popular products can be shown
            logger.exception("No candidates could be proposed")
            degraded.append(Degradation.CANDIDATES)
            return self._candidates.popular[:POPULAR_CANDIDATES]

    def _items(
        self,
        history: UserHistory,
        rows: NDArray[np.int32],
        ranking: Ranking,
        best: NDArray[np.intp],
        degraded: list[str],
    ) -> list[RankedItem]:
        objects = self._snapshot.objects
        shown = rows[best]
        columns = (shown.tolist(), objects.prices[shown].tolist(), ranking.scores[best].tolist())
        reasons = self._reasons(history, ranking, best, degraded)
        return [
            RankedItem(
                object_id=objects.ids[row],
                title=objects.titles[row],
                price=None if isnan(price) else round(price, 4),
                score=score,
                position=position,
                reason=reason,
            )
            for position, (row, price, score, reason) in enumerate(
                zip(*columns, reasons, strict=True), start=1
            )
        ]

    def _reasons(
        self, history: UserHistory, ranking: Ranking, best: NDArray[np.intp], degraded: list[str]
    ) -> list[Reason]:
        try:
            return explain(self._snapshot, history, ranking, best)
        except Exception:  # a page without reasons is better than none
            logger.exception("The ranking could not be explained")
            degraded.append(Degradation.EXPLANATION)
            return [Reason(chain=[], events=[]) for _ in best]


def _moment(at: datetime | None) -> tuple[datetime, EpochSeconds]:
    """The moment of a page, and the second (UTC) before which events count.

    A page for now sees what happened in this very second: the user's last event may be a moment old.
    """
    if at is not None:
        return at, seconds_of(at)
    now = datetime.now(UTC)
    return now, EpochSeconds(seconds_of(now) + 1)
