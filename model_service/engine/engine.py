"""The engine, from a request to a page: variant, user, candidates, ranking, reasons, exposure."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from math import isnan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.currency import NO_RATES
from airloom.assistant.examples import ExampleRequest
from airloom.errors import AirloomError
from airloom.experiments.assignment import assign
from airloom.experiments.experiment import Experiment, Variant
from airloom.logs.contract import ASK
from airloom.logs.degradation import Degradation
from airloom.ranking.air import AirRanker
from airloom.ranking.candidates.generation import Candidates, CandidateSettings
from airloom.ranking.history import UserHistory
from airloom.ranking.ranker import Ranking
from airloom.ranking.reasons.reasons import PageExplainer
from airloom.ranking.snapshot import Snapshot
from airloom.timestamps import EpochSeconds, seconds_of
from model_service.api.ask import AskRequest, AskResponse
from model_service.api.explain import ExplainRequest, ExplainResponse
from model_service.api.rank import RankedItem, RankRequest, RankResponse, Reason
from model_service.engine.assistant import Assistant
from model_service.engine.assistant_model import AssistantModel
from model_service.engine.explanation import Explanation, explain_product
from model_service.engine.fallback_chain import FallbackChain, Ordering
from model_service.engine.loaded_release import LoadedRelease, tree_settings
from model_service.engine.reasons import UNEXPLAINED, to_api_reasons
from model_service.engine.stage_timer import StageTimer
from model_service.metrics import DEGRADED, PAGES
from model_service.outbox.exposure_log import PageImpression
from model_service.user_events.reader import UserEventReader

logger = logging.getLogger("airloom.service")

SMOKE_ITEMS: Final = 10
"""Products of a page of the smoke test."""
POPULAR_CANDIDATES: Final = 300
"""Products that are ranked where no candidates can be proposed."""
MAX_HISTORY_EVENTS: Final = 100
"""The newest events of a user that are used, as many as in training."""


class UnknownProductError(AirloomError):
    """The snapshot has no such product on sale."""


class UnknownVariantError(AirloomError):
    """The experiment has no such variant."""


class Engine:
    """Answers every valid request, with less if something is broken. Knows no web framework.

    Args:
        experiment: Which variants there are.
        state: The snapshot and the rankers.
        users: Reads a user's events.
        log_exposure: Logs a page that was shown; must return at once.
        assistant_model: Reads requests in words; None for rules only.
        exchange_rates: Of other currencies in requests, see `AssistantSettings`.

    Attributes:
        experiment: Which variants there are.
        snapshot: What is ranked.
    """

    def __init__(
        self,
        *,
        experiment: Experiment,
        state: LoadedRelease,
        users: UserEventReader,
        log_exposure: Callable[[PageImpression], None],
        assistant_model: AssistantModel | None = None,
        exchange_rates: Mapping[str, float] = NO_RATES,
    ) -> None:
        self.experiment = experiment
        self.snapshot: Snapshot = state.snapshot
        self._rankers = state.rankers
        tree = tree_settings(state.rankers.values())
        self._candidates = Candidates(state.snapshot, CandidateSettings(tree=tree))
        self._fallback_chain = FallbackChain(state.snapshot, self._candidates)
        self._explainer = PageExplainer(state.snapshot)
        self._assistant = Assistant(state.snapshot, assistant_model, exchange_rates)
        self._users = users
        self._log_exposure = log_exposure
        objects = state.snapshot.objects
        self._on_sale = objects.active & objects.is_product

    @cached_property
    def example_requests(self) -> list[ExampleRequest]:
        """Requests in words that show what an answer can hold, about products of the snapshot."""
        return self._assistant.example_requests()

    @property
    def versions(self) -> dict[str, str]:
        """The version of every variant's ranker, by the variant's name."""
        return {name: ranker.version for name, ranker in self._rankers.items()}

    def rank(self, request: RankRequest) -> RankResponse:
        """Order a page for one user.

        Raises:
            UnknownVariantError: The variant to preview does not exist.
        """
        variant = self._variant(request.user_id, request.preview_variant)
        at, now = _page_time(request.at)
        degraded: list[str] = []

        timer = StageTimer()
        history = self._history(request.user_id, now, variant, degraded)
        timer.end("user")
        rows = self._candidate_rows(request.candidates, history, now, degraded)
        timer.end("candidates")
        ordering = self._fallback_chain.order(
            self._rankers[variant.name], history=history, candidates=rows, now=now
        )
        degraded += ordering.failed
        best = np.argsort(-ordering.ranking.scores, kind="stable")[: request.k]
        timer.end("ranking")
        items = self._items(history, rows, ordering.ranking, best, degraded)
        timer.end("reasons")
        response = RankResponse(
            request_id=request.request_id or str(uuid.uuid4()),
            experiment=self.experiment.name,
            variant=variant.name,
            model_version=ordering.model_version,
            snapshot_digest=self.snapshot.digest,
            degraded=degraded,
            items=items,
        )
        if request.preview_variant is None:
            self._log_exposure(PageImpression(request.user_id, at, response))
        level = ordering.fallback_level
        PAGES.labels(variant.name, level, level).inc()
        for code in degraded:
            DEGRADED.labels(Degradation.parse(code)).inc()
        return response

    def ask(self, request: AskRequest) -> AskResponse:
        """Answer a request in words, from the products on sale.

        Raises:
            UnknownVariantError: The variant to preview does not exist.
        """
        user_id = request.user_id
        preview = request.preview_variant or (self.experiment.control if user_id is None else None)
        variant = self._variant(user_id or "", preview)
        at, now = _page_time(request.at)
        degraded: list[str] = []
        history = self._history(user_id, now, variant, degraded) if user_id else UserHistory.empty()
        ranker = self._rankers[variant.name]
        orderings: list[Ordering] = []

        def scores_of(rows: NDArray[np.int32]) -> NDArray[np.float32]:
            orderings.append(self._fallback_chain.order(ranker, history=history, candidates=rows, now=now))
            return orderings[-1].ranking.scores

        answered = self._assistant.answer(
            request,
            scores_of=scores_of,
            similarities=ranker.similarities if isinstance(ranker, AirRanker) else None,
            degraded=degraded,
        )
        degraded += orderings[-1].failed if orderings else []
        response = AskResponse(
            request_id=str(uuid.uuid4()),
            experiment=self.experiment.name,
            variant=variant.name,
            model_version=orderings[-1].model_version if orderings else ranker.version,
            snapshot_digest=self.snapshot.digest,
            degraded=degraded,
            **answered,
        )
        if user_id is not None and request.preview_variant is None:
            self._log_exposure(PageImpression(user_id, at, response, surface=ASK))
        for code in degraded:
            DEGRADED.labels(Degradation.parse(code)).inc()
        return response

    def explain(self, request: ExplainRequest) -> ExplainResponse:
        """Return why a product has its place on a page of one user, whatever orders it; nothing is logged.

        Raises:
            UnknownProductError: The product may not be shown.
            UnknownVariantError: The variant does not exist.
        """
        variant = self._variant(request.user_id, request.variant)
        row = self.snapshot.index.get(request.object_id, -1)
        if row < 0 or not self._on_sale[row]:
            raise UnknownProductError(
                f"{request.object_id!r} is no product of snapshot {self.snapshot.digest} that may be shown",
                do="Ask about a product that is published and not retired",
            )
        _, now = _page_time(request.at)
        degraded: list[str] = []
        history = self._history(request.user_id, now, variant, degraded)
        ranker = self._rankers[variant.name]
        ordering = self._fallback_chain.order(
            ranker, history=history, candidates=np.array([row], np.int32), now=now
        )
        degraded += ordering.failed
        try:
            explanation = explain_product(
                self.snapshot,
                ordering,
                self._explainer,
                ranker=ranker,
                history=history,
                row=row,
                now=now,
                tree=self._candidates.settings.tree,
            )
        except Exception:  # it may be what the caller wants to find out
            logger.exception("A product could not be explained")
            degraded.append(Degradation.EXPLANATION)
            explanation = Explanation()
        return ExplainResponse(
            variant=variant.name,
            model_version=ordering.model_version,
            snapshot_digest=self.snapshot.digest,
            degraded=degraded,
            object_id=request.object_id,
            title=self.snapshot.objects.titles[row],
            events=len(history.objects),
            **explanation._asdict(),
        )

    def smoke_page(
        self, variant: str, *, object_ids: list[str], actions: list[str], timestamps: list[int], now: int
    ) -> list[str]:
        """Return the best products for a made-up user, with all that a page does except the log.

        Args:
            variant: Name of a variant.
            object_ids: What their events were about.
            actions: What they did.
            timestamps: Seconds since 1970 UTC.
            now: The second for which the page is made.

        Raises:
            AirloomError: The variant's ranker fails, or gives every product the same score.
        """
        ranker = self._rankers[variant]
        history = self.snapshot.history(object_ids, actions, timestamps).before(now)
        rows = self._candidates.propose(history, now)
        ordering = self._fallback_chain.order(ranker, history=history, candidates=rows, now=now)
        scores = ordering.ranking.scores
        flat = isinstance(ranker, AirRanker) and len(rows) > 1 and bool(history) and np.ptp(scores) == 0
        if ordering.failed or flat:
            what = "gives every product the same score" if flat else "failed"
            raise AirloomError(
                f"The ranker {ranker.version} {what} on snapshot {self.snapshot.digest} in the smoke test",
                do="Look at the service's log; train it again with: airloom run training",
            )
        best = np.argsort(-scores, kind="stable")[:SMOKE_ITEMS]
        return [item.object_id for item in self._items(history, rows, ordering.ranking, best, [])]

    def _variant(self, user_id: str, name: str | None) -> Variant:
        if name is None:
            return assign(self.experiment, user_id)
        try:
            return self.experiment.variant(name)
        except AirloomError as error:
            raise UnknownVariantError(error.what, do=error.do) from error

    def _history(self, user_id: str, now: int, variant: Variant, degraded: list[str]) -> UserHistory:
        """Return a user's events, and what is inferred from them if the variant's ranker reads it."""
        history = self._events(user_id, now, degraded)
        ranker = self._rankers[variant.name]
        if not (isinstance(ranker, AirRanker) and ranker.settings.inputs.use_inferred):
            return history
        inferred = self._users.read_inferred(user_id)
        degraded += inferred.degraded
        return history._replace(inferred=self.snapshot.inferred(inferred.object_ids, inferred.weights))

    def _events(self, user_id: str, now: int, degraded: list[str]) -> UserHistory:
        events = self._users.read(user_id)
        degraded += events.degraded
        try:
            history = self.snapshot.history(events.object_ids, events.actions, events.timestamps)
            history = history.before(now).newest(MAX_HISTORY_EVENTS)
        except Exception as error:  # noqa: BLE001 - a damaged row of the store; popularity answers
            # the type only: the message and the traceback may hold the user's id
            logger.error("The user's events are damaged: %s", type(error).__name__)  # noqa: TRY400
            degraded.append(Degradation.USER_STORE)
            return UserHistory.empty()
        if not history and not events.degraded:
            degraded.append(Degradation.UNKNOWN_USER)
        return history

    def _candidate_rows(
        self, ids: list[str] | None, history: UserHistory, now: int, degraded: list[str]
    ) -> NDArray[np.int32]:
        """Return the rows of the given candidates that may be shown; of proposed ones if that leaves none."""
        if ids:
            index = self.snapshot.index
            rows = np.array([index.get(object_id, -1) for object_id in dict.fromkeys(ids)], np.int32)
            in_snapshot = rows[rows >= 0]
            if len(in_snapshot) < len(rows):
                degraded.append(Degradation.UNKNOWN_CANDIDATES.with_count(len(rows) - len(in_snapshot)))
            on_sale = in_snapshot[self._on_sale[in_snapshot]]
            if len(on_sale) < len(in_snapshot):
                count = len(in_snapshot) - len(on_sale)
                degraded.append(Degradation.UNAVAILABLE_CANDIDATES.with_count(count))
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
        objects = self.snapshot.objects
        shown = rows[best]
        columns = (shown.tolist(), objects.prices[shown].tolist(), ranking.scores[best].tolist())
        reasons = self._reasons(history, rows, ranking, best, degraded)
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
        self,
        history: UserHistory,
        rows: NDArray[np.int32],
        ranking: Ranking,
        best: NDArray[np.intp],
        degraded: list[str],
    ) -> list[Reason]:
        try:
            explained = self._explainer.explain(history, ranking, rows, best)
            return to_api_reasons(self.snapshot, history, rows[best].tolist(), explained)
        except Exception:  # a page without reasons is better than none
            logger.exception("The ranking could not be explained")
            degraded.append(Degradation.EXPLANATION)
            return [UNEXPLAINED for _ in best]


def _page_time(at: datetime | None) -> tuple[datetime, EpochSeconds]:
    """Return the time of a page, and the second (UTC) before which events count.

    Without `at`, events of the current second count too: the user's last event may be a few milliseconds old.
    """
    if at is not None:
        return at, seconds_of(at)
    now = datetime.now(UTC)
    return now, EpochSeconds(seconds_of(now) + 1)
