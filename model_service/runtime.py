"""Loads what the settings name, once a process, into an engine that is warm."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache

import torch

from airloom.errors import AirloomError
from airloom.logs.lake import Lake
from airloom.ranking.snapshot import Snapshot
from model_service.engine import Engine, Loaded, ReadUser
from model_service.exposures import ExposureWriter
from model_service.models import load_rankers
from model_service.settings import ServiceSettings, read_experiment


class Runtime:
    """An engine and the exposure writer behind it.

    Raises:
        AirloomError: The experiment, the snapshot, a ranker or the feature store cannot be read.
    """

    def __init__(self, settings: ServiceSettings) -> None:
        torch.set_num_threads(1)  # one request is too small to share, and requests come side by side
        experiment = read_experiment(settings.experiment)
        lake = Lake(settings.lake)
        snapshot = current_snapshot(lake)
        rankers = load_rankers(experiment, snapshot, mlflow_uri=settings.mlflow_uri)
        read_user = open_users(settings)
        self.exposures = ExposureWriter(lake)
        try:
            self.engine = Engine(
                experiment=experiment,
                loaded=Loaded(snapshot, rankers),
                read_user=read_user,
                show=self.exposures,
            )
            self.engine.warm_up()
        except BaseException:
            self.exposures.stop()
            raise


@cache
def runtime(settings: ServiceSettings) -> Runtime:
    """The runtime for these settings; the same one for everyone in this process."""
    return Runtime(settings)


def current_snapshot(lake: Lake) -> Snapshot:
    """The snapshot that `snapshots/current.json` names.

    Raises:
        AirloomError: There is none, or it holds no product on sale.
    """
    current = lake.path("snapshots", "current.json")
    try:
        digest = str(json.loads(current.read_text(encoding="utf-8"))["digest"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AirloomError(
            f"{current} does not name a snapshot ({type(error).__name__}: {error})",
            do="Build one with: airloom run daily",
        ) from error
    snapshot = Snapshot.load(lake.path("snapshots", digest))
    if not len(snapshot.products):
        raise AirloomError(
            f"Snapshot {digest} holds no product on sale",
            do="Check published_at and retired_at of the products, then run: airloom run daily",
        )
    return snapshot


def open_users(settings: ServiceSettings) -> ReadUser:
    """The reader of users' events in the feature store's online half."""
    from feature_repo.online import read_user
    from feature_repo.store import open_store

    store = open_store(lake=settings.lake, config=settings.feature_store)

    def read(user_id: str) -> tuple[Sequence[str], Sequence[str], Sequence[int]]:
        return read_user(store, user_id)

    return read
