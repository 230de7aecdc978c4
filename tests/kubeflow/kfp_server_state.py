"""What the double stores: one frozen dataclass per resource, with the JSON that the API shows of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.kubeflow.kfp_server_package import ParsedPackage

EPOCH = datetime.fromtimestamp(0, tz=UTC)


@dataclass(frozen=True, kw_only=True)
class KfpExperiment:
    """An experiment."""

    experiment_id: str
    display_name: str
    description: str
    namespace: str
    created_at: datetime
    last_run_created_at: datetime = EPOCH
    storage_state: str = "AVAILABLE"

    def to_json(self) -> dict[str, Any]:
        """V2beta1Experiment."""
        return {
            "experiment_id": self.experiment_id,
            "display_name": self.display_name,
            "description": self.description,
            "namespace": self.namespace,
            "created_at": _time(self.created_at),
            "last_run_created_at": _time(self.last_run_created_at),
            "storage_state": self.storage_state,
        }


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """A pipeline, which is a name that versions are kept under."""

    pipeline_id: str
    name: str
    display_name: str
    description: str
    namespace: str
    created_at: datetime
    tags: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """V2beta1Pipeline."""
        return {
            "pipeline_id": self.pipeline_id,
            "name": self.name,
            "display_name": self.display_name,
            "description": self.description,
            "namespace": self.namespace,
            "created_at": _time(self.created_at),
            "tags": dict(self.tags),
        }


@dataclass(frozen=True, kw_only=True)
class PipelineVersion:
    """An uploaded package."""

    pipeline_version_id: str
    pipeline_id: str
    name: str
    display_name: str
    description: str
    created_at: datetime
    tags: Mapping[str, str]
    package: ParsedPackage

    def to_json(self) -> dict[str, Any]:
        """V2beta1PipelineVersion."""
        return {
            "pipeline_id": self.pipeline_id,
            "pipeline_version_id": self.pipeline_version_id,
            "name": self.name,
            "display_name": self.display_name,
            "description": self.description,
            "created_at": _time(self.created_at),
            "tags": dict(self.tags),
            "pipeline_spec": self.package.to_json(),
        }


@dataclass(frozen=True, kw_only=True)
class PipelineSource:
    """What a run or a recurring run executes.

    Attributes:
        package: The parsed package, kept though its version is deleted; None for the latest version.
        pipeline_id: Of the referenced version; empty when the package was sent along.
        pipeline_version_id: Of the referenced version; empty for the latest version.
        pipeline_spec: The package as it was sent along; None when a version is referenced.
    """

    package: ParsedPackage | None
    pipeline_id: str = ""
    pipeline_version_id: str = ""
    pipeline_spec: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """The `pipeline_source` of a run."""
        if self.pipeline_spec is not None:
            return {"pipeline_spec": dict(self.pipeline_spec)}
        reference = {"pipeline_id": self.pipeline_id, "pipeline_version_id": self.pipeline_version_id}
        return {"pipeline_version_reference": populated(reference)}


@dataclass(frozen=True, kw_only=True)
class _Executing:
    """A run or a recurring run: both are listed by what they execute."""

    source: PipelineSource

    @property
    def pipeline_id(self) -> str:
        """Id of the pipeline of the referenced version."""
        return self.source.pipeline_id

    @property
    def pipeline_version_id(self) -> str:
        """Id of the referenced version."""
        return self.source.pipeline_version_id


@dataclass(frozen=True, kw_only=True)
class RecurringRun(_Executing):
    """A recurring run. Nothing of it but `enabled` changes after it is made.

    Attributes:
        parameters: As given, without the pipeline's defaults.
        trigger: As given: `cron_schedule` or `periodic_schedule`.
    """

    recurring_run_id: str
    display_name: str
    description: str
    experiment_id: str
    namespace: str
    parameters: Mapping[str, Any]
    pipeline_root: str
    trigger: Mapping[str, Any]
    max_concurrency: int
    no_catchup: bool
    enabled: bool
    service_account: str
    created_at: datetime
    updated_at: datetime

    @property
    def cron(self) -> str:
        """The cron expression; empty for a periodic schedule."""
        return str(self.trigger.get("cron_schedule", {}).get("cron", ""))

    @property
    def mode(self) -> str:
        """What was asked for."""
        return "ENABLE" if self.enabled else "DISABLE"

    @property
    def status(self) -> str:
        """What holds."""
        return "ENABLED" if self.enabled else "DISABLED"

    def to_json(self) -> dict[str, Any]:
        """V2beta1RecurringRun."""
        return {
            "recurring_run_id": self.recurring_run_id,
            "display_name": self.display_name,
            "description": self.description,
            "experiment_id": self.experiment_id,
            "namespace": self.namespace,
            **self.source.to_json(),
            "runtime_config": runtime_config(self.parameters, self.pipeline_root),
            "trigger": dict(self.trigger),
            "max_concurrency": str(self.max_concurrency),
            "no_catchup": self.no_catchup,
            "mode": self.mode,
            "status": self.status,
            "service_account": self.service_account,
            "created_at": _time(self.created_at),
            "updated_at": _time(self.updated_at),
        }


@dataclass(frozen=True, kw_only=True)
class KfpRun(_Executing):
    """A run.

    Attributes:
        given: The parameters it was started with.
        parameters: What its tasks read: the given ones and the pipeline's defaults.
        recurring_run_id: Of the recurring run that started it, or empty.
    """

    run_id: str
    display_name: str
    description: str
    experiment_id: str
    given: Mapping[str, Any]
    parameters: Mapping[str, Any]
    pipeline_root: str
    recurring_run_id: str
    service_account: str
    state: str
    created_at: datetime
    scheduled_at: datetime
    finished_at: datetime = EPOCH
    storage_state: str = "AVAILABLE"

    @property
    def active(self) -> bool:
        """Whether it counts against the concurrency of its recurring run."""
        return self.state in {"PENDING", "RUNNING", "CANCELING", "PAUSED"}

    def to_json(self) -> dict[str, Any]:
        """V2beta1Run."""
        return {
            "run_id": self.run_id,
            "display_name": self.display_name,
            "description": self.description,
            "experiment_id": self.experiment_id,
            "storage_state": self.storage_state,
            **self.source.to_json(),
            "runtime_config": runtime_config(self.given, self.pipeline_root),
            "service_account": self.service_account,
            "recurring_run_id": self.recurring_run_id,
            "state": self.state,
            "created_at": _time(self.created_at),
            "scheduled_at": _time(self.scheduled_at),
            "finished_at": _time(self.finished_at),
        }


def runtime_config(parameters: Mapping[str, Any], pipeline_root: str) -> dict[str, Any]:
    """V2beta1RuntimeConfig."""
    return populated({"parameters": dict(parameters), "pipeline_root": pipeline_root})


def populated(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Without the fields that KFP leaves out of its JSON: those that are empty, 0 or false."""
    return {name: value for name, value in fields.items() if value not in (None, "", 0, False, [], {})}


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
