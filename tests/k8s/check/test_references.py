from __future__ import annotations

from typing import Any

import pytest

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


OTHER_FORMS = [
    {
        "kind": "Service",
        "metadata": {"name": "a"},
        "spec": {"type": "ExternalName", "externalName": "db.example"},
    },
    {"kind": "Service", "metadata": {"name": "a"}, "spec": {"clusterIP": "None"}},
    {
        "kind": "NetworkPolicy",
        "metadata": {"name": "a"},
        "spec": {
            "podSelector": {},
            "egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "ports": [{"port": 5432}]}],
            "ingress": [{"from": [{"podSelector": {}}]}],
        },
    },
    {
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "a"},
        "spec": {"selector": {"matchExpressions": [{"key": "app", "operator": "Exists"}]}},
    },
]
POD = {
    "kind": "Deployment",
    "metadata": {"name": "p"},
    "spec": {
        "selector": {"matchExpressions": [{"key": "app", "operator": "Exists"}]},
        "template": {"metadata": {}, "spec": {"containers": [{"name": "c", "image": "c:1"}]}},
    },
}


@pytest.mark.parametrize("manifest", OTHER_FORMS)
def test_other_valid_forms_are_right(manifest: dict[str, Any]) -> None:
    assert references.faults([manifest, POD]) == []
