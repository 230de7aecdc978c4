"""Puts together what the settings name, once a process, and looks for what to serve."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from concurrent.futures import Future
from functools import cache

import torch
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # has no stubs

from airloom.errors import AirloomError
from airloom.logs.contract import EVENTS, EXPOSURES
from airloom.logs.degradation import Degradation
from airloom.logs.erasure_requests import ErasureRequests
from airloom.logs.lake import Lake
from model_service.events.event import EVENT_LINES
from model_service.events.intake import Intake
from model_service.outbox.exposures import PAGE_LINES, ExposureWriter
from model_service.outbox.journal import Journal
from model_service.pages.engine import Engine, Loaded
from model_service.pages.schema import RankRequest, RankResponse
from model_service.served.models import load_rankers
from model_service.served.swap import Swap
from model_service.served.wanted import Wanted, check_settings, load_snapshot, wanted
from model_service.settings import LIVE_REDIS, ServiceSettings
from model_service.users.forget import Forget
from model_service.users.known import ReadHistory, Users
from model_service.users.tails import PATIENCE, MemoryTails, Tails
from model_service.users.time_limit import TimeLimit
from model_service.web.tokens import Tokens

logger = logging.getLogger("airloom.service")

NOBODY = "airloom-warm-up"
FORGET_PATIENCE = 1.0
"""Seconds that a request to forget somebody waits for the online store; the daily run does the rest."""


class Runtime:
    """What serves and takes events, with the writers behind it.

    Attributes:
        swap: Holds the engine that makes pages, and exchanges it.
        intake: Takes events.
        forget: Forgets users.
        tokens: Who may ask.

    What is a mistake in the settings is raised here. What may come with time, the snapshot and the models, is
    looked for by `swap` once `start` is called; events are taken and users forgotten without them.

    Raises:
        AirloomError: The settings are wrong in a way that no waiting mends.
    """

    def __init__(self, settings: ServiceSettings) -> None:
        # one request is too small to share, and requests come side by side
        torch.set_num_threads(1)
        threadpool_limits(1)  # whoever imported numpy first, and whatever the environment said then
        check_settings(settings)
        self.tokens = Tokens.read(settings.tokens)
        lake = Lake(settings.lake)
        (read_history, forget_online), tails = open_histories(settings), open_tails(settings)
        folder = settings.journal_folder(lake)
        self._exposures = ExposureWriter(Journal(lake, PAGE_LINES, folder / EXPOSURES.name, sync=False))
        self._journal = Journal(lake, EVENT_LINES, folder / EVENTS.name)
        self._users = Users(read_history, tails)
        self.intake = Intake(self._journal, tails)
        self.forget = Forget(
            erasures=ErasureRequests(lake),
            tails=tails,
            forget_online=forget_online,
            land=[self._exposures.land, self._journal.land],
        )

        def load(found: Wanted) -> Engine:
            snapshot = load_snapshot(lake, found.snapshot)
            rankers = load_rankers(
                found.experiment, dict(found.models), snapshot, mlflow_uri=settings.mlflow_uri
            )
            engine = Engine(
                experiment=found.experiment,
                loaded=Loaded(snapshot, rankers),
                users=self._users,
                show=self._exposures,
            )
            gc.freeze()  # what was loaded stays: no collection need look at it while requests wait
            return engine

        def settle() -> None:
            _warm_up(read_history)  # not before: the daily run that made the snapshot also filled the store
            gc.collect()
            gc.freeze()  # a full collection over all that was loaded would stop requests for 100-200 ms

        self.swap = Swap(lambda: wanted(settings), load, settle=settle)

    @property
    def ready(self) -> Future[None]:
        """Done as soon as pages can be made; once they can, they always can."""
        return self.swap.ready

    def start(self) -> None:
        """Look for what to serve, in a thread of its own."""
        self.swap.start()

    def rank(self, request: RankRequest) -> RankResponse:
        """A page, by the engine that serves now; see `Engine.rank`.

        Raises:
            NotReadyError: Nothing serves yet.
            AirloomError: The variant to preview does not exist.
        """
        return self.swap.engine.rank(request)

    def stop(self) -> None:
        """Look for nothing new, and write the exposures and events that wait."""
        self.swap.stop()
        self._exposures.stop()
        self._journal.stop()


def _warm_up(read_history: ReadHistory) -> None:
    """Read once without a limit: the first read opens the store, and a page would not wait for that."""
    try:
        read_history(NOBODY)
    except Exception as error:  # noqa: BLE001 - pages are served without it, and it may come back
        logger.warning("The feature store does not answer yet: %s", type(error).__name__)


@cache
def runtime(settings: ServiceSettings) -> Runtime:
    """The runtime for these settings; the same one for everyone in this process."""
    return Runtime(settings)


def open_tails(settings: ServiceSettings) -> Tails:
    """Where live events are kept: Redis if the settings name one, this process if not.

    Raises:
        AirloomError: The URL is not that of a Redis, or a variable in it is not set.
    """
    url = settings.live_redis_url()
    if url is None:
        return MemoryTails()
    from model_service.users.redis_tails import RedisTails, connect

    try:
        return RedisTails(connect(url))
    except ValueError as error:
        raise AirloomError(
            f"{LIVE_REDIS} is not the URL of a Redis ({error})", do="Write redis://host:port/0"
        ) from error


def open_histories(settings: ServiceSettings) -> tuple[ReadHistory, Callable[[str], None]]:
    """What reads users' events in the feature store's online half, and what removes them there."""
    from feature_repo.forget import forget_online
    from feature_repo.online import UserReader
    from feature_repo.store import open_store

    store = open_store(lake=settings.lake, config=settings.feature_store)
    read = UserReader(store, patience=PATIENCE)
    limited = read if read.impatient else TimeLimit(PATIENCE, name=Degradation.USER_STORE).around(read)
    return limited, lambda user_id: forget_online(store, [user_id], patience=FORGET_PATIENCE)
