from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from docs.generator.models import environment_reference, model_reference

Id = Annotated[str, Field(min_length=1, max_length=128)]


class Purchase(BaseModel):
    """A purchase."""

    buyer: Id = Field(description="Who bought.")
    products: list[Id] | None = Field(default=None, max_length=1000, description="What was bought.")
    action: Literal["cart", "order"] = "order"


class ShopModel(BaseSettings):
    """Settings of a shop."""

    model_config = SettingsConfigDict(env_prefix="SHOP_")

    lake: str = Field(description="Root of the lake.")
    token_file: Path | None = Field(default=None, description="A file.")


def test_every_field_has_its_type_limits_and_meaning() -> None:
    assert model_reference(Purchase).splitlines()[2:] == [
        "| `buyer` | `str` | at least 1 characters, at most 128 characters | yes | Who bought. |",
        "| `products` | `list[str] or None` | at most 1,000 items |  | What was bought. |",
        "| `action` | `'cart' or 'order'` | default order |  |  |",
    ]


def test_every_setting_has_its_variable_and_option() -> None:
    assert environment_reference(ShopModel).splitlines()[2:] == [
        "| `SHOP_LAKE` | `--lake` | yes | Root of the lake. |",
        "| `SHOP_TOKEN_FILE` | `--token-file` |  | A file. |",
    ]
