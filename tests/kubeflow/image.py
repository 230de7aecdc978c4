"""The image of the pipeline's steps without a container engine: folders with what the Dockerfile puts there.

`/app` holds what the last stage of the Dockerfile copies from the repository and nothing more, `/opt/airloom`
the packages that pyproject.toml asks for, without those of development and without the checkout that this
environment has installed in editable mode. Where the machine can, a step runs in a root of its own (see
`driver_pods`); elsewhere it is given the same folders at their paths here.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
import sysconfig
import tomllib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).parents[2]
DOCKERFILE: Final = ROOT / "k8s" / "images" / "pipeline.Dockerfile"
EXTRAS: Final = ("serve", "pipelines", "llm")  # which the Dockerfile installs
SYSTEM_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, kw_only=True)
class Image:
    """Folders of this machine that stand for an image.

    Attributes:
        app: What lies at `workdir` in a container.
        packages: The virtual environment that lies at `PACKAGES`.
        workdir: Where a step starts.
        environment: The variables that the Dockerfile sets.
        user: Number of the user that a step runs as, and of its group.
    """

    app: Path
    packages: Path
    workdir: str
    environment: dict[str, str]
    user: int


PACKAGES: Final = "/opt/airloom"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What the last stage of a Dockerfile says.

    Attributes:
        copies: Source in the build context and destination.
        environment: The variables it sets.
        workdir: The last WORKDIR.
        user: Number of the user.
    """

    copies: tuple[tuple[str, str], ...]
    environment: dict[str, str]
    workdir: str
    user: int


def read_stage(dockerfile: Path) -> Stage:
    """Read the last stage of `dockerfile`; what is copied from another stage is left out."""
    text = re.sub(r"\\\n", " ", dockerfile.read_text(encoding="utf-8"))
    instructions = [
        line.split(maxsplit=1) for line in text.splitlines() if line.strip() and not line.startswith("#")
    ]
    first = max(number for number, (word, *_) in enumerate(instructions) if word == "FROM")
    copies: list[tuple[str, str]] = []
    environment = {"PATH": SYSTEM_PATH}
    workdir, user = "/", 0
    for word, rest in instructions[first + 1 :]:
        if word == "COPY" and not rest.startswith("--from="):
            *sources, destination = shlex.split(rest)
            copies += [(source, destination) for source in sources]
        elif word == "ENV":
            for pair in shlex.split(rest):
                name, _, value = pair.partition("=")
                environment[name] = value.replace("$PATH", environment["PATH"])
        elif word == "WORKDIR":
            workdir = rest.strip()
        elif word == "USER":
            user = int(rest.split(":")[0])
    return Stage(copies=tuple(copies), environment=environment, workdir=workdir, user=user)


def build_image(
    folder: Path, *, root: Path = ROOT, dockerfile: Path = DOCKERFILE, start_code: str = ""
) -> Image:
    """Build the image in `folder`, which must not exist.

    Args:
        folder: Where to.
        root: The build context.
        dockerfile: Whose last stage is built.
        start_code: Python that every interpreter of the image runs when it starts, for what a test must fake
            in all steps alike, such as today's date.
    """
    stage = read_stage(dockerfile)
    app = folder / "app"
    app.mkdir(parents=True)
    for source, destination in stage.copies:
        target = app / PurePosixPath(stage.workdir, destination).relative_to(stage.workdir)
        if (root / source).is_dir():
            shutil.copytree(root / source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / source, target)
    packages = _link_packages(folder / "packages", root=root, start_code=start_code)
    for path in (folder, app, packages):
        path.chmod(0o755)
    return Image(
        app=app, packages=packages, workdir=stage.workdir, environment=stage.environment, user=stage.user
    )


def site_packages() -> Path:
    """The folder of this environment's packages, to which those of an image are linked."""
    return Path(sysconfig.get_paths()["purelib"])


def python_home() -> Path:
    """The folder of the interpreter itself and its standard library."""
    return Path(sys.base_prefix).resolve()


def _link_packages(venv: Path, *, root: Path, start_code: str) -> Path:
    """A virtual environment of links to the packages that the project needs, without the project itself."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    binaries, library = venv / "bin", venv / "lib" / version / "site-packages"
    binaries.mkdir(parents=True)
    library.mkdir(parents=True)
    interpreter = python_home() / "bin" / version
    for name in ("python", "python3", version):
        (binaries / name).symlink_to(interpreter)
    settings = f"home = {interpreter.parent}\ninclude-system-site-packages = false\n"
    (venv / "pyvenv.cfg").write_text(settings, encoding="utf-8")
    for name in _files_of_dependencies(root):
        (library / name).symlink_to(site_packages() / name)
    if start_code:
        (library / "sitecustomize.py").write_text(start_code, encoding="utf-8")
    return venv


def _files_of_dependencies(root: Path) -> set[str]:
    """Names in site-packages of everything that pyproject.toml asks for, and of what that asks for."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    installed = {
        canonicalize_name(distribution.metadata["Name"]): distribution
        for distribution in metadata.distributions()
    }
    names: set[str] = set()
    seen: set[tuple[str, frozenset[str]]] = set()
    extras = project["optional-dependencies"]
    lines = [*project["dependencies"], *(line for extra in EXTRAS for line in extras[extra])]
    wanted = [requirement for requirement in map(Requirement, lines) if requirement.name != "airloom"]
    while wanted:
        requirement = wanted.pop()
        name = canonicalize_name(requirement.name)
        key = (name, frozenset(requirement.extras))
        if key in seen or name not in installed:  # of another platform or Python
            continue
        seen.add(key)
        distribution = installed[name]
        names |= _top_names(distribution)
        for line in distribution.requires or ():
            needed = Requirement(line)
            extras = requirement.extras or {""}
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras):
                wanted.append(needed)
    return {name for name in names if (site_packages() / name).exists()}


def _top_names(distribution: metadata.Distribution) -> set[str]:
    record = distribution.read_text("RECORD") or ""
    tops = {line.split("/", 1)[0].split(",", 1)[0].strip('"') for line in record.splitlines()}
    return tops - {"", "..", "__pycache__"}


def own(folder: Path, *, image: Image) -> None:
    """Give `folder` and what it holds to the image's user, where this process has the right to."""
    if os.getuid() != 0:
        return
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, image.user, image.user, follow_symlinks=False)
