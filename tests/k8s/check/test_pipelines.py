"""What a real Kubeflow refused of our pipelines, in small ones; a pipeline with everything in it passes."""

# Kubeflow reads the annotations of pipelines at run time, hence no postponed evaluation here.

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from kfp import dsl, kubernetes

from airloom.errors import AirloomError
from k8s.check import pipelines
from k8s.check.pipeline.package import Package, read, walk
from tests.k8s.small_pipelines import (
    compiled,
    digest,
    everything,
    flag,
    one_step,
    sound,
    untyped_list,
    work,
)

Change = Callable[[dict[str, Any]], object]


def faults(package: Package, **given: Any) -> str:
    return "\n".join(pipelines.faults(package, **given))


def spoilt(package: Package, change: Change) -> Package:
    """A copy of the package whose PipelineSpec `change` has changed."""
    spec = deepcopy(dict(package.spec))
    change(spec)
    return Package(package.name, spec, package.platform)


@pytest.fixture(scope="module")
def sound_pipeline() -> Package:
    return everything()


def test_a_pipeline_with_everything_in_it_passes(sound_pipeline: Package) -> None:
    assert pipelines.faults(sound_pipeline, objects=[], parameters={"lake": "/lake"}) == []


def test_tasks_are_found_at_any_depth(sound_pipeline: Package) -> None:
    paths = {task.path for task in walk(sound_pipeline)}

    assert {
        "last",
        "exit-handler-1/inner/work",
        "exit-handler-1/for-loop-2/for-loop-5/work-3",
        "exit-handler-1/for-loop-2/condition-3/work-2",
        "exit-handler-1/condition-branches-6/condition-7/work-4",
    } <= paths


# Types


def test_an_item_of_an_untyped_list_is_text_and_enters_no_number() -> None:
    @dsl.pipeline(name="loop")
    def loop() -> None:
        planned = sound(untyped_list())
        raised = sound(flag())
        with dsl.ParallelFor(planned.output) as shard, dsl.If(raised.output == True):  # noqa: E712
            sound(work(shard=shard))

    (message,) = pipelines.faults(compiled(loop))
    assert message == (
        "loop: for-loop-1/condition-2/work: its input shard is NUMBER_INTEGER, but the parameter "
        "pipelinechannel--untyped-list-Output-loop-item, which feeds it, is STRING, and Kubeflow converts "
        "nothing but to text; annotate the output Output of untyped-list, which it loops over, as List[int]."
    )


def test_the_items_of_a_list_in_the_pipeline_are_looked_at(sound_pipeline: Package) -> None:
    def change(spec: dict[str, Any]) -> None:
        loop = spec["components"]["comp-for-loop-2"]["dag"]["tasks"]["for-loop-5"]
        loop["parameterIterator"]["items"]["raw"] = '[1, "two"]'

    assert (
        "for-loop-5: its loop item is NUMBER_INTEGER, but the list holds STRING; use items of one type."
        in faults(spoilt(sound_pipeline, change))
    )


def test_what_a_loop_collects_is_a_list(sound_pipeline: Package) -> None:
    def change(spec: dict[str, Any]) -> None:
        inputs = spec["components"]["comp-total"]["inputDefinitions"]
        inputs["parameters"]["parts"]["parameterType"] = "NUMBER_INTEGER"

    message = faults(spoilt(sound_pipeline, change))
    assert "exit-handler-1/total: its input parts is NUMBER_INTEGER, but the output" in message
    assert "of for-loop-2, which feeds it, is LIST" in message


def output(spec: dict[str, Any], component: str, kind: str) -> None:
    spec["components"][component]["outputDefinitions"]["parameters"]["Output"]["parameterType"] = kind


@pytest.mark.parametrize(
    ("component", "message"),
    [
        pytest.param("comp-work-4", "work-6: its input shard is NUMBER_INTEGER, but the output", id="one-of"),
        pytest.param(
            "comp-work", "work-7: its input shard is NUMBER_INTEGER, but the output", id="sub-pipeline"
        ),
        pytest.param("comp-numbers", "it loops over", id="loop"),
    ],
)
def test_outputs_are_followed_to_the_step_that_makes_them(
    sound_pipeline: Package, component: str, message: str
) -> None:
    def change(spec: dict[str, Any]) -> None:
        output(spec, component, "STRUCT")
        inputs = spec["components"]["comp-for-loop-2"]["inputDefinitions"]["parameters"]
        inputs["pipelinechannel--numbers-Output"]["parameterType"] = "STRUCT"

    assert message in faults(spoilt(sound_pipeline, change))


