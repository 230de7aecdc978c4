"""Deployment of pipelines and recurring runs to a Kubeflow Pipelines server; repeating it changes nothing.

A pipeline's versions are named by the digest of their package. A recurring run cannot be changed there: when
anything of it changes, a new one is made and then the former disabled, so that its history stays and no night
is missed. Equal ones are left alone. A disabled one is never enabled again: Kubeflow would at once start the
last run that it missed.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final

from airloom.errors import AirloomError, one_line
from airloom.settings import flat
from pipelines.kubeflow.scheduled import SCHEDULES, ScheduledPipeline

EXPERIMENT: Final = "airloom"
"""The Kubeflow experiment under which the runs are listed."""
ACTIVE_STATES: Final = ("PENDING", "RUNNING", "PAUSED", "CANCELING")
"""States of a run that has not ended."""
MAX_VALUE_CHARACTERS: Final = 100
MAX_DIFFERENCES: Final = 20
PAGE_SIZE: Final = 100


def deploy(
    client: Any,
    pipelines: Sequence[ScheduledPipeline],
    *,
    namespace: str = "",
    dry_run: bool = False,
    prune: bool = False,
) -> Iterator[str]:
    """Upload `pipelines`, create or enable their recurring runs, and report every change.

    Args:
        client: A `kfp.Client`.
        pipelines: What the server is to have.
        namespace: The profile's namespace where Kubeflow serves many users.
        dry_run: Only say what would be done.
        prune: Also delete the disabled recurring runs of these pipelines, except one with a run in progress,
            which would end with it. The records of finished runs stay.

    Yields:
        One line for each thing that is done, or was right already.
    """
    experiment_id = _experiment_id(client, namespace, create=not dry_run)
    for pipeline in pipelines:
        yield from _Deployment(client, pipeline, experiment_id, namespace, dry_run=dry_run).lines(prune=prune)


def start_run(client: Any, name: str, *, day: str = "", namespace: str = "") -> tuple[str, str]:
    """Start one run of a scheduled pipeline, with its schedule's version and parameters.

    Args:
        client: A `kfp.Client`.
        name: Of the pipeline.
        day: An ISO date; empty lets the run resolve it.
        namespace: The profile's namespace where Kubeflow serves many users.

    Returns:
        Kubeflow's id of the run, and the name of the version that it runs.

    Raises:
        AirloomError: There is no such pipeline, or it has no schedule on this server.
    """
    if name not in SCHEDULES:
        raise AirloomError(f"There is no pipeline {name}", do=f"Choose one of: {', '.join(SCHEDULES)}")
    experiment_id = _experiment_id(client, namespace, create=False)
    runs = [run for run in _recurring_runs(client, experiment_id, name) if run.pipeline_version_reference]
    if not runs:
        raise AirloomError(
            f"{name} has no schedule in the experiment {EXPERIMENT} of {namespace or 'this server'}",
            do="Run airloom deploy pipelines first",
        )
    scheduled = next((run for run in runs if run.status == "ENABLED"), runs[0])
    version = scheduled.pipeline_version_reference
    started = client.run_pipeline(
        experiment_id=experiment_id,
        job_name=f"{name} {day}".strip(),
        pipeline_id=version.pipeline_id,
        version_id=version.pipeline_version_id,
        params=_parameters(scheduled) | ({"day": day} if day else {}),
    )
    running = client.get_pipeline_version(version.pipeline_id, version.pipeline_version_id)
    return str(started.run_id), str(running.display_name)


class _Deployment:
    """One pipeline on one server."""

    def __init__(
        self, client: Any, pipeline: ScheduledPipeline, experiment_id: str, namespace: str, *, dry_run: bool
    ) -> None:
        self._client, self._pipeline, self._experiment_id = client, pipeline, experiment_id
        self._namespace, self._dry_run = namespace, dry_run
        self._modal = "would be " if dry_run else ""

    def lines(self, *, prune: bool) -> Iterator[str]:
        name = self._pipeline.name
        version_id = self._version_id()
        if version_id is None:
            version_id = self._upload()
            yield f"{name}: version {self._pipeline.version} {self._modal}uploaded"
        runs = _recurring_runs(self._client, self._experiment_id, name)
        enabled = [run for run in runs if run.status == "ENABLED"]
        equal = [run for run in (enabled or runs) if not self._differences(run, version_id)]
        kept = equal[0] if equal else None
        yield from self._keep_or_create(kept, runs, enabled, version_id)
        former = [run for run in enabled if run is not kept]
        for run in former:
            self._do(self._client.disable_recurring_run, run.recurring_run_id)
            yield f"{name}: former recurring run {run.recurring_run_id} {self._modal}disabled"
        if former and not self._dry_run:
            yield from self._repair(version_id)
        if prune:
            yield from self._delete([run for run in runs if run is not kept])

    def _keep_or_create(
        self, kept: Any, runs: Sequence[Any], enabled: Sequence[Any], version_id: str
    ) -> Iterator[str]:
        """Keep or enable an equal recurring run, or create one; what a person disabled stays disabled."""
        name, paused = self._pipeline.name, bool(runs) and not enabled
        if kept is None:
            if runs:
                before = (enabled or runs)[0]
                yield from (f"{name}: {line}" for line in self._differences(before, version_id))
            self._do(self._create, version_id, enabled=not paused)
            yield f"{name}: recurring run ({self._pipeline.cron} UTC) {self._modal}created"
        elif enabled:
            yield f"{name}: recurring run {kept.recurring_run_id} is up to date"
        if paused:
            yield f"{name}: its schedule was disabled by hand and stays so; enable it in Kubeflow"

    def _repair(self, version_id: str) -> Iterator[str]:
        """Create the schedule again if a concurrent deployment disabled ours as a former one."""
        name = self._pipeline.name
        runs = _recurring_runs(self._client, self._experiment_id, name)
        if not any(run.status == "ENABLED" for run in runs):
            self._create(version_id, enabled=True)
            yield f"{name}: another deployment disabled the recurring run; it was created again"

    def _delete(self, former: Sequence[Any]) -> Iterator[str]:
        """Delete former recurring runs, except one with a run in progress, which Kubernetes would end."""
        newest = self._client.list_runs(
            experiment_id=self._experiment_id, page_size=PAGE_SIZE, sort_by="created_at desc"
        )
        active = {run.recurring_run_id for run in newest.runs or [] if run.state in ACTIVE_STATES}
        for run in former:
            described = f"{self._pipeline.name}: former recurring run {run.recurring_run_id}"
            if run.recurring_run_id in active:
                yield f"{described} has a run in progress and stays; prune it later"
            else:
                self._do(self._client.delete_recurring_run, run.recurring_run_id)
                yield f"{described} {self._modal}deleted"

    def _version_id(self) -> str | None:
        """Return the id of the package's version on the server."""
        pipeline_id = self._pipeline_id()
        if pipeline_id is None:
            return None
        listed = self._client.list_pipeline_versions(
            pipeline_id, page_size=PAGE_SIZE, filter=_named(self._pipeline.version)
        )
        return next((str(one.pipeline_version_id) for one in listed.pipeline_versions or []), None)

    def _pipeline_id(self) -> str | None:
        listed = self._client.list_pipelines(
            page_size=PAGE_SIZE, namespace=self._namespace or None, filter=_named(self._pipeline.name)
        )
        named = (one for one in listed.pipelines or [] if one.display_name == self._pipeline.name)
        return next((str(one.pipeline_id) for one in named), None)

    def _upload(self) -> str:
        """Upload the package; the server also creates a first version of a new pipeline.

        Returns:
            The id of the version; empty in a dry run.
        """
        if self._dry_run:
            return ""
        package = str(self._pipeline.package)
        pipeline_id = self._pipeline_id()
        if pipeline_id is None:
            made = self._client.upload_pipeline(
                package, pipeline_name=self._pipeline.name, namespace=self._namespace or None
            )
            pipeline_id = _id(made.pipeline_id)
        version = self._client.upload_pipeline_version(
            package, pipeline_version_name=self._pipeline.version, pipeline_id=pipeline_id
        )
        return _id(version.pipeline_version_id)

    def _create(self, version_id: str, *, enabled: bool) -> None:
        self._client.create_recurring_run(
            experiment_id=self._experiment_id,
            job_name=self._pipeline.name,
            pipeline_id=self._pipeline_id(),
            version_id=version_id,
            cron_expression=self._pipeline.cron,
            max_concurrency=1,
            no_catchup=True,
            params=dict(self._pipeline.parameters),
            enabled=enabled,
        )

    def _differences(self, run: Any, version_id: str) -> list[str]:
        """Return how a recurring run differs from the wanted one, a line for each difference."""
        reference = run.pipeline_version_reference
        schedule = run.trigger and run.trigger.cron_schedule
        before = flat(_parameters(run)) | {
            "(version)": reference.pipeline_version_id if reference else "none of a version",
            "(cron)": schedule.cron if schedule else "none",
            "(runs at a time)": str(run.max_concurrency),
            "(catch up)": str(not run.no_catchup),
        }
        after = flat(self._pipeline.parameters) | {
            "(version)": version_id or "the uploaded one",
            "(cron)": self._pipeline.cron,
            "(runs at a time)": "1",
            "(catch up)": "False",
        }
        changed = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
        lines = [
            f"{key} changes from {_shown(before.get(key, 'nothing'))} to {_shown(after.get(key, 'nothing'))}"
            for key in islice(changed, MAX_DIFFERENCES)
        ]
        return [*lines, f"and {len(changed) - len(lines)} more"] if len(changed) > len(lines) else lines

    def _do(self, action: Any, *arguments: Any, **options: Any) -> None:
        if not self._dry_run:
            action(*arguments, **options)


