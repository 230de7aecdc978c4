from __future__ import annotations

from docs.generator.python_api import python_api_pages


def test_every_package_of_the_method_has_a_page_with_its_modules() -> None:
    pages = python_api_pages()

    assert "\n::: airloom.logs.lake\n" in pages["reference/python/airloom.logs.md"]
    assert "\n::: airloom.errors\n" in pages["reference/python/airloom.md"]
    assert "\n::: model_service.client\n" in pages["reference/python/model_service.client.md"]


def test_modules_that_begin_with_an_underscore_are_not_public() -> None:
    assert "__init__" not in "".join(python_api_pages().values())
