from __future__ import annotations

from model_service.grpc.generate import FOLDER, generated


def test_the_stubs_are_those_of_the_protocol() -> None:
    for name, text in generated().items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text
