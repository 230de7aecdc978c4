"""The double of the Kubeflow Pipelines API server, driven by the real `kfp.Client`."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import kfp
import pytest
import urllib3
import yaml
from kfp_server_api import ApiException

from tests.kubeflow.kfp_server import KfpServer
from tests.kubeflow.kfp_server_client import connect

COMPILED = Path(__file__).parents[2] / "pipelines" / "compiled"
TYPES = {
    "text": ("STRING", "a", 1),
    "count": ("NUMBER_INTEGER", 2, "2"),
    "share": ("NUMBER_DOUBLE", 0.5, True),
    "strict": ("BOOLEAN", False, 0),
    "names": ("LIST", ["a"], {"a": 1}),
    "settings": ("STRUCT", {"a": 1}, ["a"]),
}
GIVEN = {name: right for name, (_, right, _) in TYPES.items()}


@pytest.fixture
def server() -> Iterator[KfpServer]:
    with KfpServer() as double:
        yield double


@pytest.fixture
def client(server: KfpServer) -> kfp.Client:
    return connect(server)


@pytest.fixture
def package(tmp_path: Path) -> Callable[..., str]:
    """Writes a package of one task, changed by a test."""

    def write(change: Callable[[dict[str, Any]], object] = dict, platform: Any = None) -> str:
        spec = pipeline_spec()
        change(spec)
        documents = [spec] if platform is None else [spec, platform]
        file = tmp_path / "package.yaml"
        file.write_text(yaml.safe_dump_all(documents), encoding="utf-8")
        return str(file)

    return write


def pipeline_spec() -> dict[str, Any]:
    inputs: dict[str, dict[str, Any]] = {
        name: {"parameterType": declared} for name, (declared, _, _) in TYPES.items()
    }
    inputs["day"] = {"parameterType": "STRING", "defaultValue": "today", "isOptional": True}
    return {
        "pipelineInfo": {"name": "nightly"},
        "schemaVersion": "2.1.0",
        "sdkVersion": "kfp-2.17.0",
        "components": {"comp-step": {"executorLabel": "exec-step"}},
        "deploymentSpec": {"executors": {"exec-step": {"container": {"image": "airloom:1"}}}},
        "root": {
            "dag": {"tasks": {"step": {"componentRef": {"name": "comp-step"}, "taskInfo": {"name": "step"}}}},
            "inputDefinitions": {"parameters": inputs},
        },
    }


def kubernetes(config: dict[str, Any]) -> dict[str, Any]:
    return {"platforms": {"kubernetes": {"deploymentSpec": {"executors": {"exec-step": config}}}}}


def status_of(error: pytest.ExceptionInfo[ApiException]) -> tuple[int, str]:
    body = json.loads(error.value.body)
    return error.value.status, body.get("message") or body["error_message"]


def schedule(client: kfp.Client, file: str, *, name: str = "nightly", **changes: Any) -> Any:
    experiment = client.create_experiment(name="airloom")
    arguments = {"params": GIVEN, "cron_expression": "0 30 1 * * *", "pipeline_package_path": file} | changes
    return client.create_recurring_run(experiment.experiment_id, name, **arguments)


class TestPackages:
    @pytest.mark.parametrize("name", ["airloom-daily", "airloom-training"])
    def test_a_compiled_pipeline_is_accepted_with_both_documents(
        self, server: KfpServer, client: kfp.Client, name: str
    ) -> None:
        pipeline = client.upload_pipeline(str(COMPILED / f"{name}.yaml"))

        assert pipeline.display_name == name
        (version,) = server.versions.values()
        assert version.package.name == name
        assert version.package.executors.keys() == version.package.kubernetes.keys()
        shown = client.get_pipeline_version(pipeline.pipeline_id, version.pipeline_version_id).pipeline_spec
        assert shown["pipeline_spec"]["pipelineInfo"]["name"] == name
        assert shown["platform_spec"]["platforms"].keys() == {"kubernetes"}

    @pytest.mark.parametrize(
        ("change", "problem"),
        [
            (lambda spec: spec.update(schemaVersion="2.0.0"), "schema version"),
            (lambda spec: spec["pipelineInfo"].update(name="Nightly"), "name must contain only"),
            (lambda spec: spec.pop("pipelineInfo"), "invalid platform spec"),
            (lambda spec: spec.pop("root"), "root component is empty"),
            (lambda spec: spec["root"].pop("dag"), "not a dag"),
            (lambda spec: spec["components"].clear(), "'comp-step' is not in components"),
            (lambda spec: spec["deploymentSpec"]["executors"].clear(), "'exec-step' is not in deployment"),
            (lambda spec: spec["components"].update(idle={}), "neither a dag nor an executorLabel"),
            (
                lambda spec: spec["root"]["dag"]["tasks"]["step"].update(dependentTasks=["gone"]),
                "dependentTasks",
            ),
            (lambda spec: spec.update(colour="red"), "colour"),
            (lambda spec: spec["deploymentSpec"]["executors"]["exec-step"].update(pod={}), "pod"),
            (lambda spec: spec["root"]["dag"]["tasks"].update(step="step"), "invalid v2 pipeline spec"),
        ],
    )
    def test_a_wrong_pipeline_spec_is_refused(
        self,
        server: KfpServer,
        client: kfp.Client,
        package: Callable[..., str],
        change: Callable[[dict[str, Any]], object],
        problem: str,
    ) -> None:
        with pytest.raises(ApiException) as error:
            client.upload_pipeline(package(change), pipeline_name="nightly")

        status, message = status_of(error)
        assert status == 400
        assert problem in message
        assert not server.pipelines
        assert not server.versions

    @pytest.mark.parametrize(
        ("platform", "problem"),
        [
            (kubernetes({"pvcMounts": []}), "pvcMounts"),
            (kubernetes({"pvcMount": [{"mountPath": 5}]}), "mountPath"),
            ({"platforms": {"slurm": {}}}, "no kubernetes platform"),
            ({"platform": {}}, "invalid platform spec"),
            (["platforms"], "not a mapping"),
        ],
    )
    def test_a_wrong_platform_spec_is_refused(
        self, client: kfp.Client, package: Callable[..., str], platform: Any, problem: str
    ) -> None:
        with pytest.raises(ApiException) as error:
            client.upload_pipeline(package(platform=platform), pipeline_name="nightly")

        status, message = status_of(error)
        assert status == 400
        assert problem in message

    def test_the_kubernetes_settings_are_parsed(
        self, server: KfpServer, client: kfp.Client, package: Callable[..., str]
    ) -> None:
        mount = {"constant": "lake", "mountPath": "/lake"}
        client.upload_pipeline(package(platform=kubernetes({"pvcMount": [mount]})))

        (version,) = server.versions.values()
        assert [m.mount_path for m in version.package.kubernetes["exec-step"].pvc_mount] == ["/lake"]

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("a: [", "unable to decode"),
            ("a: 1\na: 2", "already defined"),
            ("", "no pipeline spec"),
        ],
    )
    def test_a_file_that_is_no_package_is_refused(
        self, client: kfp.Client, tmp_path: Path, text: str, problem: str
    ) -> None:
        file = tmp_path / "package.yaml"
        file.write_text(text, encoding="utf-8")

        with pytest.raises(ApiException) as error:
            client.upload_pipeline(str(file), pipeline_name="nightly")

        assert status_of(error)[0] == 400
        assert problem in status_of(error)[1]


class TestPipelines:
    def test_a_pipeline_is_found_by_its_name(self, client: kfp.Client, package: Callable[..., str]) -> None:
        pipeline = client.upload_pipeline(package(), pipeline_name="one", description="Runs at night.")

        assert client.get_pipeline_id("one") == pipeline.pipeline_id
        assert client.get_pipeline_id("two") is None
        assert client.get_pipeline(pipeline.pipeline_id).description == "Runs at night."
        assert client.pipelines.pipeline_service_get_pipeline_by_name("one").name == "one"
        assert [p.name for p in client.list_pipelines().pipelines] == ["one"]

    def test_its_first_version_has_the_same_name(
        self, client: kfp.Client, package: Callable[..., str]
    ) -> None:
        pipeline = client.upload_pipeline(package(), pipeline_name="one")

        versions = client.list_pipeline_versions(pipeline.pipeline_id).pipeline_versions
        assert [version.display_name for version in versions] == ["one"]

    def test_a_pipeline_is_made_without_a_version(self, client: kfp.Client) -> None:
        pipeline = client.pipelines.pipeline_service_create_pipeline({"display_name": "empty"})

        assert pipeline.name == "empty"
        assert client.list_pipeline_versions(pipeline.pipeline_id).pipeline_versions is None

    def test_a_name_is_taken_once(
        self, server: KfpServer, client: kfp.Client, package: Callable[..., str]
    ) -> None:
        client.upload_pipeline(package(), pipeline_name="one")

        with pytest.raises(ApiException) as error:
            client.upload_pipeline(package(), pipeline_name="one")

        assert status_of(error)[0] == 409
        assert "already exist" in status_of(error)[1]
        assert len(server.pipelines) == len(server.versions) == 1

    def test_a_name_that_is_too_long_leaves_nothing_behind(
        self, server: KfpServer, client: kfp.Client, package: Callable[..., str]
    ) -> None:
        for length in (128, 129):
            with pytest.raises(ApiException) as error:
                client.upload_pipeline(package(), pipeline_name="n" * length)
            assert status_of(error)[0] == 400
        assert not server.pipelines
        assert not server.versions

    def test_a_version_name_is_taken_once_in_its_pipeline(
        self, client: kfp.Client, package: Callable[..., str]
    ) -> None:
        one = client.upload_pipeline(package(), pipeline_name="one").pipeline_id
        two = client.upload_pipeline(package(), pipeline_name="two").pipeline_id
        client.upload_pipeline_version(package(), "v1", pipeline_id=one)
        client.upload_pipeline_version(package(), "v1", pipeline_id=two)

        with pytest.raises(ApiException) as error:
            client.upload_pipeline_version(package(), "v1", pipeline_name="one")

        assert status_of(error)[0] == 409

    def test_a_version_of_no_pipeline_is_refused_with_400(
        self, client: kfp.Client, package: Callable[..., str]
    ) -> None:
        for target in ({"pipeline_id": "gone"}, {"pipeline_name": "gone"}):
            with pytest.raises(ApiException) as error:
                client.upload_pipeline_version(package(), "v1", **target)
            assert status_of(error)[0] == 400

    def test_a_pipeline_is_deleted_after_its_versions(
        self, server: KfpServer, client: kfp.Client, package: Callable[..., str]
    ) -> None:
        pipeline = client.upload_pipeline(package(), pipeline_name="one").pipeline_id
        (version,) = server.versions

        with pytest.raises(ApiException) as error:
            client.delete_pipeline(pipeline)
        assert status_of(error)[0] == 400
        assert "existing pipeline versions" in status_of(error)[1]

        client.delete_pipeline_version(pipeline, version)
        client.delete_pipeline(pipeline)
        assert not server.pipelines
        assert not server.versions

    def test_a_cascade_deletes_its_versions_too(
        self, server: KfpServer, client: kfp.Client, package: Callable[..., str]
    ) -> None:
        pipeline = client.upload_pipeline(package(), pipeline_name="one").pipeline_id

        client.pipelines.pipeline_service_delete_pipeline(pipeline, cascade=True)

        assert not server.versions


class TestExperiments:
    def test_it_is_made_once_and_found_by_name(self, server: KfpServer, client: kfp.Client) -> None:
        first = client.create_experiment(name="airloom")

        assert client.create_experiment(name="airloom").experiment_id == first.experiment_id
        assert client.get_experiment(experiment_name="airloom").experiment_id == first.experiment_id
        assert client.get_experiment(experiment_id=first.experiment_id).display_name == "airloom"
        assert [e.display_name for e in server.experiments.values()] == ["Default", "airloom"]

    def test_the_client_raises_value_error_for_a_name_that_there_is_not(self, client: kfp.Client) -> None:
        with pytest.raises(ValueError, match="No experiment is found"):
            client.get_experiment(experiment_name="gone")

    def test_a_name_with_a_plus_is_never_found(self, client: kfp.Client) -> None:
        client.create_experiment(name="a+b")

        with pytest.raises(ValueError, match="No experiment is found"):
            client.get_experiment(experiment_name="a+b")

    def test_a_name_is_taken_once(self, client: kfp.Client) -> None:
        with pytest.raises(ApiException) as error:
            client.experiments.experiment_service_create_experiment({"display_name": "Default"})

        assert status_of(error)[0] == 409

    def test_namespaces_are_apart_where_the_server_has_many_users(self) -> None:
        with KfpServer(multi_user=True) as server:
            client = connect(server, namespace="red")
            client.create_experiment(name="airloom")
            client.create_experiment(name="airloom", namespace="blue")

            assert [e.namespace for e in server.experiments.values()] == ["red", "blue"]
            with pytest.raises(ApiException) as error:
                client.list_pipelines()
            assert status_of(error)[0] == 400


class TestRecurringRuns:
    def test_it_is_kept_as_asked_for(
        self, server: KfpServer, client: kfp.Client, package: Callable[..., str]
    ) -> None:
        made = schedule(client, package(), max_concurrency=3, no_catchup=True, description="Nightly.")

        shown = client.get_recurring_run(made.recurring_run_id)
        assert (shown.status, shown.mode, shown.max_concurrency) == ("ENABLED", "ENABLE", "3")
        assert shown.trigger.cron_schedule.cron == "0 30 1 * * *"
        assert shown.runtime_config.parameters == GIVEN
        assert shown.pipeline_spec["pipelineInfo"]["name"] == "nightly"
        stored = server.recurring_runs[made.recurring_run_id]
        assert (stored.cron, stored.max_concurrency, stored.no_catchup) == ("0 30 1 * * *", 3, True)
        assert stored.source.package is not None
        assert stored.source.package.name == "nightly"

    def test_it_refers_to_a_version(
        self, server: KfpServer, client: kfp.Client, package: Callable[..., str]
    ) -> None:
        pipeline = client.upload_pipeline(package(), pipeline_name="one").pipeline_id
        (version,) = server.versions
        made = schedule(
            client, package(), pipeline_package_path=None, pipeline_id=pipeline, version_id=version
        )

        assert made.pipeline_version_reference.pipeline_version_id == version
        assert made.pipeline_spec is None

    def test_a_version_that_there_is_not_is_answered_with_500(
        self, client: kfp.Client, package: Callable[..., str]
    ) -> None:
        with pytest.raises(ApiException) as error:
            schedule(client, package(), pipeline_package_path=None, pipeline_id="gone", version_id="gone")

        assert status_of(error)[0] == 500
        assert "PipelineVersion gone not found" in status_of(error)[1]

    @pytest.mark.parametrize("name", TYPES)
    def test_a_parameter_of_the_wrong_type_is_refused(
        self, server: KfpServer, client: kfp.Client, package: Callable[..., str], name: str
    ) -> None:
        for wrong in (TYPES[name][2], None):
            with pytest.raises(ApiException) as error:
                schedule(client, package(), params=GIVEN | {name: wrong})

            assert status_of(error)[0] == 400
            assert f"input parameter {name} requires type" in status_of(error)[1]
        assert not server.recurring_runs

    def test_a_missing_or_unknown_parameter_is_refused(
        self, client: kfp.Client, package: Callable[..., str]
    ) -> None:
        with pytest.raises(ApiException) as error:
            schedule(client, package(), params={n: v for n, v in GIVEN.items() if n != "text"})
        assert status_of(error)[0] == 400
        assert "parameter text is not optional" in status_of(error)[1]

        with pytest.raises(ApiException) as error:
            schedule(client, package(), params=GIVEN | {"colour": "red"})
        assert status_of(error)[0] == 400
        assert "not required by pipeline: colour" in status_of(error)[1]

    def test_one_to_ten_runs_may_be_active(self, client: kfp.Client, package: Callable[..., str]) -> None:
        for accepted in (1, 10):
            assert schedule(client, package(), max_concurrency=accepted).max_concurrency == str(accepted)
        for refused in (0, 11, None):
            with pytest.raises(ApiException) as error:
                schedule(client, package(), max_concurrency=refused)
            assert status_of(error)[0] == 400

    def test_an_interval_is_at_least_a_second(self, client: kfp.Client, package: Callable[..., str]) -> None:
        made = schedule(client, package(), cron_expression=None, interval_second=60)
        assert made.trigger.periodic_schedule.interval_second == "60"

        with pytest.raises(ApiException) as error:
            schedule(client, package(), cron_expression=None, interval_second=-1)
        assert status_of(error)[0] == 400

    def test_a_cron_expression_that_is_none_is_refused(
        self, client: kfp.Client, package: Callable[..., str]
    ) -> None:
        with pytest.raises(ApiException) as error:
            schedule(client, package(), cron_expression="30 1 * *")

        assert status_of(error)[0] == 400
        assert "Schedule cron is not a supported format" in status_of(error)[1]

    def test_it_is_disabled_and_enabled(
        self, server: KfpServer, client: kfp.Client, package: Callable[..., str]
    ) -> None:
        made = schedule(client, package(), enabled=False)
        assert (made.status, made.mode) == ("DISABLED", "DISABLE")

        client.enable_recurring_run(made.recurring_run_id)
        enabled = client.get_recurring_run(made.recurring_run_id)
        client.disable_recurring_run(made.recurring_run_id)
        client.disable_recurring_run(made.recurring_run_id)

        assert enabled.status == "ENABLED"
        assert made.created_at == enabled.created_at < enabled.updated_at
        assert server.recurring_runs[made.recurring_run_id].status == "DISABLED"

    def test_two_may_have_the_same_name(self, client: kfp.Client, package: Callable[..., str]) -> None:
        assert schedule(client, package()).recurring_run_id != schedule(client, package()).recurring_run_id

    def test_it_cannot_be_changed(
        self, server: KfpServer, client: kfp.Client, package: Callable[..., str]
    ) -> None:
        made = schedule(client, package())
        url = f"{server.url}/apis/v2beta1/recurringruns/{made.recurring_run_id}"

        for method in ("PUT", "PATCH"):
            assert urllib3.request(method, url, json={"display_name": "other"}).status == 501
        assert server.recurring_runs[made.recurring_run_id].display_name == "nightly"

    def test_a_field_that_there_is_not_is_refused(self, server: KfpServer) -> None:
        answer = urllib3.request("POST", f"{server.url}/apis/v2beta1/recurringruns", json={"colour": "red"})

        assert answer.status == 400
        assert answer.json()["code"] == 3

    def test_it_is_deleted(self, server: KfpServer, client: kfp.Client, package: Callable[..., str]) -> None:
        client.delete_recurring_run(schedule(client, package()).recurring_run_id)

        assert not server.recurring_runs


class TestRuns:
    def test_a_run_is_made_and_found(
        self, server: KfpServer, client: kfp.Client, package: Callable[..., str]
    ) -> None:
        experiment = client.create_experiment(name="airloom").experiment_id
        made = client.run_pipeline(experiment, "now", package(), params=GIVEN)

        assert client.get_run(made.run_id).state == "PENDING"
        assert [run.display_name for run in client.list_runs(experiment_id=experiment).runs] == ["now"]
        assert server.runs[made.run_id].parameters == GIVEN | {"day": "today"}
        assert server.finish(made.run_id).state == client.get_run(made.run_id).state == "SUCCEEDED"

    def test_its_parameters_are_checked(self, client: kfp.Client, package: Callable[..., str]) -> None:
        experiment = client.create_experiment(name="airloom").experiment_id
        with pytest.raises(ApiException) as error:
            client.run_pipeline(experiment, "now", package())

        assert status_of(error)[0] == 400

    def test_a_recurring_run_fires_with_the_defaults(
        self, server: KfpServer, client: kfp.Client, package: Callable[..., str]
    ) -> None:
        made = schedule(client, package(), params=GIVEN | {"count": 7})

        run = server.fire(made.recurring_run_id)

        assert run.parameters == GIVEN | {"count": 7, "day": "today"}
        shown = client.get_run(run.run_id)
        assert shown.recurring_run_id == made.recurring_run_id
        assert shown.state == "SUCCEEDED"
        assert shown.runtime_config.parameters == GIVEN | {"count": 7}

    def test_it_fires_though_its_version_is_deleted(
        self, server: KfpServer, client: kfp.Client, package: Callable[..., str]
    ) -> None:
        pipeline = client.upload_pipeline(package(), pipeline_name="one").pipeline_id
        (version,) = server.versions
        made = schedule(
            client, package(), pipeline_package_path=None, pipeline_id=pipeline, version_id=version
        )
        client.delete_pipeline_version(pipeline, version)

        run = server.fire(made.recurring_run_id)

        assert run.source.package is not None
        assert run.source.package.name == "nightly"

    def test_a_disabled_or_busy_one_does_not_fire(
        self, server: KfpServer, client: kfp.Client, package: Callable[..., str]
    ) -> None:
        made = schedule(client, package()).recurring_run_id
        run = server.fire(made, state="RUNNING")

        with pytest.raises(RuntimeError, match="active runs"):
            server.fire(made)
        server.finish(run.run_id, state="FAILED")
        server.fire(made)
        client.disable_recurring_run(made)
        with pytest.raises(RuntimeError, match="disabled"):
            server.fire(made)


class TestLists:
    def names(self, page: Any) -> list[str]:
        return [run.display_name for run in page.recurring_runs]

    def test_pages_follow_each_other(self, client: kfp.Client, package: Callable[..., str]) -> None:
        for number in range(5):
            schedule(client, package(), name=f"run-{4 - number}")

        first = client.list_recurring_runs(page_size=2, sort_by="display_name desc")
        second = client.list_recurring_runs(page_size=2, page_token=first.next_page_token)
        third = client.list_recurring_runs(
            page_size=2, page_token=second.next_page_token, sort_by="display_name desc"
        )

        assert [self.names(page) for page in (first, second, third)] == [
            ["run-4", "run-3"],
            ["run-2", "run-1"],
            ["run-0"],
        ]
        assert first.total_size == third.total_size == 5
        assert third.next_page_token is None
        assert self.names(client.list_recurring_runs())[0] == "run-4"

    def test_they_are_filtered(self, client: kfp.Client, package: Callable[..., str]) -> None:
        for name in ("airloom-daily", "airloom-training", "other"):
            schedule(client, package(), name=name)

        def listed(operation: str, **value: Any) -> list[str]:
            predicate = {"operation": operation, "key": "display_name"} | value
            return self.names(client.list_recurring_runs(filter=json.dumps({"predicates": [predicate]})))

        assert listed("IS_SUBSTRING", stringValue="airloom") == ["airloom-daily", "airloom-training"]
        assert listed("EQUALS", string_value="OTHER") == ["other"]
        assert listed("IN", stringValues={"values": ["other", "airloom-daily"]}) == ["airloom-daily", "other"]
        assert listed("NOT_EQUALS", stringValue="other") == ["airloom-daily", "airloom-training"]

    def test_they_are_those_of_the_experiment(self, client: kfp.Client, package: Callable[..., str]) -> None:
        experiment = schedule(client, package()).experiment_id
        other = client.create_experiment(name="other").experiment_id

        assert len(client.list_recurring_runs(experiment_id=experiment).recurring_runs) == 1
        assert client.list_recurring_runs(experiment_id=other).recurring_runs is None
        with pytest.raises(ApiException) as error:
            client.list_recurring_runs(experiment_id="gone")
        assert status_of(error)[0] == 404

    @pytest.mark.parametrize(
        "query",
        [
            {"sort_by": "colour"},
            {"sort_by": "display_name upwards"},
            {"page_size": -1},
            {"page_token": "!"},
            {"filter": "display_name=a"},
            {"filter": json.dumps({"predicate": []})},
            {"filter": json.dumps({"predicates": [{"operation": "EQUALS", "key": "cron"}]})},
            {"filter": json.dumps({"predicates": [{"operation": "EQUALS", "key": "name", "value": "a"}]})},
            {
                "filter": json.dumps(
                    {"predicates": [{"operation": "LIKE", "key": "name", "stringValue": "a"}]}
                )
            },
            {"filter": json.dumps({"predicates": [{"operation": "IN", "key": "name", "stringValue": "a"}]})},
        ],
    )
    def test_a_list_request_that_is_wrong_is_refused(self, client: kfp.Client, query: dict[str, Any]) -> None:
        with pytest.raises(ApiException) as error:
            client.list_recurring_runs(**query)

        assert status_of(error)[0] == 400

    def test_a_page_token_belongs_to_its_list(self, client: kfp.Client, package: Callable[..., str]) -> None:
        for _ in range(2):
            schedule(client, package())
        token = client.list_recurring_runs(page_size=1).next_page_token

        for wrong in ({"sort_by": "display_name"}, {"filter": json.dumps({"predicates": []})}):
            with pytest.raises(ApiException) as error:
                client.list_recurring_runs(page_token=token, **wrong)
            assert status_of(error)[0] == 400
        with pytest.raises(ApiException) as error:
            client.list_pipelines(page_token=token)
        assert status_of(error)[0] == 400


class TestErrors:
    def test_an_id_that_there_is_not_is_answered_with_404(self, client: kfp.Client) -> None:
        requests: list[Callable[[], object]] = [
            lambda: client.get_experiment(experiment_id="gone"),
            lambda: client.get_pipeline("gone"),
            lambda: client.delete_pipeline("gone"),
            lambda: client.list_pipeline_versions("gone"),
            lambda: client.get_pipeline_version("gone", "gone"),
            lambda: client.delete_pipeline_version("gone", "gone"),
            lambda: client.get_recurring_run("gone"),
            lambda: client.enable_recurring_run("gone"),
            lambda: client.disable_recurring_run("gone"),
            lambda: client.delete_recurring_run("gone"),
            lambda: client.get_run("gone"),
        ]
        for request in requests:
            with pytest.raises(ApiException) as error:
                request()
            body = json.loads(error.value.body)
            assert (error.value.status, body["code"]) == (404, 5)
            assert body["details"] == [
                {
                    "@type": "type.googleapis.com/google.rpc.Status",
                    "code": 5,
                    "message": body["message"].removeprefix("ResourceNotFoundError: "),
                }
            ]

    def test_a_path_that_there_is_not_is_answered_with_404(self, server: KfpServer) -> None:
        with pytest.raises(urllib.error.HTTPError) as error:
            urllib.request.urlopen(f"{server.url}/apis/v1beta1/jobs")  # noqa: S310

        assert error.value.code == 404
        error.value.close()

    def test_a_request_needs_the_token(self) -> None:
        with KfpServer(token="secret") as server:
            connect(server, token="secret").create_experiment(name="airloom")
            for token in (None, "wrong"):
                with pytest.raises(ApiException) as error:
                    connect(server, token=token, namespace="any").list_experiments()
                assert status_of(error)[0] == 401
                assert json.loads(error.value.body)["code"] == 16

    def test_ids_and_times_are_the_same_every_time(self, package: Callable[..., str]) -> None:
        made = []
        for _ in range(2):
            with KfpServer() as server:
                schedule(connect(server), package())
                made.append((dict(server.experiments), next(iter(server.recurring_runs.values())).created_at))

        assert made[0] == made[1]


class TestFaults:
    def test_a_failed_request_is_not_carried_out(self, server: KfpServer, client: kfp.Client) -> None:
        server.fail_next(status=503, times=2, path_prefix="/apis/v2beta1/experiments", method="POST")

        for _ in range(2):
            with pytest.raises(ApiException) as error:
                client.create_experiment(name="airloom")
            assert error.value.status == 503
        assert list(server.experiments.values())[-1].display_name == "Default"
        client.create_experiment(name="airloom")

    def test_a_status_that_kfp_does_not_answer_cannot_be_ordered(self, server: KfpServer) -> None:
        with pytest.raises(ValueError, match="answers no 418"):
            server.fail_next(status=418)

    @pytest.mark.parametrize("carried_out", [False, True])
    def test_a_dropped_request_is_carried_out_or_not(
        self, server: KfpServer, client: kfp.Client, carried_out: bool
    ) -> None:
        server.drop_next(carried_out=carried_out, method="POST")

        with pytest.raises(urllib3.exceptions.ProtocolError):
            client.create_experiment(name="airloom")

        names = [experiment.display_name for experiment in server.experiments.values()]
        assert ("airloom" in names) == carried_out

    def test_the_client_repeats_what_it_reads_or_deletes(
        self, server: KfpServer, client: kfp.Client, package: Callable[..., str]
    ) -> None:
        server.drop_next(times=3)
        assert client.list_experiments().total_size == 1
        server.drop_next(times=4)
        with pytest.raises(urllib3.exceptions.MaxRetryError):
            client.list_experiments()

        made = schedule(client, package()).recurring_run_id
        server.drop_next(carried_out=True, method="DELETE")
        with pytest.raises(ApiException) as error:
            client.delete_recurring_run(made)
        assert error.value.status == 404
        assert not server.recurring_runs

    def test_a_hanging_request_is_answered_late(self, server: KfpServer, client: kfp.Client) -> None:
        server.hang_next(seconds=0.2)
        started = time.monotonic()

        client.list_experiments()

        assert time.monotonic() - started >= 0.2

    def test_a_server_that_hangs_can_be_closed(self) -> None:
        started = time.monotonic()
        with KfpServer() as server:
            client = connect(server)
            server.hang_next(seconds=60)
            with pytest.raises(urllib3.exceptions.ReadTimeoutError):
                client.recurring_runs.recurring_run_service_create_recurring_run(
                    {}, _request_timeout=(1, 0.1)
                )

        assert time.monotonic() - started < 10

    def test_the_log_tells_reads_from_writes(self, server: KfpServer, client: kfp.Client) -> None:
        client.create_experiment(name="airloom")
        client.list_pipelines()

        assert server.writes == [("POST", "/apis/v2beta1/experiments")]
        assert ("GET", "/apis/v2beta1/pipelines") in server.requests
        assert server.requests[0] == ("GET", "/apis/v2beta1/healthz")
