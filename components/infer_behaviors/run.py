"""What the step does: infer, or remove what was inferred; heavy packages are imported where they are used."""

from __future__ import annotations

from datetime import date
from typing import Final

from airloom.logs.lake import Lake
from components.infer_behaviors.counts import InferredDay
from components.train_generator.settings import BeyondLogSettings
from feature_repo.tables import INFERRED_BEHAVIORS

SNAPSHOTS: Final = "snapshots"


def infer_or_remove(
    root: str,
    *,
    day: date,
    config: str | None,
    snapshot: str,
    settings: BeyondLogSettings,
    mlflow_uri: str,
) -> InferredDay:
    """Infer with the champion generator; if that is not enabled, or there is none, remove what is left.

    Args:
        root: Root of the lake.
        day: The day of the run.
        config: Another feature_store.yaml than that of the lake.
        snapshot: Digest of the snapshot of the end of `day`.
        settings: Whether, and how.
        mlflow_uri: The registry.
    """
    lake = Lake(root)
    if not settings.enabled and not lake.days(INFERRED_BEHAVIORS):
        print("Behaviors beyond the log are not enabled")
        return InferredDay()
    from airloom.ranking.snapshot import Snapshot
    from components.infer_behaviors.champion import champion_generator
    from components.infer_behaviors.infer import infer_day, remove_all
    from feature_repo.store import open_store

    store = open_store(lake=root, config=config)
    generator = champion_generator(mlflow_uri, settings.model_name) if settings.enabled else None
    if generator is None:
        print("No generator is the champion" if settings.enabled else "Behaviors beyond the log are off")
        remove_all(store, lake)
        return InferredDay()
    return infer_day(
        store,
        lake,
        day=day,
        snapshot=Snapshot.load(lake.path(SNAPSHOTS, snapshot)),
        generator=generator,
        settings=settings,
    )
