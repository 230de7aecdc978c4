"""docs/how-to/kubernetes.md is right: its commands exist, and no step is missing."""

from __future__ import annotations

import re

import pytest
import yaml
from typer.main import get_command

from k8s.check import hardening, restricted, schemas
from k8s.check.__main__ import OVERLAYS, ROOT
from pipelines.cli.main import app
from pipelines.pods.step_resources import STEP_RESOURCES

GUIDE = (ROOT / "docs" / "how-to" / "kubernetes.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^airloom (deploy .+?)(?: *#.*)?$", GUIDE, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_ours_is_understood(command: str) -> None:
    group = get_command(app)
    words = command.split()
    for name in words[:2]:
        group = group.commands[name]  # type: ignore[attr-defined]

    group.make_context(words[1], words[2:])


def test_every_overlay_is_introduced() -> None:
    for overlay in OVERLAYS.iterdir():
        assert f"`k8s/overlays/{overlay.name}`" in GUIDE


def test_what_every_step_was_measured_at_is_told() -> None:
    stated = re.findall(r"^\| ([a-z-]+) \| [\d,]+ MB \|", GUIDE, re.MULTILINE)

    assert stated == list(STEP_RESOURCES)


def test_the_guide_says_how_old_config_maps_are_removed() -> None:
    """kustomize names them by their content and leaves the old ones."""
    assert "--prune --applyset=" in GUIDE


def test_the_guide_goes_in_the_order_of_doing_it() -> None:
    headings = re.findall(r"^## (\d)\.", GUIDE, re.MULTILINE)

    assert headings == [str(number) for number in range(1, 10)]


@pytest.mark.parametrize("example", ["deliver", "model"])
def test_the_pods_that_bring_files_meet_every_rule(example: str) -> None:
    pod = yaml.safe_load((ROOT / "k8s" / "examples" / f"{example}.yaml").read_text(encoding="utf-8"))
    job = {
        "kind": "CronJob",
        "metadata": pod["metadata"],
        "spec": {"jobTemplate": {"spec": {"template": {"metadata": {}, "spec": pod["spec"]}}}},
    }

    assert schemas.faults([pod]) == []
    assert [*restricted.faults([job]), *hardening.faults([job])] == []
