"""What makes a function a pipeline step: a Kubeflow component that records its attempts."""

from collections.abc import Callable
from typing import Any, Final

from kfp import dsl

from components.image import IMAGE

EXECUTOR: Final = "-m kfp.dsl.executor_main"
RECORDED_EXECUTOR: Final = "-m components.run_step kfp.dsl.executor_main"


def step(function: Callable[..., Any]) -> Any:
    """Make a Kubeflow component of `function`.

    Its container runs `components.run_step`, which calls Kubeflow's executor and notes in the lake how the
    attempt went. The lake is the step's parameter `lake`, which every step has.
    """
    component = dsl.component(base_image=IMAGE, install_kfp_package=False)(function)
    container = component.component_spec.implementation.container
    container.command = [part.replace(EXECUTOR, RECORDED_EXECUTOR) for part in container.command]
    return component
