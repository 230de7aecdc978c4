"""The execution that stands for Kubeflow's: small pipelines, compiled here and run by the driver's rules."""

# Kubeflow reads the annotations of a component at run time, hence no postponed evaluation here.

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, List, NamedTuple, Optional  # noqa: UP035 - Kubeflow knows the types of List alone

import pytest
from kfp import compiler, dsl, kubernetes
from kfp.dsl import Artifact, Dataset, Input, Output, PipelineTaskFinalStatus

from tests.kubeflow.driver import Kill, PackageRun, run_package
from tests.kubeflow.driver_conditions import holds
from tests.kubeflow.driver_launcher import ClusterDouble
from tests.kubeflow.driver_pods import can_isolate
from tests.kubeflow.driver_values import DriverError
from tests.kubeflow.image import DOCKERFILE, ROOT, Image, own, read_stage

step = dsl.component(base_image="image", install_kfp_package=False)


@step
def untyped_plan() -> list:
    return [0, 1]


@step
def plan(count: int) -> List[int]:  # noqa: UP006
    return list(range(count))


@step
def square(number: int) -> NamedTuple("Outputs", [("square", int), ("type", str)]):
    return number * number, type(number).__name__


@step
def add(numbers: list) -> float:
    return float(sum(numbers))


@step
def say(text: str) -> str:
    return text


@step
def describe(number: int = 5, name: Optional[str] = None) -> str:  # noqa: UP045 - Kubeflow knows no unions
    return f"{number} {name}"


@step
def fail() -> None:
    print("this step fails")
    raise SystemExit(3)


@step
def fail_at_first(folder: str) -> int:
    from pathlib import Path

    attempts = Path(folder, "attempts")
    count = int(attempts.read_text()) + 1 if attempts.exists() else 1
    attempts.write_text(str(count))
    print(f"attempt {count}")
    if count < 3:
        raise RuntimeError("not yet")
    return count


@step
def count_up(folder: str, name: str = "count") -> int:
    from pathlib import Path

    file = Path(folder, name)
    count = int(file.read_text()) + 1 if file.exists() else 1
    file.write_text(str(count))
    return count


@step
def sleep_at_first(folder: str, scratch: Output[Artifact]) -> str:
    import subprocess
    import sys
    import time
    from pathlib import Path

    left = Path(scratch.path).exists()
    Path(scratch.path).write_text("half")
    begun = Path(folder, "begun")
    if not begun.exists():
        begun.write_text("")
        code = f"import time, pathlib; time.sleep(1); pathlib.Path({folder!r}, 'survived').write_text('')"
        subprocess.Popen([sys.executable, "-c", code])
        time.sleep(60)
    return f"found the half of another attempt: {left}"


@step
def tell_state(status: PipelineTaskFinalStatus, run_id: str) -> str:
    return f"{status.pipeline_task_name} {status.state} {run_id}"


@step
def write_data(data: Output[Dataset]) -> None:
    from pathlib import Path

    Path(data.path).mkdir()
    Path(data.path, "rows.txt").write_text("three rows")
    data.metadata.update({"rows": 3, "whole": True, "columns": ["a", "b"]})


@step
def read_data(data: Input[Dataset]) -> str:
    from pathlib import Path

    return f"{Path(data.path, 'rows.txt').read_text()} {sorted(data.metadata.items())}"


@step
def write_nothing_known(data: Output[Dataset]) -> None:
    data.metadata["best"] = None


@step
def look_around(checkout: str) -> dict:
    import importlib.util
    import os
    import sys
    from pathlib import Path

    import airloom

    def writable(folder: str) -> bool:
        try:
            Path(folder, "probe").write_text("")
        except OSError:
            return False
        Path(folder, "probe").unlink()
        return True

    return {
        "airloom": airloom.__file__,
        "python": sys.executable,
        "service": importlib.util.find_spec("model_service") is not None,
        "tests": importlib.util.find_spec("pytest") is not None,
        "variables": sorted(os.environ),
        "user": os.getuid(),
        "groups": os.getgroups(),
        "folder": str(Path.cwd()),
        "home": os.environ["HOME"],
        "writable": [folder for folder in ("/", "/etc", "/app", "/opt/airloom", "/tmp") if writable(folder)],  # noqa: S108
        "checkout": Path(checkout, "pyproject.toml").exists(),
    }


