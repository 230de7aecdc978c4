"""`airloom deploy`: upload the pipelines to a Kubeflow Pipelines server, schedule and start them."""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated

import typer

from airloom.errors import AirloomError

if TYPE_CHECKING:
    from pipelines.pods.cluster import Cluster

HostOption = Annotated[str, typer.Option("--host", help="URL of the Kubeflow Pipelines API.")]
NamespaceOption = Annotated[
    str, typer.Option("--namespace", help="Namespace of your profile, if Kubeflow is multi-user.")
]
TokenFileOption = Annotated[
    Path | None, typer.Option("--token-file", help="File with a bearer token of the server.")
]

app = typer.Typer(
    help="Deploy the pipelines to Kubeflow, and start runs there.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def pipelines(
    lake: Annotated[str, typer.Option("--lake", help="Root of the lake, as the pods of the steps see it.")],
    mlflow_uri: Annotated[
        str, typer.Option("--mlflow-uri", help="URL of MLflow, as the pods of the steps see it.")
    ],
    host: HostOption = "",
    namespace: NamespaceOption = "",
    token_file: TokenFileOption = None,
    recipe: Annotated[
        str, typer.Option("--recipe", help="A recipe's name, or a YAML file; default: default.")
    ] = "",
    experiment: Annotated[
        Path | None,
        typer.Option(
            "--experiment", metavar="FILE", help="The file that the service reads; default: the recipe's."
        ),
    ] = None,
    image: Annotated[str, typer.Option("--image", help="Image of the steps; default: Airloom's.")] = "",
    lake_claim: Annotated[
        str, typer.Option("--lake-claim", help="PersistentVolumeClaim to mount at the path of the lake.")
    ] = "",
    feature_store: Annotated[
        str, typer.Option("--feature-store", help="Path of feature_store.yaml in the steps.")
    ] = "",
    drift_workspace: Annotated[
        str, typer.Option("--drift-workspace", help="Evidently's workspace; default: in the lake.")
    ] = "",
    gpu: Annotated[
        list[str] | None, typer.Option("--gpu", metavar="STEP=COUNT", help="GPUs of a step: train-ranker=1.")
    ] = None,
    gpu_resource: Annotated[
        str, typer.Option("--gpu-resource", help="Resource name of a GPU on the nodes.")
    ] = "nvidia.com/gpu",
    gpu_node: Annotated[
        list[str] | None,
        typer.Option("--gpu-node", metavar="LABEL=VALUE", help="Label of the nodes with GPUs."),
    ] = None,
    gpu_toleration: Annotated[
        str, typer.Option("--gpu-toleration", help="Key of the taint on the nodes with GPUs.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would change, and change nothing.")
    ] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Delete former schedules that are disabled; their runs stay.")
    ] = False,
    into: Annotated[
        Path | None,
        typer.Option("--into", help="Write the packages into this folder; no server is called."),
    ] = None,
) -> None:
    """Upload the pipelines and schedule them: daily every night, training every week.

    Idempotent: what is up to date on the server is not touched. A changed schedule is replaced, and the
    former one is disabled, not deleted.

    Example: airloom deploy pipelines --host http://localhost:8888 --image airloom-pipeline:0.1.0
    --lake /lake --lake-claim airloom-lake --mlflow-uri http://airloom-mlflow:5000
    --feature-store /etc/airloom/feature-store/feature_store.yaml --dry-run
    """
    from airloom.experiments.experiment_file import read_analysis
    from airloom.files import check_writable
    from components.image import IMAGE
    from pipelines.kubeflow.scheduled import Servers, scheduled_pipelines
    from pipelines.pods.cluster import Cluster, GpuSettings
    from pipelines.run_settings import chosen_recipe

    if not host and into is None:
        raise AirloomError("No server is named", do="Give its URL with --host, or a folder with --into")
    _check_text(lake=lake, mlflow_uri=mlflow_uri, image=image or IMAGE, gpu_resource=gpu_resource)
    if lake_claim:
        _check_text(lake_claim=lake_claim)
        _check_absolute(lake=lake)
    if feature_store:
        _check_absolute(feature_store=feature_store)
    # The claim is mounted here too where the cluster runs this: better to fail now than every night.
    if into is None and not dry_run and lake_claim and Path(lake).is_dir():
        check_writable(Path(lake) / "writable")
    chosen = chosen_recipe(recipe)
    if experiment is not None:
        chosen = replace(chosen, readout=read_analysis(experiment, defaults=chosen.readout))
    cluster = Cluster(
        image=image or IMAGE,
        lake=lake,
        lake_claim=lake_claim,
        feature_store=feature_store,
        gpu=GpuSettings(
            steps={step: _count(step, count) for step, count in _pairs("--gpu", gpu).items()},
            resource=gpu_resource,
            node_selector=_pairs("--gpu-node", gpu_node),
            toleration=gpu_toleration,
        ),
    )
    _check_gpu_steps(cluster)
    with tempfile.TemporaryDirectory() as temporary:
        folder = into or Path(temporary)
        check_writable(folder / "writable")
        scheduled = scheduled_pipelines(
            folder, recipe=chosen, servers=Servers(mlflow_uri, drift_workspace), cluster=cluster
        )
        if into is not None:
            print(*(pipeline.package for pipeline in scheduled), sep="\n")
            return
        from pipelines.kubeflow.deploy import deploy
        from pipelines.kubeflow.server import connect, server_errors

        client = connect(host, namespace=namespace, token_file=token_file)
        lines = deploy(client, scheduled, namespace=namespace, dry_run=dry_run, prune=prune)
        while True:
            with server_errors(host):
                line = next(lines, None)
            if line is None:
                return
            print(line, flush=True)


