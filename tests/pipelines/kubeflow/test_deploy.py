"""`airloom deploy pipelines` against a server that refuses what a real Kubeflow refuses."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kfp
import pytest
from typer.testing import CliRunner, Result

from airloom.errors import AirloomError
from pipelines.cli.main import app
from pipelines.compile import compile_into
from pipelines.kubeflow import scheduled
from pipelines.kubeflow.scheduled import ScheduledPipeline, Servers
from pipelines.kubeflow.server import connect
from pipelines.pods.cluster import Cluster
from pipelines.recipes import recipe_named
from tests.kubeflow.kfp_server import KfpServer

ARGUMENTS = ["--lake", "/lake", "--lake-claim", "airloom-lake", "--mlflow-uri", "http://mlflow:5000"]
NAMES = ["airloom-daily", "airloom-training"]


@pytest.fixture(autouse=True, scope="module")
def compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Compile for each cluster once: most of these tests deploy the same packages several times."""
    kept: dict[str, list[Path]] = {}

    def compile_once(folder: Path, cluster: Cluster) -> list[Path]:
        key = repr(cluster)
        if key not in kept:
            kept[key] = compile_into(tmp_path_factory.mktemp("compiled"), cluster)
        return [Path(shutil.copy(file, folder)) for file in kept[key]]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scheduled, "compile_into", compile_once)
        yield


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[KfpServer]:
    monkeypatch.setattr("kfp.Client._LOCAL_KFP_CONTEXT", str(tmp_path / "context.json"))
    with KfpServer() as double:
        yield double


def deploy(server: KfpServer, *options: str) -> Result:
    return CliRunner().invoke(app, ["deploy", "pipelines", "--host", server.url, *ARGUMENTS, *options])


def deployed(server: KfpServer, *options: str) -> list[str]:
    result = deploy(server, *options)
    assert result.exception is None, result.exception
    return result.stdout.splitlines()


def enabled(server: KfpServer) -> dict[str, Any]:
    """The recurring runs that are enabled, by name; two of one name would be one night twice."""
    runs = [run for run in server.recurring_runs.values() if run.enabled]
    assert len({run.display_name for run in runs}) == len(runs)
    return {run.display_name: run for run in runs}


def test_the_first_deployment_uploads_and_schedules_both_pipelines(server: KfpServer) -> None:
    deployed(server)

    assert sorted(enabled(server)) == NAMES
    assert {name: run.cron for name, run in enabled(server).items()} == {
        name: scheduled.SCHEDULES[name] for name in NAMES
    }
    for run in enabled(server).values():
        assert (run.max_concurrency, run.no_catchup) == (1, True)
        assert run.parameters["lake"] == "/lake"
        version = server.versions[run.pipeline_version_id]
        assert version.display_name == version.name
        assert len(version.name) == 12


def test_the_assistant_is_fine_tuned_only_by_a_recipe_that_names_a_model(
    server: KfpServer, tmp_path: Path
) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("assistant_tuning: {base_model: /lake/models/reader}\n", encoding="utf-8")

    deployed(server, "--recipe", str(recipe), "--gpu", "tune-assistant=2", "--gpu-resource", "amd.com/gpu")

    tuning = enabled(server)[scheduled.TUNING]
    assert tuning.parameters["assistant_tuning"]["base_model"] == "/lake/models/reader"
    executors = server.versions[tuning.pipeline_version_id].package.executors
    given = {
        name: executor.container.resources.accelerator.resource_count
        for name, executor in executors.items()
        if executor.container.resources.HasField("accelerator")
    }
    assert given == {"exec-tune-assistant": "2"}


def test_a_second_deployment_writes_nothing(server: KfpServer) -> None:
    deployed(server)
    before = len(server.writes)

    lines = deployed(server)

    assert server.writes[before:] == []
    assert [line.split(":")[0] for line in lines] == NAMES
    assert all("is up to date" in line for line in lines)


