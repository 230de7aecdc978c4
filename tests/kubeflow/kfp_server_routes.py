"""The v2beta1 REST API: which method and path does what, and the JSON that comes in and goes out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from email import policy
from email.parser import BytesParser
from typing import Any, NamedTuple

from tests.kubeflow.kfp_server_body import json_object
from tests.kubeflow.kfp_server_errors import ApiError, Code, invalid, not_found
from tests.kubeflow.kfp_server_fields import (
    EXPERIMENTS,
    PIPELINE_VERSIONS,
    PIPELINES,
    RECURRING_RUNS,
    RUNS,
)
from tests.kubeflow.kfp_server_listing import Listable, list_page
from tests.kubeflow.kfp_server_package import ParsedPackage, parse_package
from tests.kubeflow.kfp_server_state import populated
from tests.kubeflow.kfp_server_store import Store, get_resource

PREFIX = "/apis/v2beta1"
_UPLOADS = (f"{PREFIX}/pipelines/upload", f"{PREFIX}/pipelines/upload_version")
_EXPERIMENT_FIELDS = frozenset({"display_name", "description", "namespace"})
_PIPELINE_FIELDS = frozenset({"name", "display_name", "description", "namespace", "tags"})
_RUN_FIELDS = frozenset(
    {
        "experiment_id",
        "display_name",
        "description",
        "pipeline_spec",
        "pipeline_version_reference",
        "runtime_config",
        "service_account",
        "plugins_input",
    }
)
_RECURRING_RUN_FIELDS = _RUN_FIELDS | {"max_concurrency", "trigger", "mode", "no_catchup", "namespace"}


class Request(NamedTuple):
    """One request.

    Attributes:
        query: Query parameters, each with its last value.
        content_type: Of the body.
    """

    method: str
    path: str
    query: Mapping[str, str]
    content_type: str
    body: bytes


class Response(NamedTuple):
    """One response."""

    status: int
    body: Mapping[str, Any]


Action = Callable[..., dict[str, Any]]


class Routes:
    """The API on a store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._table: tuple[tuple[str, re.Pattern[str], Action], ...] = tuple(
            (method, re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/:]+)", PREFIX + path)), action)
            for method, path, action in (
                ("GET", "/healthz", self._healthz),
                ("POST", "/experiments", self._create_experiment),
                ("GET", "/experiments", self._list_experiments),
                ("GET", "/experiments/{experiment_id}", self._get_experiment),
                ("POST", "/pipelines/upload", self._upload_pipeline),
                ("POST", "/pipelines/upload_version", self._upload_version),
                ("POST", "/pipelines", self._create_pipeline),
                ("GET", "/pipelines", self._list_pipelines),
                ("GET", "/pipelines/names/{name}", self._get_pipeline_by_name),
                ("GET", "/pipelines/{pipeline_id}", self._get_pipeline),
                ("DELETE", "/pipelines/{pipeline_id}", self._delete_pipeline),
                ("GET", "/pipelines/{pipeline_id}/versions", self._list_versions),
                ("GET", "/pipelines/{pipeline_id}/versions/{version_id}", self._get_version),
                ("DELETE", "/pipelines/{pipeline_id}/versions/{version_id}", self._delete_version),
                ("POST", "/recurringruns", self._create_recurring_run),
                ("GET", "/recurringruns", self._list_recurring_runs),
                ("GET", "/recurringruns/{recurring_run_id}", self._get_recurring_run),
                ("DELETE", "/recurringruns/{recurring_run_id}", self._delete_recurring_run),
                ("POST", "/recurringruns/{recurring_run_id}:enable", self._enable),
                ("POST", "/recurringruns/{recurring_run_id}:disable", self._disable),
                ("POST", "/runs", self._create_run),
                ("GET", "/runs", self._list_runs),
                ("GET", "/runs/{run_id}", self._get_run),
            )
        )

    def answer(self, request: Request) -> Response:
        """Carry a request out."""
        try:
            action, arguments = self._route(request)
            return Response(200, populated(action(request, **arguments)))
        except ApiError as error:
            body = error.upload_body() if request.path in _UPLOADS else error.body()
            return Response(error.status, body)

    def _route(self, request: Request) -> tuple[Action, dict[str, str]]:
        known = False
        for method, pattern, action in self._table:
            match = pattern.fullmatch(request.path)
            known = known or match is not None
            if match and method == request.method:
                return action, match.groupdict()
        if known:
            raise ApiError(Code.UNIMPLEMENTED, "Method Not Allowed")
        raise ApiError(Code.NOT_FOUND, "Not Found")

    def _healthz(self, _request: Request) -> dict[str, Any]:
        return {"multi_user": self._store.multi_user, "pipeline_store": "database"}

    def _create_experiment(self, request: Request) -> dict[str, Any]:
        body = json_object(request.body, fields=_EXPERIMENT_FIELDS)
        experiment = self._store.create_experiment(
            display_name=body.get("display_name", ""),
            description=body.get("description", ""),
            namespace=body.get("namespace", ""),
        )
        return populated(experiment.to_json())

    def _list_experiments(self, request: Request) -> dict[str, Any]:
        namespace = self._store.namespace(request.query.get("namespace", ""))
        rows = [e for e in self._store.experiments.values() if e.namespace == namespace]
        return _listed(rows, EXPERIMENTS, request, name="experiments")

    def _get_experiment(self, _request: Request, experiment_id: str) -> dict[str, Any]:
        return populated(get_resource(self._store.experiments, experiment_id, "Experiment").to_json())

    def _upload_pipeline(self, request: Request) -> dict[str, Any]:
        filename, package = _uploaded(request)
        name = request.query.get("name") or request.query.get("display_name") or filename
        fields: dict[str, Any] = {
            "name": name,
            "display_name": request.query.get("display_name", ""),
            "description": request.query.get("description", ""),
            "tags": _tags(request),
        }
        pipeline = self._store.create_pipeline(namespace=request.query.get("namespace", ""), **fields)
        try:
            self._store.create_version(pipeline.pipeline_id, package, **fields)
        except ApiError:
            del self._store.pipelines[pipeline.pipeline_id]
            raise
        return populated(pipeline.to_json())

    def _upload_version(self, request: Request) -> dict[str, Any]:
        filename, package = _uploaded(request)
        version = self._store.create_version(
            request.query.get("pipelineid", ""),
            package,
            name=request.query.get("name") or request.query.get("display_name") or filename,
            display_name=request.query.get("display_name", ""),
            description=request.query.get("description", ""),
            tags=_tags(request),
        )
        return populated(version.to_json())

    def _create_pipeline(self, request: Request) -> dict[str, Any]:
        body = json_object(request.body, fields=_PIPELINE_FIELDS)
        pipeline = self._store.create_pipeline(
            name=body.get("name") or body.get("display_name", ""),
            display_name=body.get("display_name", ""),
            description=body.get("description", ""),
            namespace=body.get("namespace", ""),
            tags=body.get("tags", {}),
        )
        return populated(pipeline.to_json())

    def _list_pipelines(self, request: Request) -> dict[str, Any]:
        namespace = self._store.namespace(request.query.get("namespace", ""))
        rows = [p for p in self._store.pipelines.values() if p.namespace == namespace]
        return _listed(rows, PIPELINES, request, name="pipelines")

    def _get_pipeline_by_name(self, request: Request, name: str) -> dict[str, Any]:
        namespace = self._store.namespace(request.query.get("namespace", ""))
        for pipeline in self._store.pipelines.values():
            if (pipeline.name, pipeline.namespace) == (name, namespace):
                return populated(pipeline.to_json())
        raise not_found("Pipeline", name)

    def _get_pipeline(self, _request: Request, pipeline_id: str) -> dict[str, Any]:
        return populated(get_resource(self._store.pipelines, pipeline_id, "Pipeline").to_json())

    def _delete_pipeline(self, request: Request, pipeline_id: str) -> dict[str, Any]:
        cascade = request.query.get("cascade", "").lower() == "true"
        self._store.delete_pipeline(pipeline_id, cascade=cascade)
        return {}

    def _list_versions(self, request: Request, pipeline_id: str) -> dict[str, Any]:
        get_resource(self._store.pipelines, pipeline_id, "Pipeline")
        rows = self._store.versions_of(pipeline_id)
        return _listed(rows, PIPELINE_VERSIONS, request, name="pipeline_versions")

    def _get_version(self, _request: Request, pipeline_id: str, version_id: str) -> dict[str, Any]:
        return populated(self._store.version(pipeline_id, version_id).to_json())

    def _delete_version(self, _request: Request, pipeline_id: str, version_id: str) -> dict[str, Any]:
        version = self._store.version(pipeline_id, version_id)
        del self._store.versions[version.pipeline_version_id]
        return {}

    def _create_recurring_run(self, request: Request) -> dict[str, Any]:
        body = json_object(request.body, fields=_RECURRING_RUN_FIELDS)
        return populated(self._store.create_recurring_run(body).to_json())

    def _list_recurring_runs(self, request: Request) -> dict[str, Any]:
        rows = [r for r in self._store.recurring_runs.values() if self._in_scope(r.experiment_id, request)]
        return _listed(rows, RECURRING_RUNS, request, name="recurringRuns")

    def _get_recurring_run(self, _request: Request, recurring_run_id: str) -> dict[str, Any]:
        return populated(get_resource(self._store.recurring_runs, recurring_run_id, "Job").to_json())

    def _delete_recurring_run(self, _request: Request, recurring_run_id: str) -> dict[str, Any]:
        get_resource(self._store.recurring_runs, recurring_run_id, "Job")
        del self._store.recurring_runs[recurring_run_id]
        return {}

    def _enable(self, _request: Request, recurring_run_id: str) -> dict[str, Any]:
        self._store.set_enabled(recurring_run_id, enabled=True)
        return {}

    def _disable(self, _request: Request, recurring_run_id: str) -> dict[str, Any]:
        self._store.set_enabled(recurring_run_id, enabled=False)
        return {}

    def _create_run(self, request: Request) -> dict[str, Any]:
        return populated(self._store.create_run(json_object(request.body, fields=_RUN_FIELDS)).to_json())

    def _list_runs(self, request: Request) -> dict[str, Any]:
        rows = [r for r in self._store.runs.values() if self._in_scope(r.experiment_id, request)]
        return _listed(rows, RUNS, request, name="runs")

    def _get_run(self, _request: Request, run_id: str) -> dict[str, Any]:
        return populated(get_resource(self._store.runs, run_id, "Run").to_json())

    def _in_scope(self, experiment_id: str, request: Request) -> bool:
        wanted = request.query.get("experiment_id", "")
        if wanted:
            return experiment_id == get_resource(self._store.experiments, wanted, "Experiment").experiment_id
        namespace = self._store.namespace(request.query.get("namespace", ""))
        return self._store.experiments[experiment_id].namespace == namespace


def _listed(rows: Sequence[Any], listable: Listable, request: Request, *, name: str) -> dict[str, Any]:
    page = list_page(rows, listable=listable, query=request.query)
    return {
        name: [populated(row.to_json()) for row in page.rows],
        "total_size": page.total_size,
        "next_page_token": page.next_page_token,
    }


def _uploaded(request: Request) -> tuple[str, ParsedPackage]:
    header = f"Content-Type: {request.content_type}\r\n\r\n".encode()
    message = BytesParser(policy=policy.HTTP).parsebytes(header + request.body)
    for part in message.iter_parts():
        if part.get_param("name", header="content-disposition") == "uploadfile":
            filename = part.get_filename() or ""
            if not filename.endswith((".yaml", ".yml", ".json")):
                problem = f"unexpected pipeline file format: {filename!r}"
                raise invalid(problem)
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            return filename, parse_package(content)
    raise invalid("Failed to read pipeline from file")


def _tags(request: Request) -> dict[str, str]:
    try:
        tags = json.loads(request.query.get("tags") or "{}")
    except ValueError as error:
        raise invalid("Failed to parse tags query parameter") from error
    return dict(tags)