@pytest.mark.parametrize("value", ["1", True, [1], {"a": 1}])
def test_a_constant_must_be_of_the_type_of_the_input(value: object) -> None:
    def change(spec: dict[str, Any]) -> None:
        task = spec["root"]["dag"]["tasks"]["work"]
        task["inputs"]["parameters"]["shard"] = {"runtimeValue": {"constant": value}}

    (message,) = pipelines.faults(spoilt(one_step(), change))
    assert (
        f"one: work: its input shard is NUMBER_INTEGER, but the constant {value!r}, which feeds it, is"
        in message
    )


@pytest.mark.parametrize("value", [1, True, 1.5, [1], {"a": 1}])
def test_everything_can_be_text(value: object) -> None:
    def change(spec: dict[str, Any]) -> None:
        spec["root"]["dag"]["tasks"]["work"]["inputs"]["parameters"]["data_digest"] = {
            "runtimeValue": {"constant": value}
        }

    assert pipelines.faults(spoilt(one_step(), change)) == []


def test_an_exit_handler_gets_a_status_of_what_it_runs_after(sound_pipeline: Package) -> None:
    def number(spec: dict[str, Any]) -> None:
        inputs = spec["components"]["comp-last"]["inputDefinitions"]["parameters"]
        inputs["status"]["parameterType"] = "NUMBER_INTEGER"

    def loose(spec: dict[str, Any]) -> None:
        del spec["root"]["dag"]["tasks"]["last"]["dependentTasks"]

    assert "last: its input status is NUMBER_INTEGER, but the final status of exit-handler-1" in faults(
        spoilt(sound_pipeline, number)
    )
    assert "the final status of exit-handler-1, which it does not run after" in faults(
        spoilt(sound_pipeline, loose)
    )


# Conditions


def condition(text: str) -> Change:
    def change(spec: dict[str, Any]) -> None:
        branches = spec["components"]["comp-condition-branches-6"]["dag"]["tasks"]
        branches["condition-7"]["triggerPolicy"]["condition"] = text

    return change


FLAG = "inputs.parameter_values['pipelinechannel--flag-Output']"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{FLAG} == 'true'", "is BOOLEAN, with 'true', which is STRING; compare values of one type"),
        (f"true == true && 3 < {FLAG}", "compares 3, which is NUMBER_DOUBLE, with"),
        (f"int({FLAG}) == 3", "which is BOOLEAN, with 3, which is NUMBER_DOUBLE"),
        ("inputs.parameter_values['other'] == 1", "its condition asks other, which is none of its inputs"),
    ],
)
def test_a_condition_that_cannot_be_evaluated_is_refused(
    sound_pipeline: Package, text: str, message: str
) -> None:
    messages = faults(spoilt(sound_pipeline, condition(text)))

    assert "everything: exit-handler-1/condition-branches-6/condition-7: its condition" in messages
    assert message in messages


@pytest.mark.parametrize("text", [f"!({FLAG} == false) && {FLAG} != true", f"string({FLAG}) == 'true'"])
def test_values_of_one_type_can_be_compared(sound_pipeline: Package, text: str) -> None:
    assert faults(spoilt(sound_pipeline, condition(text))) == ""


# Caching


def test_a_cached_task_is_found_at_any_depth() -> None:
    def cached(task: Any) -> Any:
        return sound(task).set_caching_options(True)

    message = faults(everything(cached, held=lambda task: task))
    for path in (
        "last",
        "exit-handler-1/inner",
        "exit-handler-1/inner/work",
        "exit-handler-1/for-loop-2/work",
        "exit-handler-1/for-loop-2/condition-3/work-2",
        "exit-handler-1/condition-branches-6/condition-8/work-5",
    ):
        assert f"everything: {path}: Kubeflow would not run it again while its inputs are the same" in message
    assert "call set_caching_options(False), or feed an input data_digest." in message


