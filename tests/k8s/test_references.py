from __future__ import annotations

from typing import Any

from k8s.check import references


def cron_job(**pod: Any) -> dict[str, Any]:
    template = {"metadata": {}, "spec": {"containers": [{"name": "main"}]} | pod}
    return {
        "kind": "CronJob",
        "metadata": {"name": "a"},
        "spec": {"jobTemplate": {"spec": {"template": template}}},
    }


def test_a_claim_that_is_not_there_is_named() -> None:
    volume = {"name": "lake", "persistentVolumeClaim": {"claimName": "lake"}}

    assert references.faults([cron_job(volumes=[volume])]) == [
        "CronJob/a: there is no PersistentVolumeClaim lake."
    ]


def test_a_variable_that_nobody_sets_is_named() -> None:
    container = {
        "name": "main",
        "args": ["--lake=$(LAKE)", "--image=$(IMAGE)", "--text=$$(PLAIN)"],
        "env": [{"name": "LAKE", "value": "/lake"}],
    }

    assert references.faults([cron_job(containers=[container])]) == [
        "CronJob/a: container main uses $(IMAGE), which its environment does not set."
    ]