def test_a_changed_setting_makes_a_new_schedule_and_disables_the_former(server: KfpServer) -> None:
    deployed(server)
    former = enabled(server)
    server.finish(server.fire(former["airloom-daily"].recurring_run_id).run_id)

    lines = deployed(server, "--mlflow-uri", "http://other:5000")

    assert "airloom-daily: mlflow_uri changes from http://mlflow:5000 to http://other:5000" in lines
    assert {run.parameters["mlflow_uri"] for run in enabled(server).values()} == {"http://other:5000"}
    assert {run.recurring_run_id for run in former.values()} <= server.recurring_runs.keys()
    assert len(server.runs) == 1, "the former schedule's history of runs is cut"


def test_the_new_schedule_is_made_before_the_former_is_disabled(server: KfpServer) -> None:
    deployed(server)
    before = len(server.writes)

    deployed(server, "--mlflow-uri", "http://other:5000")

    kinds = [path.rpartition(":")[2] for _, path in server.writes[before:] if "recurringruns" in path]
    assert [kind == "disable" for kind in kinds] == [False, True, False, True]


def test_a_changed_image_is_a_new_version_of_the_same_pipeline(server: KfpServer) -> None:
    deployed(server)
    deployed(server, "--image", "registry.example/airloom-pipeline:0.2.0")

    assert len(server.pipelines) == 2
    version = server.versions[enabled(server)["airloom-daily"].pipeline_version_id]
    executors = version.package.executors.values()
    assert {executor.container.image for executor in executors} == {"registry.example/airloom-pipeline:0.2.0"}


