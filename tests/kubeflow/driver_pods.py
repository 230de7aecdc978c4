"""One attempt of a step as a process that has what its pod would have, and no more.

With the rights for it (root, and mounts allowed) the process gets a root of its own: the system's folders,
the interpreter and the image read-only, a `/tmp` of its own, the volumes, no other file of this machine; and
it runs as the image's user without any capability. Elsewhere it is an ordinary process with an environment of
its own.
"""

from __future__ import annotations

import functools
import os
import resource
import shlex
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from tests.kubeflow.image import PACKAGES, Image, python_home, site_packages

SYSTEM_FOLDERS: Final = ("bin", "sbin", "usr", "lib", "lib32", "lib64", "libx32", "etc")
KERNEL_FOLDERS: Final = ("proc", "sys", "dev")
TEMPORARY: Final = "/tmp"  # noqa: S108 - in a pod it is its own
ARTIFACTS: Final = "/minio"
"""Where the launcher in a pod keeps the artifacts of a `minio://` bucket."""
POLL_S: Final = 0.01
MEGABYTE: Final = 1e6

KillWhen = Callable[[float], bool]
"""Seconds since the start of an attempt, asked again and again -> whether to kill it now."""


class Mount(NamedTuple):
    """A folder of this machine, where a pod sees it, and whether it may write there."""

    host: Path
    inside: str
    writable: bool = True


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """How one attempt of a step went.

    Attributes:
        exit_code: Of the process; minus the signal that ended it.
        seconds: Duration.
        cpu_seconds: Processor time of the process and of those it waited for.
        peak_mb: Largest resident memory of its processes together, MB.
        killed: Whether the process was killed from outside.
        log: Standard output and error together.
    """

    exit_code: int
    seconds: float
    cpu_seconds: float
    peak_mb: float
    killed: bool
    log: str