@step
def read_environment(names: list) -> dict:
    import os

    return {name: os.environ.get(name, "none") for name in names}


@step
def write_file(file: str, text: str) -> str:
    from pathlib import Path

    try:
        Path(file).write_text(text)
    except OSError as error:
        return type(error).__name__
    return Path(file).read_text()


@pytest.fixture
def shared(tmp_path: Path, image: Image) -> Path:
    """A folder that every step sees."""
    folder = tmp_path / "shared"
    folder.mkdir()
    own(folder, image=image)
    return folder


@pytest.fixture
def cluster(image: Image, tmp_path: Path, shared: Path) -> ClusterDouble:
    return ClusterDouble(image=image, folder=tmp_path / "cluster", shared=(shared,))


@pytest.fixture
def run(cluster: ClusterDouble, tmp_path: Path) -> Callable[..., PackageRun]:
    """Compiles a pipeline function and runs it."""

    def compile_and_run(
        function: Callable[..., Any], *, on: ClusterDouble = cluster, kill: Any = None, **parameters: Any
    ) -> PackageRun:
        package = tmp_path / "package.yaml"
        compiler.Compiler().compile(dsl.pipeline(function, name="small"), str(package))
        return run_package(package, parameters, cluster=on, kill=kill, run_id="run-1")

    return compile_and_run


# types


def test_an_item_of_an_untyped_list_is_text_and_no_integer_takes_it(run: Callable[..., PackageRun]) -> None:
    def pipeline() -> None:
        with dsl.ParallelFor(untyped_plan().output) as number:
            square(number=number)

    ended = run(pipeline)
    assert ended.state == "FAILED"
    assert ended.error == 'input parameter "number" type mismatch: expect NUMBER_INTEGER, got string'
    assert [(execution.iteration, execution.state) for execution in ended.all("square")] == [
        (0, "FAILED"),
        (1, "FAILED"),
    ]


def test_a_list_of_integers_runs_and_is_collected_in_its_order(run: Callable[..., PackageRun]) -> None:
    def pipeline(count: int) -> None:
        with dsl.ParallelFor(plan(count=count).output) as number:
            squared = square(number=number)
        add(numbers=dsl.Collected(squared.outputs["square"]))

    ended = run(pipeline, count=3)
    assert ended.state == "SUCCEEDED", ended.failures()
    assert [execution.outputs["square"] for execution in ended.all("square")] == [0, 1, 4]
    assert ended.task("square", iteration=2).path == ("for-loop-1[2]",)
    assert (
        ended.task("square", iteration=2).outputs["type"] == "int"
    )  # a whole double is written without a point
    assert ended.task("add").inputs == {"numbers": [0, 1, 4]}


def test_a_loop_in_a_loop_is_collected_as_one_list(run: Callable[..., PackageRun]) -> None:
    def pipeline() -> None:
        with dsl.ParallelFor([1, 2]) as count, dsl.ParallelFor(plan(count=count).output) as number:
            squared = square(number=number)
        add(numbers=dsl.Collected(squared.outputs["square"]))

    ended = run(pipeline)
    assert ended.task("add").inputs == {"numbers": [0, 0, 1]}, ended.failures()


def test_nothing_can_be_collected_from_a_loop_over_nothing(run: Callable[..., PackageRun]) -> None:
    def pipeline() -> None:
        with dsl.ParallelFor(plan(count=0).output) as number:
            squared = square(number=number)
        add(numbers=dsl.Collected(squared.outputs["square"]))

    ended = run(pipeline)
    assert "had no iterations" in ended.error


def test_fields_of_an_item_are_chosen_by_the_step_that_wants_them(run: Callable[..., PackageRun]) -> None:
    def pipeline() -> None:
        with dsl.ParallelFor([{"low": 2, "high": 3}]) as item:
            square(number=item.high)

    assert run(pipeline).task("square").outputs["square"] == 9


def test_what_is_no_text_becomes_text_where_text_is_wanted(run: Callable[..., PackageRun]) -> None:
    def pipeline() -> None:
        with dsl.ParallelFor(untyped_plan().output) as item:
            say(text=item)

    assert [execution.outputs["Output"] for execution in run(pipeline).all("say")] == ["0", "1"]


