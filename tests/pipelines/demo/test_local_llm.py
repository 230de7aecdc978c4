from __future__ import annotations

import pytest

from airloom.errors import AirloomError
from airloom.settings import as_dict, parse
from pipelines.demo.local_llm import serving_locally, with_local_llm
from pipelines.recipes import Recipe, sample_world


def test_the_local_model_is_asked_only_about_what_no_language_model_has_read() -> None:
    recipe = with_local_llm(sample_world(), model="qwen2.5-coder-1.5b")
    settings = recipe.distillation

    assert (settings.reasoner, settings.skip, settings.fallback) == ("openai", "any", "encoder")
    assert settings.empty_replies == "unanswered"
    assert settings.openai.base_url.startswith("http://127.0.0.1:")
    assert (settings.openai.model, settings.openai.concurrency) == ("qwen2.5-coder-1.5b", 1)
    assert parse(Recipe, as_dict(recipe)).distillation == settings
    assert as_dict(recipe) == as_dict(with_local_llm(sample_world(), model="qwen2.5-coder-1.5b"))


def test_a_model_that_is_none_is_refused_before_anything_runs() -> None:
    with pytest.raises(AirloomError, match="There is no local model gpt"), serving_locally("gpt"):
        pass
