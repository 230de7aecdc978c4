from __future__ import annotations

import pyarrow as pa
import pytest

from airloom.errors import AirloomError
from airloom.logs.cast import cast_to_table, require_columns
from airloom.logs.contract import OBJECTS, USERS


def test_a_wrong_type_is_named() -> None:
    rows = pa.table({"object_id": ["p"], "domain": ["commerce"], "title": ["bed"], "price": ["cheap"]})
    with pytest.raises(AirloomError, match="column price is string and cannot be read as double"):
        cast_to_table(rows, OBJECTS)


def test_absent_optional_columns_become_null_and_unknown_ones_are_dropped() -> None:
    rows = cast_to_table(pa.table({"user_id": ["a"], "shoe_size": [43]}), USERS)
    assert rows.to_pylist() == [{"user_id": "a", "profile_bucket": None, "attributes": None}]


def test_a_missing_required_column_is_named_with_those_that_are_there() -> None:
    with pytest.raises(AirloomError, match=r"the file has no column user_id \(it has uid\)"):
        require_columns(["uid"], USERS, where="the file")
