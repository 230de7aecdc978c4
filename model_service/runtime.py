"""The composition root: a runtime serves pages, ingests events and erases users, with the writers behind."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, NamedTuple

import torch
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # has no stubs

from airloom.assistant.assistant_settings import AssistantSettings, read_assistant_settings
from airloom.errors import AirloomError
from airloom.logs.contract import EXPOSURES
from airloom.logs.degradation import Degradation
from airloom.logs.erasure_requests import ErasureRequests
from airloom.logs.lake import Lake
from model_service.api.ask import AskRequest, AskResponse
from model_service.api.rank import RankRequest, RankResponse
from model_service.engine.assistant_model import AssistantModel
from model_service.engine.engine import Engine
from model_service.engine.request_log import RequestLog
from model_service.outbox.event_log import EventLog
from model_service.outbox.exposure_log import PAGE_RECORDS, ExposureLog
from model_service.outbox.journal import Journal
from model_service.outbox.page_ids import PageIds
from model_service.release.desired import (
    DesiredRelease,
    check_settings,
    load_release,
    read_desired_release,
)
from model_service.release.reloader import ReleaseReloader
from model_service.settings import ServiceSettings, StorageSettings
from model_service.tokens import Tokens
from model_service.user_events.erasure import UserErasure
from model_service.user_events.ingest import EventIngest, SharedEventIds
from model_service.user_events.reader import STORE_TIMEOUT_S, ReadHistory, ReadInferred, UserEventReader
from model_service.user_events.recent_events import MemoryRecentEvents, RecentEventStore
from model_service.user_events.thread_timeout import ThreadTimeout

logger = logging.getLogger("airloom.service")

WARMUP_USER: Final = "airloom-warm-up"
ERASURE_TIMEOUT_S: Final = 1.0
"""Seconds that an erasure waits for the online store; the daily run does the rest."""


class OnlineFeatures(NamedTuple):
    """The two calls of the service to the feature store's online half.

    Attributes:
        read_history: Reads a user's history.
        read_inferred: Reads a user's behaviors beyond the log.
        erase_user: Removes a user.
    """

    read_history: ReadHistory
    read_inferred: ReadInferred
    erase_user: Callable[[str], None]


class LiveEvents(NamedTuple):
    """What is kept of live events besides the log.

    Attributes:
        recent_events: What pages read.
        shared_ids: What other machines accepted; None without Redis.
    """

    recent_events: RecentEventStore
    shared_ids: SharedEventIds | None

    @property
    def erase_ids(self) -> list[Callable[[str], None]]:
        """What removes the ids of a user's events from there."""
        return [] if self.shared_ids is None else [self.shared_ids.erase]


