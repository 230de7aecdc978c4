from __future__ import annotations

from k8s.check.environment import expand, referenced, variables

CONFIG_MAP = {"kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"LAKE": "/lake", "OTHER": "1"}}
CONTAINER = {
    "envFrom": [{"configMapRef": {"name": "settings"}}, {"secretRef": {"name": "hidden"}}],
    "env": [
        {"name": "ROOT", "value": "$(LAKE)/root"},
        {"name": "ONE", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "OTHER"}}},
        {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "hidden", "key": "password"}}},
    ],
}


def test_variables_come_from_config_maps_and_values_and_not_from_secrets() -> None:
    values = variables(CONTAINER, [CONFIG_MAP])

    assert values == {"LAKE": "/lake", "OTHER": "1", "ROOT": "/lake/root", "ONE": "1"}


def test_what_has_no_value_stays_and_two_dollars_are_plain_text() -> None:
    assert expand("$(A) $(B) $$(A)", {"A": "1"}) == "1 $(B) $(A)"
    assert referenced("$(A) $(B) $$(C)") == {"A", "B"}