@app.command()
def run(
    pipeline: Annotated[
        str, typer.Argument(help="airloom-daily, airloom-training or airloom-tune-assistant.")
    ],
    host: HostOption,
    day: Annotated[str, typer.Option("--day", help="ISO date; default: the last complete day (UTC).")] = "",
    namespace: NamespaceOption = "",
    token_file: TokenFileOption = None,
) -> None:
    """Start one run now with the settings of the pipeline's schedule: the first run, or a day once more.

    Example: airloom deploy run airloom-daily --host http://localhost:8888 --day 2026-03-15
    """
    from airloom.logs.run_day import complete_day
    from pipelines.kubeflow.deploy import start_run
    from pipelines.kubeflow.server import connect, server_errors

    given = str(complete_day(day)) if day else ""
    client = connect(host, namespace=namespace, token_file=token_file)
    with server_errors(host):
        run_id, version = start_run(client, pipeline, day=given, namespace=namespace)
    print(f"{pipeline} {given}".strip() + f" started as run {run_id}, version {version}")


def _check_text(**options: str) -> None:
    for name, value in options.items():
        if not re.fullmatch(r"[^\s$]+", value):
            raise AirloomError(
                f"--{name.replace('_', '-')} is {value!r}", do="Give it a value without blanks and variables"
            )


def _check_absolute(**options: str) -> None:
    for name, value in options.items():
        if not PurePosixPath(value).is_absolute():
            raise AirloomError(
                f"--{name.replace('_', '-')} {value} is no path in the steps' pods",
                do="Give the absolute path at which it is mounted",
            )


def _check_gpu_steps(cluster: Cluster) -> None:
    from pipelines.pods.step_resources import STEP_RESOURCES

    if (cluster.gpu.node_selector or cluster.gpu.toleration) and not cluster.gpu.steps:
        raise AirloomError("No step is given a GPU", do="Name one, for example --gpu=train-ranker=1")
    unknown = sorted(cluster.gpu.steps.keys() - STEP_RESOURCES.keys())
    if unknown:
        raise AirloomError(
            f"There is no step {', '.join(unknown)}", do=f"Name one of: {', '.join(STEP_RESOURCES)}"
        )


def _pairs(option: str, given: list[str] | None) -> dict[str, str]:
    pairs = [one.partition("=") for one in given or []]
    for name, equals, value in pairs:
        if not (name and equals and value):
            raise AirloomError(
                f"{option} {name}{equals}{value} has no name or no value", do="Write NAME=VALUE"
            )
    return {name: value for name, _, value in pairs}


def _count(step: str, count: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]?", count):
        raise AirloomError(
            f"--gpu {step}={count} is no number of GPUs", do="Give a whole number from 1 to 99"
        )
    return int(count)