class Runtime:
    """What serves, ingests and erases, with the writers behind it.

    A mistake in the settings is raised here. What may appear later, the snapshot and the models, is polled
    for by `reloader` once `start` is called; events are ingested and users erased without them.

    Attributes:
        settings: What it was made from.
        reloader: Holds the engine that makes pages, and exchanges it.
        ingest: Ingests events.
        erase: Erases users.
        tokens: Who may ask.
        asks_model: Whether requests in words go to a language model.

    Raises:
        AirloomError: The settings are wrong in a way that no waiting mends.
    """

    def __init__(self, settings: ServiceSettings) -> None:
        # one request is too small to share, and requests come side by side
        torch.set_num_threads(1)
        threadpool_limits(1)  # whoever imported numpy first, and whatever the environment said then
        check_settings(settings)
        self.settings = settings
        self.tokens = Tokens.read(settings.tokens)
        self._request_log = RequestLog(is_on=settings.log_requests)
        assistant = read_assistant_settings(settings.assistant) if settings.assistant else AssistantSettings()
        self.asks_model = assistant.has_model
        assistant_model = AssistantModel(assistant) if self.asks_model else None
        lake = Lake(settings.lake)
        online_features = open_feature_store(settings)
        live = open_live_events(settings)
        folder = settings.journal_folder(lake)
        self._page_ids = PageIds(folder)
        self._exposures = ExposureLog(
            Journal(
                lake,
                PAGE_RECORDS,
                folder / EXPOSURES.name,
                sync=False,
                before_removal=self._page_ids.drop_expired,
            )
        )
        self._events = EventLog(lake, folder)
        self._users = UserEventReader(
            online_features.read_history,
            live.recent_events,
            read_inferred=online_features.read_inferred,
        )
        self.ingest = EventIngest(self._events, live.recent_events, shared_ids=live.shared_ids)
        self.erase = UserErasure(
            erasures=ErasureRequests(lake),
            recent_events=live.recent_events,
            erase_online=online_features.erase_user,
            erase_ids=[self._events.forget, self._page_ids.forget, *live.erase_ids],
            land=[self._exposures.land, self._events.land],
        )

        def load(release: DesiredRelease) -> Engine:
            engine = Engine(
                experiment=release.experiment,
                state=load_release(release, lake=lake, mlflow_uri=settings.mlflow_uri),
                users=self._users,
                log_exposure=self._exposures.log_exposure,
                assistant_model=assistant_model,
                exchange_rates=assistant.exchange_rates,
            )
            gc.freeze()  # what was loaded stays: no collection need look at it while requests wait
            return engine

        def warm_up() -> None:
            _warm_up_feature_store(online_features.read_history)
            gc.collect()
            gc.freeze()  # a full collection over all that was loaded would stop requests for 100-200 ms

        self.reloader = ReleaseReloader(lambda: read_desired_release(settings), load, warm_up=warm_up)

    @property
    def ready(self) -> Future[None]:
        """Done as soon as pages can be made; once they can, they always can."""
        return self.reloader.ready

    def start(self) -> None:
        """Poll for what to serve, in a thread of its own."""
        self.reloader.start()

    def rank(self, request: RankRequest) -> RankResponse:
        """Return a page of the engine that serves now, or the one that was made for the request before.

        Raises:
            NotReadyError: Nothing serves yet.
            UnknownVariantError: The variant to preview does not exist.
            RequestIdUsedError: Another page has the request's id.
        """
        return self._page_ids.answer(request, self.reloader.engine.rank)

    def ask(self, request: AskRequest) -> AskResponse:
        """Return an answer of the engine that serves now.

        Raises:
            NotReadyError: Nothing serves yet.
            UnknownVariantError: The variant to preview does not exist.
        """
        response = self.reloader.engine.ask(request)
        self._request_log.write(request, response)
        return response

    def stop(self) -> None:
        """Stop polling, and write the exposures and events that wait."""
        self.reloader.stop()
        self._exposures.stop()
        self._events.stop()
        self._page_ids.close()


def _warm_up_feature_store(read_history: ReadHistory) -> None:
    """Read once without a timeout: the first read opens the store, for which a page would not wait.

    Called when the first release is loaded: the daily run that made its snapshot has filled the store.
    """
    try:
        read_history(WARMUP_USER)
    except Exception as error:  # noqa: BLE001 - pages are served without it, and it may come back
        logger.warning("The feature store does not answer yet: %s", type(error).__name__)


def open_live_events(settings: StorageSettings) -> LiveEvents:
    """Return where live events are kept: Redis if the settings name one, this process if not.

    Raises:
        AirloomError: The URL is not that of a Redis, or a variable in it is not set.
    """
    url = settings.live_redis_url()
    if url is None:
        return LiveEvents(MemoryRecentEvents(), None)
    from model_service.user_events.redis_event_ids import RedisEventIds
    from model_service.user_events.redis_recent_events import RedisRecentEvents, connect

    try:
        client = connect(url, timeout_s=STORE_TIMEOUT_S)
    except ValueError as error:
        raise AirloomError(
            f"AIRLOOM_LIVE_REDIS is not the URL of a Redis ({error})", do="Write redis://host:port/0"
        ) from error
    return LiveEvents(RedisRecentEvents(client), RedisEventIds(client))


def open_feature_store(settings: StorageSettings) -> OnlineFeatures:
    """Return the calls that read and remove what the feature store's online half has of a user."""
    from feature_repo.erasure import erase_online
    from feature_repo.online import InferredReader, UserHistoryReader
    from feature_repo.store import open_store

    store = open_store(lake=settings.lake, config=settings.feature_store)
    history = UserHistoryReader(store, timeout_s=STORE_TIMEOUT_S)
    inferred = InferredReader(store, timeout_s=STORE_TIMEOUT_S)
    if history.has_timeout:
        reads: tuple[ReadHistory, ReadInferred] = history, inferred
    else:
        threads = ThreadTimeout(STORE_TIMEOUT_S, name=Degradation.USER_STORE)
        reads = threads.wrap(history), threads.wrap(inferred)
    return OnlineFeatures(
        *reads,
        erase_user=lambda user_id: erase_online(store, [user_id], timeout_s=ERASURE_TIMEOUT_S),
    )
