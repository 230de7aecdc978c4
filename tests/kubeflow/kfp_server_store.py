"""What the requests do to the stored resources, and the rules that KFP refuses them by."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from tests.kubeflow.kfp_server_body import checked_trigger, enabled_mode, integer
from tests.kubeflow.kfp_server_errors import ApiError, already_exists, internal, invalid, not_found
from tests.kubeflow.kfp_server_inputs import check_parameters, with_defaults
from tests.kubeflow.kfp_server_package import ParsedPackage, package_of_struct
from tests.kubeflow.kfp_server_state import (
    EPOCH,
    KfpExperiment,
    KfpRun,
    Pipeline,
    PipelineSource,
    PipelineVersion,
    RecurringRun,
)

Resource = TypeVar("Resource")

POD_NAMESPACE = "kubeflow"
SERVICE_ACCOUNT = "pipeline-runner"
DEFAULT_EXPERIMENT = "Default"
_STARTED = datetime(2026, 1, 1, tzinfo=UTC)
_MAX_NAME = {"Pipeline": 128, "PipelineVersion": 127}


class Store:
    """The resources by id, in the order they were made."""

    def __init__(self, *, multi_user: bool) -> None:
        self.multi_user = multi_user
        self.experiments: dict[str, KfpExperiment] = {}
        self.pipelines: dict[str, Pipeline] = {}
        self.versions: dict[str, PipelineVersion] = {}
        self.recurring_runs: dict[str, RecurringRun] = {}
        self.runs: dict[str, KfpRun] = {}
        self._ids = itertools.count(1)
        self._seconds = itertools.count(1)
        if not multi_user:
            self.create_experiment(
                display_name=DEFAULT_EXPERIMENT,
                description="All runs created without specifying an experiment will be grouped here.",
                namespace="",
            )

    def now(self) -> datetime:
        """One second later than the last time it was asked."""
        return _STARTED + timedelta(seconds=next(self._seconds))

    def namespace(self, requested: str) -> str:
        """The namespace that a request is about: none where the server has one user."""
        if not self.multi_user:
            return ""
        if not requested:
            raise invalid("a namespace is required in multi-user mode")
        return requested

    def create_experiment(self, *, display_name: str, description: str, namespace: str) -> KfpExperiment:
        """Make an experiment."""
        if not display_name:
            raise internal("Experiment must have a non-empty name")
        namespace = self.namespace(namespace)
        if any((e.display_name, e.namespace) == (display_name, namespace) for e in self.experiments.values()):
            message = f"Failed to create a new experiment. The name {display_name} already exists."
            raise already_exists(message)
        experiment = KfpExperiment(
            experiment_id=self._id(1),
            display_name=display_name,
            description=description,
            namespace=namespace,
            created_at=self.now(),
        )
        self.experiments[experiment.experiment_id] = experiment
        return experiment

    def create_pipeline(
        self, *, name: str, display_name: str, description: str, namespace: str, tags: Mapping[str, str]
    ) -> Pipeline:
        """Make a pipeline without versions."""
        if not name:
            raise invalid("pipeline's name cannot be empty")
        _check_length("Pipeline", name)
        namespace = self.namespace(namespace)
        if any((p.name, p.namespace) == (name, namespace) for p in self.pipelines.values()):
            message = f"Failed to create a new pipeline. The name {name} already exist. Specify a new name"
            raise already_exists(message)
        pipeline = Pipeline(
            pipeline_id=self._id(2),
            name=name,
            display_name=display_name or name,
            description=description,
            namespace=namespace,
            created_at=self.now(),
            tags=dict(tags),
        )
        self.pipelines[pipeline.pipeline_id] = pipeline
        return pipeline

    def create_version(
        self,
        pipeline_id: str,
        package: ParsedPackage,
        *,
        name: str,
        display_name: str,
        description: str,
        tags: Mapping[str, str],
    ) -> PipelineVersion:
        """Add a version to a pipeline."""
        _check_length("PipelineVersion", name)
        if pipeline_id not in self.pipelines:
            message = f"Failed to create a pipeline version: pipeline {pipeline_id!r} not found"
            raise invalid(message)
        if any(v.name == name for v in self.versions_of(pipeline_id)):
            message = (
                f"Failed to create a new pipeline version. The name {name} already exist. Specify a new name"
            )
            raise already_exists(message)
        version = PipelineVersion(
            pipeline_version_id=self._id(3),
            pipeline_id=pipeline_id,
            name=name,
            display_name=display_name or name,
            description=description,
            created_at=self.now(),
            tags=dict(tags),
            package=package,
        )
        self.versions[version.pipeline_version_id] = version
        return version

    def versions_of(self, pipeline_id: str) -> list[PipelineVersion]:
        """The versions of a pipeline, the oldest first."""
        return [version for version in self.versions.values() if version.pipeline_id == pipeline_id]

    def version(self, pipeline_id: str, version_id: str) -> PipelineVersion:
        """A version of a pipeline."""
        version = get_resource(self.versions, version_id, "PipelineVersion")
        if version.pipeline_id != pipeline_id:
            raise not_found("PipelineVersion", version_id)
        return version

    def delete_pipeline(self, pipeline_id: str, *, cascade: bool) -> None:
        """Delete a pipeline; one that has versions only by `cascade`."""
        get_resource(self.pipelines, pipeline_id, "Pipeline")
        versions = self.versions_of(pipeline_id)
        if versions and not cascade:
            message = (
                f"Failed to delete pipeline with id {pipeline_id} as it has existing pipeline versions "
                f"(e.g. {versions[-1].pipeline_version_id}). Set cascade=true to delete all versions"
            )
            raise invalid(message)
        for version in versions:
            del self.versions[version.pipeline_version_id]
        del self.pipelines[pipeline_id]

    def create_recurring_run(self, body: Mapping[str, Any]) -> RecurringRun:
        """Make a recurring run, checking in the order that KFP checks in."""
        display_name = body.get("display_name", "")
        if not display_name:
            raise internal("Recurring run's name cannot be empty")
        enabled = enabled_mode(body)
        max_concurrency = integer(body, "max_concurrency")
        if not 1 <= max_concurrency <= 10:
            message = (
                f"Max concurrency of a recurring run must be between 1 and 10. Received {max_concurrency}"
            )
            raise invalid(message)
        trigger = checked_trigger(body)
        experiment = self.experiment_of(body)
        source = self.source_of(
            body, problem="Failed to create a recurring run with an invalid pipeline spec"
        )
        config = body.get("runtime_config") or {}
        parameters = config.get("parameters") or {}
        if source.package is not None:
            check_parameters(source.package.pipeline_spec, parameters)
        now = self.now()
        recurring_run = RecurringRun(
            recurring_run_id=self._id(4),
            display_name=display_name,
            description=body.get("description", ""),
            experiment_id=experiment.experiment_id,
            namespace=experiment.namespace or POD_NAMESPACE,
            source=source,
            parameters=dict(parameters),
            pipeline_root=config.get("pipeline_root") or "",
            trigger=trigger,
            max_concurrency=max_concurrency,
            no_catchup=bool(body.get("no_catchup", False)),
            enabled=enabled,
            service_account=body.get("service_account") or SERVICE_ACCOUNT,
            created_at=now,
            updated_at=now,
        )
        self.recurring_runs[recurring_run.recurring_run_id] = recurring_run
        return recurring_run

    def set_enabled(self, recurring_run_id: str, *, enabled: bool) -> None:
        """Enable or disable a recurring run; doing it twice is no error."""
        recurring_run = get_resource(self.recurring_runs, recurring_run_id, "Job")
        self.recurring_runs[recurring_run_id] = replace(recurring_run, enabled=enabled, updated_at=self.now())

    def create_run(self, body: Mapping[str, Any]) -> KfpRun:
        """Make a run that somebody asked for."""
        if not body.get("display_name"):
            raise invalid("The run name is empty. Please specify a valid name")
        experiment = self.experiment_of(body)
        source = self.source_of(body, problem="Failed to create a run due to error fetching manifest")
        config = body.get("runtime_config") or {}
        return self._add_run(
            self._latest(source),
            given=config.get("parameters") or {},
            display_name=body["display_name"],
            description=body.get("description", ""),
            experiment_id=experiment.experiment_id,
            pipeline_root=config.get("pipeline_root") or "",
            recurring_run_id="",
            service_account=body.get("service_account") or SERVICE_ACCOUNT,
            state="PENDING",
        )

    def fire(self, recurring_run_id: str, *, state: str) -> KfpRun:
        """Start a run of a recurring run as the scheduled-workflow controller does when it is due."""
        recurring_run = get_resource(self.recurring_runs, recurring_run_id, "Job")
        mine = [run for run in self.runs.values() if run.recurring_run_id == recurring_run_id]
        if not recurring_run.enabled:
            message = f"recurring run {recurring_run_id} is disabled: the controller starts no run of it"
            raise RuntimeError(message)
        if sum(run.active for run in mine) >= recurring_run.max_concurrency:
            message = (
                f"recurring run {recurring_run_id} has {recurring_run.max_concurrency} active runs already"
            )
            raise RuntimeError(message)
        return self._add_run(
            self._latest(recurring_run.source),
            given=recurring_run.parameters,
            display_name=f"{recurring_run.display_name}-{len(mine) + 1}",
            description="",
            experiment_id=recurring_run.experiment_id,
            pipeline_root=recurring_run.pipeline_root,
            recurring_run_id=recurring_run_id,
            service_account=recurring_run.service_account,
            state=state,
        )

    def finish(self, run_id: str, *, state: str) -> KfpRun:
        """Put a run into a state; one that is not active any more has a time of finishing."""
        changed = replace(get_resource(self.runs, run_id, "Run"), state=state)
        run = changed if changed.active else replace(changed, finished_at=self.now())
        self.runs[run_id] = run
        return run

    def experiment_of(self, body: Mapping[str, Any]) -> KfpExperiment:
        """The experiment that a run names, or the default one."""
        experiment_id = body.get("experiment_id", "")
        if experiment_id:
            return get_resource(self.experiments, experiment_id, "Experiment")
        if self.multi_user:
            raise invalid("Experiment id can not be empty in multi-user mode")
        return next(e for e in self.experiments.values() if e.display_name == DEFAULT_EXPERIMENT)

    def source_of(self, body: Mapping[str, Any], *, problem: str) -> PipelineSource:
        """What a run executes. KFP answers 500, not 404 or 400, to one that it does not find or parse."""
        reference = body.get("pipeline_version_reference") or {}
        struct = body.get("pipeline_spec")
        pipeline_id = reference.get("pipeline_id", "")
        version_id = reference.get("pipeline_version_id", "")
        try:
            if version_id:
                version = get_resource(self.versions, version_id, "PipelineVersion")
                return PipelineSource(
                    package=version.package,
                    pipeline_id=version.pipeline_id,
                    pipeline_version_id=version_id,
                )
            if pipeline_id:
                get_resource(self.pipelines, pipeline_id, "Pipeline")
                return PipelineSource(package=None, pipeline_id=pipeline_id)
            return PipelineSource(package=package_of_struct(struct or {}), pipeline_spec=struct)
        except ApiError as error:
            message = f"{problem}: {error.message}"
            raise internal(message) from error

    def _latest(self, source: PipelineSource) -> PipelineSource:
        if source.package is not None:
            return source
        versions = self.versions_of(source.pipeline_id)
        if not versions:
            message = f"pipeline {source.pipeline_id} has no versions"
            raise internal(message)
        return replace(
            source, package=versions[-1].package, pipeline_version_id=versions[-1].pipeline_version_id
        )

    def _add_run(self, source: PipelineSource, *, given: Mapping[str, Any], **fields: Any) -> KfpRun:
        assert source.package is not None
        spec = source.package.pipeline_spec
        check_parameters(spec, given)
        now = self.now()
        run = KfpRun(
            run_id=self._id(5),
            source=source,
            given=dict(given),
            parameters=with_defaults(spec, given),
            created_at=now,
            scheduled_at=now,
            finished_at=EPOCH,
            **fields,
        )
        if not run.active:
            run = replace(run, finished_at=self.now())
        self.runs[run.run_id] = run
        experiment = self.experiments[run.experiment_id]
        self.experiments[run.experiment_id] = replace(experiment, last_run_created_at=now)
        return run

    def _id(self, kind: int) -> str:
        return f"{kind:08x}-0000-4000-8000-{next(self._ids):012x}"


def get_resource(resources: Mapping[str, Resource], identifier: str, kind: str) -> Resource:
    """The resource with an id.

    Raises:
        ApiError: 404: there is none.
    """
    if identifier not in resources:
        raise not_found(kind, identifier)
    return resources[identifier]


def _check_length(kind: str, name: str) -> None:
    if len(name) > _MAX_NAME[kind]:
        message = f"{kind}.Name length cannot exceed {_MAX_NAME[kind]}"
        raise invalid(message)
