"""`airloom doctor`: what is missing on this machine."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import typer

from pipelines.cli.options import DEFAULT_HOME, HomeOption

GIB = 2**30
DISK_GIB = 2
MEMORY_GIB = 6


class MachineCheck(NamedTuple):
    """The result of one check of this machine.

    Attributes:
        name: What was checked.
        ok: Whether it is as it should be.
        actual: What is there.
        do: How to fix it.
        required: Whether Airloom cannot run without it.
    """

    name: str
    ok: bool
    actual: str
    do: str
    required: bool = True


def doctor(home: HomeOption = DEFAULT_HOME) -> None:
    """Check Python, packages, encoder weights, memory, disk and port, and say what is missing.

    Example: airloom doctor
    """
    checks = list(_checks(home))
    for check in checks:
        sign = "ok     " if check.ok else ("MISSING" if check.required else "note   ")
        print(f"{sign} {check.name:<18} {check.actual}" + ("" if check.ok else f". {check.do}."))
    if any(check.required and not check.ok for check in checks):
        raise typer.Exit(1)


def _checks(home: Path) -> Iterator[MachineCheck]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield MachineCheck(
        "python", (3, 11) <= sys.version_info[:2] <= (3, 13), version, "Install Python 3.11-3.13"
    )
    yield _packages()
    yield _weights()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    cores = os.cpu_count() or 1
    yield MachineCheck(
        "memory", memory >= MEMORY_GIB, f"{memory:.1f} GiB", f"The demo may use {MEMORY_GIB}", required=False
    )
    yield MachineCheck("cores", cores >= 2, str(cores), "The demo is meant for 2", required=False)
    root = home.resolve()
    existing = next(folder for folder in (root, *root.parents) if folder.exists())
    free = shutil.disk_usage(existing).free / GIB
    yield MachineCheck("disk", free >= DISK_GIB, f"{free:.1f} GiB free", f"Free {DISK_GIB} GiB for the demo")
    yield MachineCheck(
        "home", os.access(existing, os.W_OK), str(root), "Choose a writable folder with --home"
    )
    yield _port(3000)
    kubectl = shutil.which("kubectl")
    yield MachineCheck(
        "kubectl",
        kubectl is not None,
        kubectl or "not found",
        "Only deploying and make lint need it",
        required=False,
    )


def _packages() -> MachineCheck:
    from packaging.requirements import Requirement

    wrong = []
    for text in metadata.requires("airloom") or []:
        requirement = Requirement(text)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{requirement.name} is absent")
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            wrong.append(f"{requirement.name} is {version}, required is {requirement.specifier}")
    return MachineCheck("packages", not wrong, "; ".join(wrong) or "all pins hold", "Run: make clean demo")


def _weights() -> MachineCheck:
    from airloom.errors import AirloomError
    from airloom.intents import sentence_encoder
    from airloom.intents.multilingual import encoder as multilingual

    try:
        sentence_encoder.verify(sentence_encoder.installed())
        for name in multilingual.SHA256:
            multilingual.verified(multilingual.installed(), name)
        actual, ok, do = "hashes as expected", True, ""
    except AirloomError as error:
        actual, ok, do = error.what, False, error.do
    return MachineCheck("encoder weights", ok, actual, do)


def _port(port: int) -> MachineCheck:
    with socket.socket() as probe:
        busy = probe.connect_ex(("127.0.0.1", port)) == 0
    actual = f"{port} is {'busy' if busy else 'free'}"
    return MachineCheck("port", not busy, actual, "Choose another with --port", required=False)