def test_a_task_may_be_cached_by_the_digest_of_what_it_reads() -> None:
    @dsl.pipeline(name="cached")
    def cached(day: str = "") -> None:
        digested = sound(digest())
        with dsl.ParallelFor([1, 2]) as shard:
            sound(work(shard=shard, data_digest=digested.output)).set_caching_options(True)
            sound(work(shard=shard, data_digest=day)).set_caching_options(True)

    (message,) = pipelines.faults(compiled(cached))
    assert message.startswith("cached: for-loop-2/work-2: Kubeflow would not run it again")


# Steps

BARE = [
    pytest.param(lambda task: task.set_retry(0), "it is not tried again when it fails; call", id="retry"),
    pytest.param(
        lambda task: task.set_retry(2, backoff_max_duration="600s"),
        "no attempt starts or goes on 600 s after the first began, but 3 attempts may take 1800 s; call",
        id="retry window",
    ),
    pytest.param(
        lambda task: task.set_memory_limit("128Mi"),
        "it requests more memory (256Mi) than its limit (128Mi); raise the limit.",
        id="limit",
    ),
    pytest.param(
        lambda task: task.platform_config["kubernetes"].pop("activeDeadlineSeconds"),
        "it may run for ever; call kubernetes.set_timeout(task, SECONDS).",
        id="time-out",
    ),
    pytest.param(
        lambda task: task.platform_config["kubernetes"]["securityContext"].pop("runAsGroup"),
        "it names no user and group; call kubernetes.set_security_context(task, run_as_user=10001",
        id="user",
    ),
    pytest.param(
        lambda task: task.set_container_image("small:latest"),
        "it uses the image small:latest, which does not name a version; give it a tag or a digest.",
        id="image",
    ),
    pytest.param(
        lambda task: task.platform_config["kubernetes"]["securityContext"].pop("runAsNonRoot"),
        "its pod is refused where Pod Security is restricted: container main may run as root",
        id="may be root",
    ),
    pytest.param(
        lambda task: task.platform_config["kubernetes"]["securityContext"].update(runAsUser="0"),
        "its pod is refused where Pod Security is restricted: container main runs as root",
        id="root",
    ),
    pytest.param(
        lambda task: kubernetes.add_pod_annotation(
            task, "container.apparmor.security.beta.kubernetes.io/main", "unconfined"
        ),
        "its pod is refused where Pod Security is restricted: the pod's annotation",
        id="annotation",
    ),
]


@pytest.mark.parametrize(("change", "message"), BARE)
def test_what_a_step_must_say(change: Callable[[Any], Any], message: str) -> None:
    (fault,) = pipelines.faults(one_step(change))

    assert fault.startswith(f"one: work: {message}")


def test_a_step_without_resources_is_refused() -> None:
    def change(spec: dict[str, Any]) -> None:
        del spec["deploymentSpec"]["executors"]["exec-work"]["container"]["resources"]

    (message,) = pipelines.faults(spoilt(one_step(), change))
    assert message == (
        "one: work: it has no cpu request, cpu limit, memory request, memory limit; call set_cpu_request, "
        "set_cpu_limit, set_memory_request, set_memory_limit."
    )


def test_a_bare_step_is_refused_for_all_that_it_lacks() -> None:
    @dsl.pipeline(name="bare")
    def bare() -> None:
        work(shard=1)

    message = faults(compiled(bare))
    assert message.count("bare: work: ") == 6


def test_a_step_without_a_pod_needs_nothing() -> None:
    @dsl.pipeline(name="claim")
    def claim() -> None:
        made = kubernetes.CreatePVC(pvc_name="a", access_modes=["ReadWriteOnce"], size="1Gi")
        made.set_caching_options(False)

    assert pipelines.faults(compiled(claim)) == []


# What feeds the inputs


def in_task(path: str, change: Change) -> Change:
    """Changes the inputs of the task `component/task`."""

    def changed(spec: dict[str, Any]) -> None:
        component, _, task = path.rpartition("/")
        holder = spec["components"][component] if component else spec["root"]
        change(holder["dag"]["tasks"][task]["inputs"]["parameters"])

    return changed


