"""Opens the feature store of a lake and registers what this folder defines."""

from __future__ import annotations

import os
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError

from airloom.errors import AirloomError
from airloom.logs.lake import Lake
from airloom.settings import VARIABLE
from airloom.telemetry import switch_off

switch_off()

from feast import FeatureStore  # noqa: E402 - telemetry is off before the import
from feast.errors import FeatureViewNotFoundException  # noqa: E402
from feast.repo_config import RepoConfig  # noqa: E402

from feature_repo.services import feast_objects  # noqa: E402
from feature_repo.sources import source  # noqa: E402
from feature_repo.tables import USER_HISTORY, view_name  # noqa: E402

# importing Feast turns these on for the whole process; they are for developers of the libraries
warnings.simplefilter("ignore", DeprecationWarning)

LOCAL: Final = Path(__file__).with_name("feature_store.yaml")


def open_store(*, lake: str, config: str | None = None) -> FeatureStore:
    """Return the feature store over the tables of `lake`.

    Args:
        lake: Root of the lake; the file's `${AIRLOOM_LAKE}`.
        config: Another feature_store.yaml, for example with Redis and a SQL registry. Its `${NAME}` are taken
            from the environment.

    Raises:
        AirloomError: The file is missing or not valid, or a variable is not set.
    """
    path = Path(config) if config else LOCAL
    values = os.environ | {"AIRLOOM_LAKE": Lake(lake).root}
    try:
        text = VARIABLE.sub(lambda match: values[match[1]], path.read_text(encoding="utf-8"))
        return FeatureStore(config=RepoConfig(**_mapping(text)))
    except KeyError as error:
        raise AirloomError(
            f"{path} needs the environment variable {error.args[0]}", do="Set it, or write its value there"
        ) from error
    except (OSError, yaml.YAMLError, ValidationError, TypeError) as error:
        raise AirloomError(
            f"{path} is not a readable Feast configuration ({error})",
            do=f"Correct it; {LOCAL} is an example",
        ) from error


def apply(store: FeatureStore, *, lake: str) -> None:
    """Register entities, views and services; doing it again changes nothing."""
    store.apply(feast_objects(lake))


def apply_if_moved(store: FeatureStore, *, lake: str) -> None:
    """Register again if the registered sources are those of another lake: then this one is a copy.

    Feast keeps whole paths. Nothing happens where nothing was registered.
    """
    with suppress(FeatureViewNotFoundException):
        registered = store.get_feature_view(view_name(USER_HISTORY)).batch_source
        if registered.path != source(USER_HISTORY, lake).path:
            apply(store, lake=lake)


def _mapping(text: str) -> dict[str, Any]:
    content = yaml.safe_load(text)
    if not isinstance(content, dict):
        raise TypeError("a mapping is expected")
    return content