def test_a_changed_cron_replaces_one_schedule_only(
    server: KfpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed(server)
    training = enabled(server)["airloom-training"]
    monkeypatch.setitem(scheduled.SCHEDULES, "airloom-daily", "0 0 3 * * *")

    lines = deployed(server)

    assert "airloom-daily: (cron) changes from 0 30 1 * * * to 0 0 3 * * *" in lines
    assert enabled(server)["airloom-daily"].cron == "0 0 3 * * *"
    assert enabled(server)["airloom-training"] == training


def test_going_back_makes_a_new_schedule(server: KfpServer) -> None:
    """To enable the former one again would at once start the run that it missed last."""
    deployed(server)
    first = enabled(server)["airloom-daily"].recurring_run_id
    deployed(server, "--recipe", "sample-world")

    deployed(server)

    assert sorted(enabled(server)) == NAMES
    assert enabled(server)["airloom-daily"].recurring_run_id != first
    assert not any(path.endswith(":enable") for _, path in server.writes)


def test_prune_deletes_what_was_disabled_and_keeps_what_runs(server: KfpServer) -> None:
    deployed(server)
    deployed(server, "--recipe", "sample-world")
    assert len(server.recurring_runs) == 4

    deployed(server, "--recipe", "sample-world", "--prune")

    assert sorted(run.display_name for run in server.recurring_runs.values()) == NAMES
    assert sorted(enabled(server)) == NAMES


def test_prune_spares_a_night_that_is_running(server: KfpServer) -> None:
    """Kubernetes ends the workflow with the schedule that owns it."""
    deployed(server)
    former = enabled(server)["airloom-daily"].recurring_run_id
    night = server.fire(former, state="RUNNING").run_id

    lines = deployed(server, "--recipe", "sample-world", "--prune")

    assert (
        f"airloom-daily: former recurring run {former} has a run in progress and stays; prune it later"
        in lines
    )
    assert server.runs[night].state == "RUNNING"

    server.finish(night)
    deployed(server, "--recipe", "sample-world", "--prune")
    assert former not in server.recurring_runs


@pytest.mark.parametrize("change", [(), ("--recipe", "sample-world")])
def test_a_schedule_that_a_person_disabled_stays_disabled(
    server: KfpServer, change: tuple[str, ...], tmp_path: Path
) -> None:
    deployed(server)
    paused = enabled(server)["airloom-daily"].recurring_run_id
    connect(server.url).disable_recurring_run(paused)

    lines = deployed(server, *change)

    assert sorted(enabled(server)) == ["airloom-training"]
    assert "airloom-daily: its schedule was disabled by hand and stays so; enable it in Kubeflow" in lines


def test_a_schedule_of_the_first_release_is_replaced(server: KfpServer, tmp_path: Path) -> None:
    """It was made from a package and not from a version, so that nobody could tell what it runs."""
    old = old_schedule(server, tmp_path)

    lines = deployed(server)

    assert not server.recurring_runs[old].enabled
    assert sorted(enabled(server)) == NAMES
    assert any("(version) changes from none of a version" in line for line in lines)


def old_schedule(server: KfpServer, folder: Path) -> str:
    """A recurring run as the first release made it; its id."""
    client = connect(server.url)
    (pipeline,) = (one for one in written(folder) if one.name == "airloom-daily")
    made = client.create_recurring_run(
        experiment_id=client.create_experiment("airloom").experiment_id,
        job_name=pipeline.name,
        cron_expression=pipeline.cron,
        max_concurrency=1,
        no_catchup=True,
        enable_caching=False,
        params=dict(pipeline.parameters),
        pipeline_package_path=str(pipeline.package),
    )
    return str(made.recurring_run_id)


def written(folder: Path) -> list[ScheduledPipeline]:
    return scheduled.scheduled_pipelines(
        folder,
        recipe=recipe_named("default"),
        servers=Servers("http://mlflow:5000"),
        cluster=Cluster(lake="/lake"),
    )


def test_a_setting_that_becomes_nothing_is_shown_so(server: KfpServer) -> None:
    deployed(server, "--feature-store", "/etc/feast/feature_store.yaml")

    lines = deployed(server, "--dry-run")

    assert "airloom-daily: feature_store changes from /etc/feast/feature_store.yaml to" in [
        line.strip() for line in lines
    ]


def test_there_is_no_run_of_a_pipeline_that_is_none(server: KfpServer) -> None:
    error = CliRunner().invoke(app, ["deploy", "run", "airloom-weekly", "--host", server.url]).exception

    assert isinstance(error, AirloomError)
    assert "There is no pipeline airloom-weekly. Choose one of: airloom-daily, airloom-training" in str(error)


def test_a_dry_run_says_what_would_change_and_writes_nothing(server: KfpServer) -> None:
    first = deployed(server, "--dry-run")
    assert server.writes == []
    assert sum("would be uploaded" in line for line in first) == 2
    assert sum("would be created" in line for line in first) == 2

    deployed(server)
    before = len(server.writes)
    lines = deployed(server, "--dry-run", "--prune", "--mlflow-uri", "http://other:5000")

    assert server.writes[before:] == []
    assert "airloom-daily: mlflow_uri changes from http://mlflow:5000 to http://other:5000" in lines
    assert sum("would be disabled" in line for line in lines) == 2


def test_many_schedules_of_a_name_are_all_seen(server: KfpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.kubeflow.deploy.PAGE_SIZE", 2)
    deployed(server)
    for number in range(4):
        deployed(server, "--mlflow-uri", f"http://{number}:5000")

    deployed(server)

    assert sorted(enabled(server)) == NAMES
    assert len(server.recurring_runs) == 12


def test_a_run_is_started_with_the_settings_of_the_schedule(server: KfpServer) -> None:
    deployed(server, "--recipe", "sample-world")

    for options in ((), ("--day", "2026-03-15")):
        arguments = ["deploy", "run", "airloom-daily", "--host", server.url, *options]
        result = CliRunner().invoke(app, arguments)
        assert result.exception is None, result.exception

        version = server.versions[enabled(server)["airloom-daily"].pipeline_version_id].name
        assert result.stdout.endswith(f"version {version}\n")

    now, named = server.runs.values()
    assert named.given == {**now.given, "day": "2026-03-15"}
    assert now.given == enabled(server)["airloom-daily"].parameters


@pytest.mark.parametrize(("day", "says"), [("", "has no schedule"), ("15 March", "is not a date")])
def test_a_run_that_cannot_be_started_says_why(server: KfpServer, day: str, says: str) -> None:
    arguments = ["deploy", "run", "airloom-daily", "--host", server.url, "--day", day]

    error = CliRunner().invoke(app, arguments).exception

    assert isinstance(error, AirloomError)
    assert says in str(error)


def test_a_schedule_of_the_first_release_starts_no_run(server: KfpServer, tmp_path: Path) -> None:
    old_schedule(server, tmp_path)

    error = CliRunner().invoke(app, ["deploy", "run", "airloom-daily", "--host", server.url]).exception

    assert isinstance(error, AirloomError)
    assert "airloom-daily has no schedule in the experiment airloom" in str(error)


def test_a_password_in_a_setting_is_not_shown(server: KfpServer) -> None:
    deployed(server, "--mlflow-uri", "http://me:s3cret@mlflow:5000")

    lines = "\n".join(deployed(server))

    assert "mlflow_uri changes from http://***@mlflow:5000 to http://mlflow:5000" in lines
    assert "s3cret" not in lines


def test_a_token_is_read_from_its_file_and_never_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("kfp.Client._LOCAL_KFP_CONTEXT", str(tmp_path / "context.json"))
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_text("s3cret\n")
    bad.write_text("wr0ng\n")
    with KfpServer(token="s3cret") as server:
        deployed(server, "--token-file", str(good))
        for options in ((), ("--token-file", str(bad))):
            error = deploy(server, *options).exception
            assert isinstance(error, AirloomError)
            assert "answers 401" in str(error)
            assert "--token-file" in str(error)
            assert "wr0ng" not in str(error)


@pytest.mark.parametrize("content", ["", "  \n", None])
def test_a_token_file_without_a_token_is_named(
    server: KfpServer, tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_text(content)

    error = deploy(server, "--token-file", str(file)).exception

    assert isinstance(error, AirloomError)
    assert str(file) in str(error)


def test_in_a_profile_everything_is_in_its_namespace(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("kfp.Client._LOCAL_KFP_CONTEXT", str(tmp_path / "context.json"))
    with KfpServer(multi_user=True) as server:
        for _ in range(2):
            deployed(server, "--namespace", "team-a")

        assert {pipeline.namespace for pipeline in server.pipelines.values()} == {"team-a"}
        assert {run.namespace for run in server.recurring_runs.values()} == {"team-a"}
        assert len(server.recurring_runs) == 2


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_server_that_fails_is_said_in_a_sentence_and_the_next_deployment_mends_it(
    server: KfpServer, method: str
) -> None:
    server.fail_next(status=503, path_prefix="/apis/v2beta1/recurringruns", method=method)

    error = deploy(server).exception
    assert isinstance(error, AirloomError)
    assert f"Kubeflow Pipelines at {server.url} answers 503" in str(error)

    deployed(server)
    assert sorted(enabled(server)) == NAMES


def test_two_deployments_at_once_leave_one_schedule_enabled(
    server: KfpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one, with the settings of before, takes our new schedule for a former one."""
    deployed(server)
    disable = kfp.Client.disable_recurring_run
    began = False

    def meanwhile(client: kfp.Client, run_id: str) -> Any:
        nonlocal began
        if not began:
            began = True
            deployed(server)
        return disable(client, run_id)

    monkeypatch.setattr(kfp.Client, "disable_recurring_run", meanwhile)

    lines = deployed(server, "--mlflow-uri", "http://other:5000")

    assert sorted(enabled(server)) == NAMES
    assert "airloom-daily: another deployment disabled the recurring run; it was created again" in lines


def test_what_others_call_nearly_the_same_is_left_alone(server: KfpServer, tmp_path: Path) -> None:
    """The server compares names without regard to case."""
    client = connect(server.url)
    (pipeline,) = (one for one in written(tmp_path) if one.name == "airloom-daily")
    others = client.create_recurring_run(
        experiment_id=client.create_experiment("airloom").experiment_id,
        job_name="Airloom-Daily",
        cron_expression=pipeline.cron,
        params=dict(pipeline.parameters),
        pipeline_package_path=str(pipeline.package),
    )

    deployed(server, "--prune")

    assert server.recurring_runs[others.recurring_run_id].enabled


def test_settings_that_the_client_saved_are_not_used(
    server: KfpServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    saved = tmp_path / "saved.json"
    saved.write_text("{")
    monkeypatch.setattr("kfp.Client._LOCAL_KFP_CONTEXT", str(saved))
    monkeypatch.setenv("KF_PIPELINES_IAP_OAUTH2_CLIENT_ID", "another server's")

    deployed(server)

    assert saved.read_text() == "{"


def test_an_answer_that_was_lost_leaves_one_schedule_of_each(server: KfpServer) -> None:
    server.drop_next(carried_out=True, path_prefix="/apis/v2beta1/recurringruns", method="POST")
    assert isinstance(deploy(server).exception, AirloomError)

    deployed(server)

    assert sorted(enabled(server)) == NAMES
    assert len(server.recurring_runs) == 2


def test_a_server_that_hangs_is_not_waited_for_without_end(
    server: KfpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.kubeflow.server.TIMEOUT_S", 1)
    server.hang_next(seconds=30, path_prefix="/apis/v2beta1/pipelines/upload", method="POST")

    error = deploy(server).exception

    assert isinstance(error, AirloomError)
    assert "cannot be reached" in str(error)


@pytest.mark.parametrize("host", ["http://127.0.0.1:1", "nonsense", "HTTP://127.0.0.1:1", "127.0.0.1:1"])
def test_a_host_that_is_none_is_named(host: str) -> None:
    error = CliRunner().invoke(app, ["deploy", "pipelines", "--host", host, *ARGUMENTS]).exception

    assert isinstance(error, AirloomError)
    assert host in str(error)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "No server is named"),
        (("--host", "http://x", "--recipe", "tomorrow"), "no recipe tomorrow"),
        (("--host", "http://x", "--gpu", "train=1"), "There is no step train"),
        (("--host", "http://x", "--gpu", "train-ranker=\u00b2"), "no number of GPUs"),
        (("--host", "http://x", "--lake", " "), "--lake is ' '"),
        (("--host", "http://x", "--lake", "relative"), "--lake relative is no path in the steps' pods"),
        (("--host", "http://x", "--image", "$(IMAGE)"), "--image is '$(IMAGE)'"),
        (("--host", "http://x", "--mlflow-uri", ""), "--mlflow-uri is ''"),
        (("--host", "http://x", "--feature-store", "store.yaml"), "--feature-store store.yaml is no path"),
        (("--into", "/dev/null/folder"), "/dev/null/folder"),
        (("--host", "http://x", "--gpu-node", "pool=gpu"), "No step is given a GPU"),
        (("--host", "http://x", "--gpu", "train-ranker"), "has no name or no value"),
        (("--host", "http://x", "--gpu", "train-ranker=many"), "no number of GPUs"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: tuple[str, ...], says: str) -> None:
    error = CliRunner().invoke(app, ["deploy", "pipelines", *ARGUMENTS, *options]).exception

    assert isinstance(error, AirloomError)
    assert says in str(error)


def test_a_lake_that_may_not_be_written_is_found_before_the_first_night(
    server: KfpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise AirloomError(f"{path} may not be written", do="Give this user the right")

    monkeypatch.setattr("airloom.files.check_writable", refuse)

    error = deploy(server, "--lake", str(tmp_path)).exception

    assert isinstance(error, AirloomError)
    assert server.writes == []