def test_a_step_gets_the_defaults_of_what_it_is_not_given(run: Callable[..., PackageRun]) -> None:
    def pipeline(name: Optional[str] = None) -> None:  # noqa: UP045
        describe(name="x")
        describe(number=3)
        describe(name=name)

    outputs = [execution.outputs["Output"] for execution in run(pipeline).executions]
    assert outputs == ["5 x", "3 None", "5 None"]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "neither default value nor user provided value"),
        ({"number": "3"}, "expect NUMBER_INTEGER, got string"),
        ({"number": 3, "other": 1}, "'other' is not an input of the pipeline"),
        ({"number": 3, "name": 1}, "requires type string"),
    ],
)
def test_parameters_are_checked_before_anything_runs(
    run: Callable[..., PackageRun], parameters: dict[str, Any], message: str
) -> None:
    def pipeline(number: int, name: str = "") -> None:
        square(number=number)
        say(text=name)

    ended = run(pipeline, **parameters)
    assert ended.state == "FAILED"
    assert message in ended.error
    assert ended.executions == ()


# conditions and pipelines in pipelines


@pytest.mark.parametrize(("number", "message"), [(1, "one"), (5, "many"), (2, "few")])
def test_one_branch_of_a_condition_runs_and_its_output_is_taken(
    run: Callable[..., PackageRun], number: int, message: str
) -> None:
    def pipeline(number: int) -> None:
        squared = square(number=number).outputs["square"]
        with dsl.If(squared == 1):
            first = say(text="one")
        with dsl.Elif(squared > 9):
            second = say(text="many")
        with dsl.Else():
            third = say(text="few")
        say(text=dsl.OneOf(first.output, second.output, third.output))

    ended = run(pipeline, number=number)
    assert ended.task("say-4").inputs == {"text": message}, ended.failures()
    assert sum(execution.state == "SKIPPED" for execution in ended.executions) == 2


def test_a_run_with_a_condition_that_does_not_hold_succeeds(run: Callable[..., PackageRun]) -> None:
    def pipeline(number: int) -> None:
        with dsl.If(square(number=number).outputs["type"] == "float", name="float"):
            say(text="inside")

    ended = run(pipeline, number=1)
    assert ended.state == "SUCCEEDED"
    assert [execution.state for execution in ended.executions] == ["SUCCEEDED", "SKIPPED"]


@pytest.mark.parametrize(
    ("condition", "true"),
    [
        ("inputs.parameter_values['n'] == 3", True),
        ("int(inputs.parameter_values['n']) >= 3 && inputs.parameter_values['s'] != 'a b'", True),
        ("!(inputs.parameter_values['b'] == true) || inputs.parameter_values['n'] < 2.5", False),
        ("double(inputs.parameter_values['n']) > -1e3", True),
        ("string(inputs.parameter_values['n']) == '3'", True),
        ("(inputs.parameter_values['b']) && !false", True),
        ("inputs.parameter_values['s'] == 3", False),
    ],
)
def test_conditions_are_read_as_the_compiler_writes_them(*, condition: str, true: bool) -> None:
    assert holds(condition, {"n": 3.0, "s": "it's", "b": True}) is true


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("inputs.parameter_values['x'] == 3", "no such key: x"),
        ("inputs.parameter_values['s'] < 3", "no such overload"),
        ("inputs.parameter_values['n']", "return type is not bool"),
        ("int(inputs.parameter_values['s']) == 3", "evaluation error"),
        ("inputs.parameter_values['n'] == ", "ends too early"),
        ("size(inputs.parameter_values['s']) == 3", "unknown word"),
        ("true true", "goes on with"),
        ("(true", "closing bracket"),
        ("true & true", "cannot be read"),
    ],
)
def test_a_condition_that_cannot_be_told_is_an_error(condition: str, message: str) -> None:
    with pytest.raises(DriverError, match=message):
        holds(condition, {"n": 3.0, "s": "text"})


@dsl.pipeline
def inner(number: int = 3, name: Optional[str] = None) -> str:  # noqa: UP045
    squared = square(number=number)
    return describe(number=squared.outputs["square"], name=name).output


def test_a_pipeline_in_a_pipeline_gets_its_defaults_and_gives_its_output(
    run: Callable[..., PackageRun],
) -> None:
    def pipeline() -> None:
        say(text=inner().output)
        say(text=inner(number=2, name="x").output)

    ended = run(pipeline)
    assert ended.task("say").outputs == {"Output": "9 None"}, ended.failures()
    assert ended.task("say-2").outputs == {"Output": "4 x"}
    assert {execution.path for execution in ended.all("square")} == {("inner",), ("inner-2",)}


