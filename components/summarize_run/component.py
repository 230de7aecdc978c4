"""Kubeflow component: what a run did, what failed and what to do, at the end of every run."""

from kfp.dsl import Markdown, Output, PipelineTaskFinalStatus

from components.step import step


@step
def summarize_run(
    lake: str,
    pipeline: str,
    expected_steps: dict,
    final_status: PipelineTaskFinalStatus,
    summary: Output[Markdown],
) -> None:
    """Write a summary of the run: its steps, how long each took, what failed and the next thing to do.

    Args:
        lake: Root of the lake that holds the steps' records.
        pipeline: Name of the pipeline.
        expected_steps: Which steps every run has, under `always`; under the name of a step, those that a run
            has besides where that step returned true.
        final_status: What Kubeflow says of the run; it gives this by itself.
        summary: The summary, which Kubeflow's UI shows.
    """
    import os
    from pathlib import Path

    from airloom.files import write_text
    from components.summarize_run.summary import records_of_this_run, summarize

    records = records_of_this_run(lake)
    cluster = "KUBERNETES_SERVICE_HOST" in os.environ
    text = summarize(
        records, pipeline=pipeline, expected=expected_steps, state=final_status.state, cluster=cluster
    )
    write_text(Path(summary.path), text)
    print(text)
