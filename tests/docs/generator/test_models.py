from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from docs.generator.models import environment_reference, model_reference


class Fault(BaseModel):
    """A fault."""

    message: str = Field(description="What is wrong.")
    path: list[str | int] = []


class Shop(BaseSettings):
    """Settings of a shop."""

    model_config = SettingsConfigDict(env_prefix="SHOP_")

    lake: str = Field(description="Root of the lake.")
    token_file: Path | None = Field(default=None, description="A file.")


def test_every_field_has_its_type_and_meaning() -> None:
    assert model_reference(Fault).splitlines()[2:] == [
        "| `message` | `str` | yes | What is wrong. |",
        "| `path` | `list[str or int]` |  |  |",
    ]


def test_every_setting_has_its_variable_and_option() -> None:
    assert environment_reference(Shop).splitlines()[2:] == [
        "| `SHOP_LAKE` | `--lake` | yes | Root of the lake. |",
        "| `SHOP_TOKEN_FILE` | `--token-file` |  | A file. |",
    ]
