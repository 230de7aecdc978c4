"""The fields that KFP lets each resource be filtered and sorted by."""

from __future__ import annotations

from tests.kubeflow.kfp_server_listing import Listable

EXPERIMENTS = Listable(
    "experiments",
    "experiment_id",
    {
        "id": "experiment_id",
        "experiment_id": "experiment_id",
        "name": "display_name",
        "display_name": "display_name",
        "created_at": "created_at",
        "last_run_created_at": "last_run_created_at",
        "namespace": "namespace",
        "storage_state": "storage_state",
    },
)
PIPELINES = Listable(
    "pipelines",
    "pipeline_id",
    {
        "id": "pipeline_id",
        "pipeline_id": "pipeline_id",
        "name": "name",
        "display_name": "display_name",
        "description": "description",
        "namespace": "namespace",
        "created_at": "created_at",
    },
)
PIPELINE_VERSIONS = Listable(
    "pipeline_versions",
    "pipeline_version_id",
    {
        "id": "pipeline_version_id",
        "pipeline_version_id": "pipeline_version_id",
        "name": "name",
        "display_name": "display_name",
        "description": "description",
        "created_at": "created_at",
    },
)
RECURRING_RUNS = Listable(
    "jobs",
    "recurring_run_id",
    {
        "id": "recurring_run_id",
        "recurring_run_id": "recurring_run_id",
        "name": "display_name",
        "display_name": "display_name",
        "description": "description",
        "pipeline_id": "pipeline_id",
        "pipeline_version_id": "pipeline_version_id",
        "created_at": "created_at",
        "updated_at": "updated_at",
    },
)
RUNS = Listable(
    "runs",
    "run_id",
    {
        "id": "run_id",
        "run_id": "run_id",
        "name": "display_name",
        "display_name": "display_name",
        "description": "description",
        "experiment_id": "experiment_id",
        "recurring_run_id": "recurring_run_id",
        "pipeline_id": "pipeline_id",
        "pipeline_version_id": "pipeline_version_id",
        "state": "state",
        "storage_state": "storage_state",
        "created_at": "created_at",
        "scheduled_at": "scheduled_at",
        "finished_at": "finished_at",
    },
)