@dataclass(frozen=True, kw_only=True)
class StepPod:
    """A step's container.

    Attributes:
        image: What it is made of.
        folder: A folder for this attempt alone, which does not exist yet.
        volumes: What is mounted.
        environment: Variables beside those of the image.
        user: Number of the user, where the pod names another than the image.
    """

    image: Image
    folder: Path
    volumes: Sequence[Mount]
    environment: Mapping[str, str]
    user: int | None = None

    @property
    def isolated(self) -> bool:
        """Whether it has a root of its own."""
        return can_isolate()

    def prepare(self) -> None:
        """Make its folders.

        Raises:
            ValueError: A volume lies elsewhere than where the pod wants it, and nothing can be mounted here.
        """
        for inside in (TEMPORARY, ARTIFACTS):
            self.path(inside).mkdir(parents=True)
        for volume in self.volumes:
            if not self.isolated and str(volume.host) != volume.inside:
                raise ValueError(f"{volume.host} cannot be mounted at {volume.inside}; use its own path")

    def path(self, inside: str) -> Path:
        """Where a file of the pod's `/tmp` or artifact folder lies on this machine."""
        return self.folder / inside.lstrip("/")

    def seen(self, inside: str) -> str:
        """The path under which the pod itself finds that file."""
        return inside if self.isolated else str(self.path(inside))

    def run(self, command: Sequence[str], *, kill_when: KillWhen | None = None) -> Attempt:
        """Run `command` to its end, or until it and all its children are killed."""
        log = self.folder / "log"
        with log.open("wb") as output:
            started = time.monotonic()
            process = subprocess.Popen(
                self._isolate(command) if self.isolated else list(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._variables(),
                cwd="/" if self.isolated else self.image.app,
                start_new_session=True,
            )
            status, usage, peak, killed = _watch(process.pid, started, kill_when)
        process.returncode = os.waitstatus_to_exitcode(status)
        return Attempt(
            exit_code=process.returncode,
            seconds=round(time.monotonic() - started, 3),
            cpu_seconds=round(usage.ru_utime + usage.ru_stime, 3),
            peak_mb=round(peak / MEGABYTE, 1),
            killed=killed,
            log=log.read_text(encoding="utf-8", errors="replace"),
        )

    def _variables(self) -> dict[str, str]:
        variables = dict(self.image.environment)
        if not self.isolated:
            variables = {
                name: ":".join(self._here(part) for part in value.split(":"))
                for name, value in variables.items()
            } | {"TMPDIR": str(self.path(TEMPORARY))}
        return variables | dict(self.environment)

    def _here(self, path: str) -> str:
        """The path on this machine of what a container has at `path`; another path as it is."""
        folders = {
            PACKAGES: self.image.packages,
            self.image.workdir: self.image.app,
            TEMPORARY: self.path(TEMPORARY),
        }
        for inside, host in folders.items():
            if path == inside or path.startswith(f"{inside}/"):
                return f"{host}{path[len(inside) :]}"
        return path

    def _isolate(self, command: Sequence[str]) -> list[str]:
        root = self.folder / "root"
        root.mkdir()
        fixed = [
            Mount(self.image.app, self.image.workdir, writable=False),
            Mount(self.image.packages, PACKAGES, writable=False),
            Mount(site_packages(), str(site_packages()), writable=False),
        ]
        if not python_home().is_relative_to("/usr"):
            fixed.append(Mount(python_home(), str(python_home()), writable=False))
        scratch = [Mount(self.path(inside), inside) for inside in (TEMPORARY, ARTIFACTS)]
        script = _root_script(root, [*fixed, *scratch, *self.volumes])
        user = str(self.user or self.image.user)
        enter = ["chroot", str(root), "setpriv", "--reuid", user, "--regid", user, "--clear-groups"]
        enter += ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
        enter += ["env", f"--chdir={self.image.workdir}", *command]
        return ["unshare", "--mount", "sh", "-ec", f"{script}\nexec {shlex.join(enter)}"]


def _root_script(root: Path, mounts: Sequence[Mount]) -> str:
    """Shell commands that build a pod's root in a mount namespace that is the shell's own."""
    lines = ["mount --make-rprivate /", f"mount -t tmpfs -o mode=755 pod {shlex.quote(str(root))}"]
    for name in SYSTEM_FOLDERS:
        here, there = Path("/", name), root / name
        if here.is_symlink():
            lines.append(f"ln -s {shlex.quote(str(here.readlink()))} {shlex.quote(str(there))}")
        elif here.is_dir():
            lines += _bind(Mount(here, f"/{name}", writable=False), root)
    for name in KERNEL_FOLDERS:
        lines.append(f"mkdir {shlex.quote(str(root / name))}")
        lines.append(f"mount --rbind /{name} {shlex.quote(str(root / name))}")
    for mount in sorted(mounts, key=lambda mount: mount.inside.count("/")):
        lines += _bind(mount, root)
    lines.append(f"mount -o remount,ro {shlex.quote(str(root))}")
    return "\n".join(lines)


def _bind(mount: Mount, root: Path) -> list[str]:
    target = shlex.quote(str(root / mount.inside.lstrip("/")))
    lines = [f"mkdir -p {target}", f"mount --bind {shlex.quote(str(mount.host))} {target}"]
    if not mount.writable:
        lines.append(f"mount -o remount,bind,ro {target}")
    return lines


def _watch(
    pid: int, started: float, kill_when: KillWhen | None
) -> tuple[int, resource.struct_rusage, float, bool]:
    """Wait for a process: its wait status, resource usage, peak memory in bytes, whether it was killed."""
    peak, killed = 0.0, False
    while True:
        ended, status, usage = os.wait4(pid, os.WNOHANG)
        if ended:
            return status, usage, peak, killed
        if kill_when and not killed and kill_when(time.monotonic() - started):
            os.killpg(pid, signal.SIGKILL)
            killed = True
        peak = max(peak, _peak_memory(pid))
        time.sleep(POLL_S)


def _peak_memory(pid: int) -> float:
    """Bytes that a process and its children held at their peaks; `ru_maxrss` would count this one's too."""
    proc = Path("/proc", str(pid))
    try:
        status = (proc / "status").read_text(encoding="utf-8")
        children = " ".join(file.read_text(encoding="utf-8") for file in proc.glob("task/*/children"))
    except OSError:  # it has just ended
        return 0.0
    peak = next((float(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0.0)
    return peak * 1024 + sum(_peak_memory(int(child)) for child in children.split())


@functools.cache
def can_isolate() -> bool:
    """Whether processes can be given a root of their own here."""
    if os.getuid() != 0:
        return False
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "root")
        root.mkdir()
        enter = shlex.join(["chroot", str(root), "setpriv", "--reuid", "10001", "--clear-groups", "true"])
        try:
            tried = subprocess.run(
                ["unshare", "--mount", "sh", "-ec", f"{_root_script(root, [])}\nexec {enter}"],
                capture_output=True,
                check=False,
                timeout=30,
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return tried.returncode == 0