def output_of(producer: str, key: str) -> dict[str, Any]:
    return {"taskOutputParameter": {"producerTask": producer, "outputParameterKey": key}}


UNFED = [
    (
        in_task("comp-exit-handler-1/total", lambda fed: fed.pop("parts")),
        "exit-handler-1/total: nothing feeds its input parts; pass a value in the pipeline.",
    ),
    (
        in_task("comp-exit-handler-1/for-loop-2", lambda fed: fed.clear()),
        "exit-handler-1/for-loop-2: nothing feeds pipelinechannel--numbers-Output, the list it loops over",
    ),
    (
        in_task("last", lambda fed: fed.update(lake={"componentInputParameter": "lakes"})),
        "last: its input lake is fed by the parameter lakes of the pipeline, which has no such parameter",
    ),
    (
        in_task("comp-inner/work", lambda fed: fed.update(shard={"componentInputParameter": "counts"})),
        "exit-handler-1/inner/work: its input shard is fed by the parameter counts of exit-handler-1/inner",
    ),
    (
        in_task("comp-exit-handler-1/total", lambda fed: fed.update(parts=output_of("numbers", "Outputs"))),
        "its input parts is fed by the output Outputs of exit-handler-1/numbers, which has no such output",
    ),
    (
        in_task("comp-exit-handler-1/total", lambda fed: fed.update(parts=output_of("nobody", "Output"))),
        "its input parts is fed by the output Output of nobody, which is no task beside it",
    ),
]


@pytest.mark.parametrize(("change", "message"), UNFED)
def test_an_input_that_nothing_feeds_is_named(sound_pipeline: Package, change: Change, message: str) -> None:
    assert message in faults(spoilt(sound_pipeline, change))


def test_an_output_that_no_step_makes_is_named(sound_pipeline: Package) -> None:
    def change(spec: dict[str, Any]) -> None:
        outputs = spec["components"]["comp-inner"]["dag"]["outputs"]["parameters"]
        outputs["Output"]["valueFromParameter"]["producerSubtask"] = "nobody"

    message = faults(spoilt(sound_pipeline, change))
    assert "exit-handler-1/inner: its output Output is the output Output of nobody" in message


# The scheduled run


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "the scheduled run gives no value for lake, which has no default; give it one."),
        (
            {"lake": "/lake", "lakes": 1},
            "the scheduled run gives lakes, which is no parameter of the pipeline",
        ),
        ({"lake": 5}, "gives 5 for the parameter lake, which is STRING; give a value of that type."),
        ({"lake": "", "shards": "2"}, "gives '2' for the parameter shards, which is NUMBER_INTEGER"),
        ({"lake": "", "shards": True}, "gives True for the parameter shards, which is NUMBER_INTEGER"),
        ({"lake": "", "rows": {}}, "gives {} for the parameter rows, which is LIST"),
    ],
)
def test_the_parameters_of_the_run_are_those_of_the_pipeline(
    sound_pipeline: Package, parameters: dict[str, Any], message: str
) -> None:
    (messages,) = pipelines.faults(sound_pipeline, parameters=parameters)

    assert message in messages


# Packages


@pytest.mark.parametrize("text", ["a: [", "", "words", "pipelineInfo: {name: a}", "[1]"])
def test_a_file_that_is_no_pipeline_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(
        AirloomError, match=r"a\.yaml is not a compiled pipeline\. Write it with `make compile`"
    ):
        read(file)


def test_a_component_that_the_package_lacks_is_named(sound_pipeline: Package) -> None:
    with pytest.raises(AirloomError, match="everything names the component comp-inner"):
        faults(spoilt(sound_pipeline, lambda spec: spec["components"].pop("comp-inner")))


def test_a_package_without_a_platform_part_can_be_read(tmp_path: Path) -> None:
    spec = dict(one_step().spec)
    file = tmp_path / "a.yaml"
    file.write_text(yaml.safe_dump(spec), encoding="utf-8")

    assert "it names no user and group" in faults(read(file))
