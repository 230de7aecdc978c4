"""The resources of each step's pod, in the order in which the steps run.

A request is what the scheduler keeps free, a limit is where the step is stopped. docs/how-to/kubernetes.md
says how they were measured; the summary of every run has the times and peaks of its steps.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final, NamedTuple


class StepResources(NamedTuple):
    """The resources of one step's pod.

    Attributes:
        cpu: Cores requested.
        cpu_limit: Cores at most, and so the threads that its libraries start.
        memory: Requested, as Kubernetes writes it.
        memory_limit: At most.
        timeout: How long one attempt may take.
        retries: How often a failed attempt is repeated: every step can be.
    """

    cpu: str
    cpu_limit: int
    memory: str
    memory_limit: str
    timeout: timedelta
    retries: int = 2

    @property
    def retry_window(self) -> timedelta:
        """Return how long after the start of the first attempt the last one may still run.

        Kubeflow calls it the longest back-off; Argo starts no attempt after it, and ends one that runs then.
        """
        return (self.retries + 1) * self.timeout + timedelta(minutes=10)


_QUICK: Final = timedelta(minutes=15)
_HOUR: Final = timedelta(hours=1)
_NIGHT: Final = timedelta(hours=8)

STEP_RESOURCES: Final = {
    "resolve-day": StepResources("100m", 1, "256Mi", "512Mi", _QUICK),
    "forget-users": StepResources("500m", 2, "512Mi", "2Gi", _HOUR),
    "validate-logs": StepResources("1", 2, "1Gi", "4Gi", _HOUR),
    "plan-intents": StepResources("500m", 1, "512Mi", "2Gi", _QUICK),
    "distill-intents": StepResources("1", 2, "1Gi", "4Gi", _NIGHT),
    "collect-intents": StepResources("500m", 1, "512Mi", "2Gi", _QUICK),
    "build-features": StepResources("1", 2, "1536Mi", "4Gi", _HOUR),
    "plan-knowledge": StepResources("500m", 1, "512Mi", "2Gi", _QUICK),
    "distill-knowledge": StepResources("1", 2, "1Gi", "4Gi", _NIGHT),
    "collect-knowledge": StepResources("1", 2, "1536Mi", "4Gi", _HOUR),
    "register-features": StepResources("500m", 2, "1Gi", "4Gi", _HOUR),
    "build-snapshot": StepResources("1", 2, "2Gi", "6Gi", _HOUR),
    "infer-behaviors": StepResources("1", 2, "2Gi", "6Gi", _NIGHT),
    "report-experiment": StepResources("500m", 2, "512Mi", "2Gi", _HOUR),
    "monitor-drift": StepResources("500m", 2, "1Gi", "4Gi", _HOUR),
    "build-training-set": StepResources("1", 2, "2Gi", "6Gi", _HOUR),
    "train-generator": StepResources("2", 2, "3Gi", "8Gi", _NIGHT),
    "train-ranker": StepResources("2", 2, "5Gi", "12Gi", _NIGHT),
    "evaluate-ranker": StepResources("1", 2, "2Gi", "6Gi", _HOUR),
    "gate-ranker": StepResources("100m", 1, "512Mi", "1Gi", _QUICK),
    "register-model": StepResources("500m", 1, "1Gi", "3Gi", _QUICK),
    "tune-assistant": StepResources("2", 4, "8Gi", "24Gi", timedelta(hours=24)),
    "summarize-run": StepResources("100m", 1, "256Mi", "512Mi", _QUICK),
}