# failures, exit tasks, retries


def test_what_depends_on_a_failed_step_is_skipped_and_the_run_fails(run: Callable[..., PackageRun]) -> None:
    def pipeline() -> None:
        failed = fail()
        say(text="after").after(failed)
        say(text="beside")

    ended = run(pipeline)
    assert ended.state == "FAILED"
    assert ended.task("say").state == "SKIPPED"
    assert ended.task("say-2").state == "SUCCEEDED"  # it began before the other had failed
    assert "this step fails" in ended.task("fail").log
    assert ended.task("fail").attempts[0].exit_code == 3


def test_an_exit_task_runs_after_success_and_hears_of_it(run: Callable[..., PackageRun]) -> None:
    def pipeline() -> None:
        with dsl.ExitHandler(tell_state(run_id=dsl.PIPELINE_JOB_ID_PLACEHOLDER)):
            say(text="inside")

    ended = run(pipeline)
    assert ended.state == "SUCCEEDED"
    assert ended.task("tell-state").outputs == {"Output": "exit-handler-1 COMPLETE run-1"}


def test_an_exit_task_runs_after_a_failure_and_hears_of_it(run: Callable[..., PackageRun]) -> None:
    def pipeline() -> None:
        with dsl.ExitHandler(tell_state(run_id=dsl.PIPELINE_JOB_ID_PLACEHOLDER)):
            say(text="never").after(inner(number=2).after(fail()))

    ended = run(pipeline)
    assert ended.state == "FAILED"
    assert ended.task("tell-state").outputs == {"Output": "exit-handler-1 FAILED run-1"}


def test_an_exit_task_cannot_know_how_a_run_ended_whose_last_driver_refused(
    run: Callable[..., PackageRun],
) -> None:
    def pipeline() -> None:
        with dsl.ExitHandler(tell_state(run_id="")), dsl.ParallelFor(untyped_plan().output) as number:
            square(number=number)

    ended = run(pipeline)
    assert ended.state == "FAILED"
    assert ended.task("tell-state").outputs == {"Output": "exit-handler-1 RUNNING "}


def test_a_step_that_fails_is_run_again_as_often_as_it_may(
    run: Callable[..., PackageRun], shared: Path
) -> None:
    def pipeline(folder: str) -> None:
        fail_at_first(folder=folder).set_retry(2)

    ended = run(pipeline, folder=str(shared))
    tried = ended.task("fail-at-first")
    assert (ended.state, tried.outputs) == ("SUCCEEDED", {"Output": 3})
    assert [attempt.exit_code for attempt in tried.attempts] == [1, 1, 0]
    assert [f"attempt {number}" in attempt.log for number, attempt in enumerate(tried.attempts, 1)] == [
        True
    ] * 3


def test_a_step_that_fails_more_often_than_it_may_fails_the_run(
    run: Callable[..., PackageRun], shared: Path
) -> None:
    def pipeline(folder: str) -> None:
        fail_at_first(folder=folder).set_retry(1)

    ended = run(pipeline, folder=str(shared))
    assert ended.state == "FAILED"
    assert len(ended.task("fail-at-first").attempts) == 2


def test_no_attempt_begins_after_the_longest_back_off(run: Callable[..., PackageRun], shared: Path) -> None:
    """Argo counts it from the beginning of the first attempt."""

    def pipeline(folder: str) -> None:
        fail_at_first(folder=folder).set_retry(2, backoff_max_duration="0s")

    ended = run(pipeline, folder=str(shared))
    assert ended.state == "FAILED"
    assert len(ended.task("fail-at-first").attempts) == 1
    assert "Max duration limit exceeded" in ended.task("fail-at-first").log


def test_a_killed_step_is_run_again_in_a_new_pod_and_its_children_die_with_it(
    run: Callable[..., PackageRun], shared: Path
) -> None:
    def pipeline(folder: str) -> None:
        sleep_at_first(folder=folder).set_retry(1)

    ended = run(pipeline, folder=str(shared), kill=Kill(task="sleep-at-first", after_s=0.7))
    tried = ended.task("sleep-at-first")
    assert ended.state == "SUCCEEDED", ended.failures()
    assert [attempt.killed for attempt in tried.attempts] == [True, False]
    assert tried.outputs == {"Output": "found the half of another attempt: False"}
    assert not (shared / "survived").exists()