def _experiment_id(client: Any, namespace: str, *, create: bool) -> str:
    """Return the id of our experiment; empty if there is none and none may be created."""
    if create:
        return _id(client.create_experiment(EXPERIMENT, namespace=namespace or None).experiment_id)
    try:
        experiment = client.get_experiment(experiment_name=EXPERIMENT, namespace=namespace or None)
    except ValueError as error:
        if str(error).startswith("No experiment is found"):
            return ""
        raise
    return _id(experiment.experiment_id)


def _id(value: str | None) -> str:
    """Return the id in a reply; a reply without one is not Kubeflow's, but a login page's, for example."""
    if not value:
        raise ValueError("it names no id")
    return value


def _recurring_runs(client: Any, experiment_id: str, name: str) -> list[Any]:
    """Return the recurring runs of one pipeline in our experiment, the newest first."""
    runs: list[Any] = []
    token = ""
    while experiment_id:
        page = client.list_recurring_runs(
            experiment_id=experiment_id,
            page_size=PAGE_SIZE,
            page_token=token,
            sort_by="created_at desc",
            filter=_named(name),
        )
        runs += [run for run in page.recurring_runs or [] if run.display_name == name]  # it ignores case
        token = page.next_page_token or ""
        if not token:
            break
    return runs


def _shown(value: Any) -> str:
    return textwrap.shorten(one_line(str(value)), MAX_VALUE_CHARACTERS, placeholder="…")


def _parameters(run: Any) -> dict[str, Any]:
    return dict((run.runtime_config and run.runtime_config.parameters) or {})


def _named(name: str) -> str:
    return json.dumps({"predicates": [{"operation": "EQUALS", "key": "display_name", "stringValue": name}]})
