"""The generated sections by name."""

from __future__ import annotations

from functools import cache
from typing import Final

from docs.generator.pages import Sections


@cache
def recipe_settings() -> str:
    """Return every setting of both pipelines."""
    from docs.generator.settings import settings_reference
    from pipelines.recipes import Recipe

    return settings_reference(Recipe, title="Recipe")


@cache
def benchmark_settings() -> str:
    """Return every setting of the benchmark's models."""
    from airloom.bench.model_factory import ModelSettings
    from docs.generator.settings import settings_reference

    return settings_reference(ModelSettings, title="Models of the benchmark")


@cache
def simulation_settings() -> str:
    """Return every setting of the sample world."""
    from airloom.simulation.settings import WorldSettings
    from docs.generator.settings import settings_reference

    return settings_reference(WorldSettings, title="Sample world")


@cache
def commands() -> str:
    """Return the commands of `airloom`."""
    from docs.generator.command_line import command_line_reference
    from pipelines.cli.main import app

    return command_line_reference(app, name="airloom")


@cache
def metrics() -> str:
    """Return the service's metrics."""
    import model_service.metrics
    from docs.generator.metrics import metrics_reference

    return metrics_reference(model_service.metrics)


@cache
def log_tables() -> str:
    """Return the tables that a platform delivers or the service writes."""
    from airloom.logs.contract import LOG_TABLES
    from docs.generator.lake_tables import tables_reference

    return tables_reference(LOG_TABLES)


@cache
def feature_tables() -> str:
    """Return the tables that Feast reads."""
    from docs.generator.lake_tables import tables_reference
    from feature_repo.tables import OBJECT_INTENTS, OBJECT_PROFILE, USER_TABLES

    return tables_reference((*USER_TABLES, OBJECT_PROFILE, OBJECT_INTENTS))


@cache
def degradation_codes() -> str:
    """Return the codes of `degraded`."""
    from docs.generator.degradation import degradation_reference

    return degradation_reference()


@cache
def causes() -> str:
    """Return the causes of reasons."""
    from docs.generator.causes import causes_reference

    return causes_reference()


@cache
def service_variables() -> str:
    """Return the variables and options of the service."""
    from docs.generator.models import environment_reference
    from model_service.settings import ServiceSettings

    return environment_reference(ServiceSettings)


@cache
def rank_request() -> str:
    """Return the fields of `POST /v1/rank`."""
    from docs.generator.models import model_reference
    from model_service.api.rank import RankRequest

    return model_reference(RankRequest)


@cache
def event_fields() -> str:
    """Return the fields of an event of `POST /v1/events`."""
    from docs.generator.models import model_reference
    from model_service.api.events import Event

    return model_reference(Event)


@cache
def explain_request() -> str:
    """Return the fields of `POST /v1/explain`."""
    from docs.generator.models import model_reference
    from model_service.api.explain import ExplainRequest

    return model_reference(ExplainRequest)


@cache
def ask_request() -> str:
    """Return the fields of `POST /v1/ask`."""
    from docs.generator.models import model_reference
    from model_service.api.ask import AskRequest

    return model_reference(AskRequest)


@cache
def error_form() -> str:
    """Return the fields of an error body."""
    from docs.generator.models import model_reference
    from model_service.api.errors import ErrorBody, ErrorDetail

    return f"{model_reference(ErrorBody)}\nEach entry of `detail`:\n\n{model_reference(ErrorDetail)}"


SECTIONS: Final[Sections] = {
    "recipe-settings": recipe_settings,
    "benchmark-settings": benchmark_settings,
    "simulation-settings": simulation_settings,
    "commands": commands,
    "metrics": metrics,
    "log-tables": log_tables,
    "feature-tables": feature_tables,
    "degradation-codes": degradation_codes,
    "causes": causes,
    "service-variables": service_variables,
    "rank-request": rank_request,
    "event-fields": event_fields,
    "explain-request": explain_request,
    "ask-request": ask_request,
    "error-form": error_form,
}