def test_a_step_that_takes_too_long_is_stopped(run: Callable[..., PackageRun], shared: Path) -> None:
    def pipeline(folder: str) -> None:
        kubernetes.set_timeout(sleep_at_first(folder=folder), 1)

    ended = run(pipeline, folder=str(shared))
    assert (ended.state, ended.error) == ("FAILED", "DeadlineExceeded")


# the cache


def test_a_step_with_the_same_inputs_is_taken_from_the_cache_at_any_depth(
    run: Callable[..., PackageRun], shared: Path
) -> None:
    def pipeline(folder: str) -> None:
        with dsl.ParallelFor(["a", "b"]) as name:
            count_up(folder=folder, name=name)
        with dsl.If(count_up(folder=folder).output == 1):
            count_up(folder=folder, name="c")

    assert [execution.state for execution in run(pipeline, folder=str(shared)).executions] == [
        "SUCCEEDED"
    ] * 4
    again = run(pipeline, folder=str(shared))
    assert [(execution.state, execution.outputs) for execution in again.executions] == [
        ("CACHED", {"Output": 1})
    ] * 4
    assert (shared / "a").read_text() == "1"


def test_a_step_without_caching_runs_again_and_so_does_what_reads_its_artifact(
    run: Callable[..., PackageRun], shared: Path
) -> None:
    def pipeline(folder: str) -> None:
        count_up(folder=folder).set_caching_options(False)
        read_data(data=write_data().set_caching_options(False).outputs["data"])

    run(pipeline, folder=str(shared))
    again = run(pipeline, folder=str(shared))
    assert {execution.state for execution in again.executions} == {"SUCCEEDED"}
    assert again.task("count-up").outputs == {"Output": 2}


def test_a_failed_execution_is_not_kept(run: Callable[..., PackageRun], shared: Path) -> None:
    def pipeline(folder: str) -> None:
        fail_at_first(folder=folder)

    assert [run(pipeline, folder=str(shared)).state for _ in range(3)] == ["FAILED", "FAILED", "SUCCEEDED"]


# artifacts


def test_an_artifact_reaches_the_next_step_with_what_the_metadata_store_keeps_of_it(
    run: Callable[..., PackageRun], cluster: ClusterDouble
) -> None:
    def pipeline() -> None:
        read_data(data=write_data().outputs["data"])

    ended = run(pipeline)
    kept = "[('columns', {'list': ['a', 'b']}), ('rows', 3), ('whole', 1)]"
    assert ended.task("read-data").outputs == {"Output": f"three rows {kept}"}, ended.failures()
    written = ended.task("write-data").artifacts["data"]
    assert (cluster.stored(written.uri) / "rows.txt").read_text() == "three rows"


def test_the_metadata_store_takes_no_null(run: Callable[..., PackageRun]) -> None:
    def pipeline() -> None:
        write_nothing_known()

    assert "unsupported value type null" in run(pipeline).error


# what a pod has


def test_a_step_has_the_image_and_nothing_of_this_machine(
    run: Callable[..., PackageRun], image: Image
) -> None:
    def pipeline() -> None:
        look_around(checkout=str(ROOT))

    ended = run(pipeline)
    seen = ended.task("look-around").outputs.get("Output", {})
    assert ended.state == "SUCCEEDED", ended.failures()
    assert not seen["service"]  # the image holds no service
    assert not seen["tests"]  # nor the tools of development
    variables = {"HOME", "PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONUNBUFFERED"}
    by_the_shell = {"OLDPWD", "PWD", "SHLVL", "_", "LC_CTYPE", "_KFP_RUNTIME"}
    assert set(seen["variables"]) - by_the_shell - {"TMPDIR"} == variables
    app = "/app" if can_isolate() else str(image.app)
    assert seen["airloom"].startswith(f"{app}/airloom/")
    assert seen["folder"] == app


