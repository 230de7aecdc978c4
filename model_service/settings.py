"""The service's settings: option, environment variable and meaning of each, in one place."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote

from pydantic import AliasGenerator, Field, ValidationError
from pydantic.config import JsonDict
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from airloom.errors import AirloomError
from airloom.logs.lake import Lake
from airloom.settings import VARIABLE

PREFIX: Final = "AIRLOOM_"
KEEP_ALIVE_S: Final = 75
"""How long an idle connection stays open: longer than at common load balancers, which close at 60 seconds."""


def variable(name: str) -> str:
    """Return the environment variable of a setting.

    >>> variable("live_redis")
    'AIRLOOM_LIVE_REDIS'
    """
    return f"{PREFIX}{name.upper()}"


def _setting(meaning: str, *, metavar: str, required: bool = False) -> Any:
    extra: JsonDict = {"metavar": metavar}
    if required:
        return Field(description=meaning, json_schema_extra=extra)
    return Field(default=None, description=meaning, json_schema_extra=extra)


class StorageSettings(BaseSettings):
    """Where users' data is kept: from options, and else from the variables `AIRLOOM_<NAME>`."""

    model_config = SettingsConfigDict(
        alias_generator=AliasGenerator(validation_alias=variable),
        populate_by_name=True,
        case_sensitive=True,
        env_ignore_empty=True,
        frozen=True,
        extra="forbid",
        validate_default=False,
    )

    lake: str = _setting(
        "Root of the lake: the current snapshot is read there, exposures and events are written.",
        metavar="URI",
        required=True,
    )
    feature_store: str | None = _setting(
        "Another feature_store.yaml, for example with Redis. Left out: sqlite in the lake.", metavar="FILE"
    )
    live_redis: str | None = _setting(
        "The Redis that keeps live events, for example redis://:${REDIS_PASSWORD}@redis:6379/0; ${NAME} is "
        "read from the environment. Left out: this process keeps them.",
        metavar="URL",
    )
    journal: Path | None = _setting(
        "A folder of this machine for events on their way to the lake. Left out: journal in the lake, if "
        "that is on this machine.",
        metavar="FOLDER",
    )
    tokens: Path | None = _setting(
        "A file with the bearer tokens that may ask, one per line, of at least 16 characters. Left out: "
        "everybody who reaches the port may.",
        metavar="FILE",
    )

    def journal_folder(self, lake: Lake) -> Path:
        """Return where events wait for the lake.

        Raises:
            AirloomError: None is set, and the lake is not on this machine.
        """
        if self.journal is not None:
            return self.journal
        try:
            return lake.path("journal")
        except AirloomError as error:
            raise AirloomError(
                f"{lake.root} is not on this machine, and events must wait for it somewhere",
                do=f"Set {variable('journal')} to a folder of this machine that outlives the process",
            ) from error

    def live_redis_url(self, environment: Mapping[str, str] = os.environ) -> str | None:
        """Return the URL with its secrets, which are never kept.

        Raises:
            AirloomError: A variable in it is not set.
        """
        if self.live_redis is None:
            return None
        try:
            return VARIABLE.sub(lambda match: quote(environment[match[1]], safe=""), self.live_redis)
        except KeyError as error:
            raise AirloomError(
                f"{variable('live_redis')} needs the environment variable {error.args[0]}", do="Set it"
            ) from error


class ServiceSettings(StorageSettings):
    """Where the service finds what it needs: its data, the model registry and the experiment."""

    mlflow_uri: str = _setting(
        "Model registry, for example sqlite:///.airloom/mlflow/mlflow.db or http://mlflow:5000.",
        metavar="URI",
        required=True,
    )
    experiment: Path | None = _setting(
        "A YAML or JSON file with the experiment. Left out: everyone gets the champion.", metavar="FILE"
    )
    grpc: str | None = _setting(
        "Where gRPC is served too, for example 127.0.0.1:3001. Left out: only HTTP.", metavar="HOST:PORT"
    )
    keep_alive: int = Field(
        default=KEEP_ALIVE_S,
        ge=1,
        le=3600,
        description="How long an HTTP connection may wait for its next request, in seconds: longer than load "
        "balancers and clients keep theirs, or requests are lost. Left out: 75.",
        json_schema_extra={"metavar": "1-3600"},
    )
    assistant: Path | None = _setting(
        "A YAML or JSON file with the language model that reads requests in words, or with exchange rates. "
        "Left out: rules do, and no currency is converted.",
        metavar="FILE",
    )
    ask_page: bool = Field(
        default=False,
        description="Whether /ask shows a page to try the assistant. Left out: off.",
        json_schema_extra={"metavar": "on|off"},
    )
    log_requests: bool = Field(
        default=False,
        description="Whether the words of requests to /v1/ask are logged, without who asked. They may be "
        "personal data all the same. Left out: off.",
        json_schema_extra={"metavar": "on|off"},
    )


EXAMPLES: Final = {
    "lake": "AIRLOOM_LAKE to the lake's root",
    "mlflow_uri": "AIRLOOM_MLFLOW_URI to the model registry, for example sqlite:///.airloom/mlflow/mlflow.db",
}
"""How to set what is required, by setting."""

SettingsT = TypeVar("SettingsT", bound=StorageSettings)


def read_settings(options: Namespace | None = None) -> ServiceSettings:
    """Return the settings of the options that were given; the environment has the others.

    Args:
        options: Parsed by a parser that `add_options` extended.

    Raises:
        AirloomError: A setting that is required is neither an option nor a variable.
    """
    return _read(ServiceSettings, options)


def read_storage_settings(options: Namespace) -> StorageSettings:
    """Return only the settings of where users' data is kept; see `read_settings`.

    Raises:
        AirloomError: The lake is neither an option nor a variable.
    """
    return _read(StorageSettings, options)


def _read(kind: type[SettingsT], options: Namespace | None) -> SettingsT:
    given = {name: getattr(options, name, None) for name in kind.model_fields}
    try:
        return kind(**{name: value for name, value in given.items() if value})
    except ValidationError as error:
        fault = error.errors()[0]
        name = str(fault["loc"][0])  # by its alias, which is the variable
        if fault["type"] != "missing":
            field = kind.model_fields[name.removeprefix(PREFIX).lower()]
            raise AirloomError(
                f"{name} cannot be {fault['input']!r}", do=f"Write {metavar(field)}"
            ) from error
        examples = [text for field, text in EXAMPLES.items() if field in kind.model_fields]
        raise AirloomError(
            f"The environment variable {name} is not set", do=f"Set {' and '.join(examples)}"
        ) from error


def token_file(options: Namespace) -> Path | None:
    """Return the file of tokens, from the options or the environment; other settings may be missing."""
    file = options.tokens or os.environ.get(variable("tokens"))
    return Path(file) if file else None


def add_options(parser: ArgumentParser, *, kind: type[StorageSettings] = ServiceSettings) -> None:
    """Give a command an option for every setting of `kind`."""
    for name, field in kind.model_fields.items():
        required = "Required: this option or its variable. " if field.is_required() else ""
        parser.add_argument(
            option(name),
            metavar=metavar(field),
            dest=name,
            help=f"{(field.description or '').replace('%', '%%')} {required}[{variable(name)}]",
        )


def option(name: str) -> str:
    """Return the option of a setting.

    >>> option("live_redis")
    '--live-redis'
    """
    return f"--{name.replace('_', '-')}"


def metavar(field: FieldInfo) -> str:
    """Return what stands for the value of a setting in help."""
    extra = field.json_schema_extra
    return str(extra["metavar"]) if isinstance(extra, dict) else ""
