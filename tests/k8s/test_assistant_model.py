"""The component that runs a language model and the service's file that names it fit together."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from airloom.assistant.assistant_settings import AssistantSettings, read_assistant_settings
from k8s.check.__main__ import OVERLAYS
from k8s.check.environment import variables
from k8s.check.render import Manifest, render

COMPONENT = OVERLAYS.parent / "components" / "assistant-model"
NAME = "airloom-assistant"

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on the PATH")


@pytest.fixture(scope="module")
def objects() -> dict[tuple[str, str], Manifest]:
    """The objects of the overlay that has the component, by kind and name."""
    rendered = render(OVERLAYS / "cluster-assistant")
    return {(manifest["kind"], manifest["metadata"]["name"]): manifest for manifest in rendered}


@pytest.fixture(scope="module")
def settings() -> AssistantSettings:
    """The file that the service gets."""
    return read_assistant_settings(COMPONENT / "assistant.yaml")


def container(objects: dict[tuple[str, str], Manifest], deployment: str) -> dict[str, Any]:
    spec = objects["Deployment", deployment]["spec"]["template"]["spec"]
    [only] = spec["containers"]
    return dict(only)


def secret_of(container: dict[str, Any], variable: str) -> dict[str, str]:
    """Return the secret that a variable is read from."""
    [reference] = [own["valueFrom"]["secretKeyRef"] for own in container["env"] if own["name"] == variable]
    return dict(reference)


def test_the_service_asks_the_server_by_its_name_port_and_model(
    objects: dict[tuple[str, str], Manifest], settings: AssistantSettings
) -> None:
    [port] = objects["Service", NAME]["spec"]["ports"]
    assert settings.openai.base_url == f"http://{NAME}:{port['port']}/v1"
    assert f"--served-model-name={settings.openai.model}" in container(objects, NAME)["args"]


def test_both_read_the_key_of_one_secret(
    objects: dict[tuple[str, str], Manifest], settings: AssistantSettings
) -> None:
    asked = secret_of(container(objects, "airloom-service"), settings.openai.api_key_env)
    assert asked == secret_of(container(objects, NAME), "VLLM_API_KEY")


def test_the_service_gets_the_file_where_its_setting_says(objects: dict[tuple[str, str], Manifest]) -> None:
    service = container(objects, "airloom-service")
    file = variables(service, list(objects.values()))["AIRLOOM_ASSISTANT"]
    [mount] = [mount for mount in service["volumeMounts"] if mount["name"] == "assistant"]
    assert file == f"{mount['mountPath']}/assistant.yaml"


def test_the_server_downloads_nothing_and_only_reads_the_model(
    objects: dict[tuple[str, str], Manifest],
) -> None:
    server = container(objects, NAME)
    assert variables(server, list(objects.values()))["HF_HUB_OFFLINE"] == "1"
    [mount] = [mount for mount in server["volumeMounts"] if mount["name"] == "model"]
    assert mount["readOnly"]
    assert mount["mountPath"] in server["command"]
    assert server["resources"]["limits"]["nvidia.com/gpu"] == "1"


def test_only_the_service_reaches_the_server_and_it_reaches_nobody(
    objects: dict[tuple[str, str], Manifest],
) -> None:
    policy = objects["NetworkPolicy", NAME]["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert "egress" not in policy
    [peer] = [peer for rule in policy["ingress"] for peer in rule["from"]]
    assert peer["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "airloom-service"}
    peers = [
        peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"]
        for rule in objects["NetworkPolicy", "airloom-service"]["spec"]["egress"]
        for peer in rule["to"]
    ]
    assert NAME in peers