@pytest.mark.skipif(not can_isolate(), reason="needs root and mounts")
def test_a_step_runs_as_the_image_says_in_a_root_that_it_cannot_write(run: Callable[..., PackageRun]) -> None:
    def pipeline() -> None:
        look_around(checkout=str(ROOT))

    seen = run(pipeline).task("look-around").outputs["Output"]
    assert (seen["user"], seen["groups"]) == (10001, [])
    assert seen["python"] == "/opt/airloom/bin/python3"
    assert seen["home"] == "/tmp"  # noqa: S108
    assert seen["writable"] == ["/tmp"]  # noqa: S108
    assert not seen["checkout"]


def test_a_step_gets_its_secrets_and_fields_of_its_pod(
    run: Callable[..., PackageRun], cluster: ClusterDouble
) -> None:
    def pipeline() -> None:
        environment = read_environment(names=["PASSWORD", "KEY", "RUN", "SPACE", "PLAIN"])
        environment.set_env_variable("PLAIN", "value")
        kubernetes.use_secret_as_env(environment, "redis", {"password": "PASSWORD"})
        kubernetes.use_secret_as_env(environment, "model", {"key": "KEY"}, optional=True)
        kubernetes.use_field_path_as_env(environment, "RUN", "metadata.labels['pipeline/runid']")
        kubernetes.use_field_path_as_env(environment, "SPACE", "metadata.namespace")

    ended = run(pipeline, on=replace(cluster, secrets={"redis": {"password": "1234"}}))
    assert ended.task("read-environment").outputs["Output"] == {
        "PASSWORD": "1234",
        "KEY": "none",
        "RUN": "run-1",
        "SPACE": "kubeflow",
        "PLAIN": "value",
    }


@pytest.mark.parametrize("secrets", [{}, {"redis": {"user": "x"}}])
def test_a_pod_without_its_secret_does_not_start(
    run: Callable[..., PackageRun], cluster: ClusterDouble, secrets: dict[str, dict[str, str]]
) -> None:
    def pipeline() -> None:
        environment = read_environment(names=[]).set_retry(2)
        kubernetes.use_secret_as_env(environment, "redis", {"password": "PASSWORD"})

    ended = run(pipeline, on=replace(cluster, secrets=secrets))
    assert ended.state == "FAILED"
    assert ended.error.startswith("CreateContainerConfigError")
    assert ended.task("read-environment").attempts == ()


def test_a_step_writes_to_its_claim_but_not_to_a_config_map(
    run: Callable[..., PackageRun], cluster: ClusterDouble, tmp_path: Path, image: Image
) -> None:
    lake, settings = tmp_path / "lake", tmp_path / "settings"
    for folder in (lake, settings):
        folder.mkdir()
        own(folder, image=image)
    inside = {"lake": "/lake", "settings": "/etc-of-the-step"} if can_isolate() else {}
    lake_path = inside.get("lake", str(lake))
    settings_path = inside.get("settings", str(settings))

    def pipeline() -> None:
        for path in (lake_path, settings_path):
            written = write_file(file=f"{path}/file", text="words")
            kubernetes.mount_pvc(written, "lake", lake_path)
            kubernetes.use_config_map_as_volume(written, "settings", settings_path)

    ended = run(pipeline, on=replace(cluster, claims={"lake": lake}, config_maps={"settings": settings}))
    assert ended.task("write-file").outputs == {"Output": "words"}, ended.failures()
    assert (lake / "file").read_text() == "words"
    if can_isolate():
        assert ended.task("write-file-2").outputs == {"Output": "OSError"}


def test_a_pod_without_its_volume_does_not_start(run: Callable[..., PackageRun]) -> None:
    def pipeline() -> None:
        kubernetes.mount_pvc(say(text=""), "lake", "/lake")

    assert run(pipeline).error == 'persistentvolumeclaim "lake" not found'


def test_every_attempt_is_measured(run: Callable[..., PackageRun]) -> None:
    def pipeline() -> None:
        say(text="").set_memory_limit("2G")

    ended = run(pipeline)
    [attempt] = ended.task("say").attempts
    assert 5 < attempt.peak_mb < 500
    assert 0 < attempt.cpu_seconds < attempt.seconds + 1
    assert ended.task("say").memory_limit_mb == 2000
    assert "| say | SUCCEEDED | 1 |" in ended.table()


def test_the_image_holds_what_the_dockerfile_copies_and_nothing_more(image: Image) -> None:
    copied = {target for _, target in read_stage(DOCKERFILE).copies}
    assert {file.name for file in image.app.iterdir()} == copied
    assert "airloom" in copied
    assert "model_service" not in copied
