"""The version of a derivation belongs to the rows that its code makes.

If this fails and the rows are meant to differ, raise the version of that derivation, so that lakes build
them again, and write the new digest here.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

import pyarrow as pa
import pytest

from airloom.intents.linking.settings import LinkingSettings
from airloom.lineage.derivation import Derivation
from airloom.logs.contract import EVENTS, OBJECTS
from airloom.logs.lake import Lake
from airloom.logs.rules import LogRules
from components.build_features.derivations import USER_HISTORIES, object_profiles
from components.validate_logs.derivations import clean_table
from components.validate_logs.validation import validate
from feature_repo.linked_objects import object_intents
from tests.feature_repo.small_lake import LAST, HashEncoder, build, deliver, event

DIGESTS: Final = {
    ("objects", 3): "f4790b4aa78a2ff5",
    ("events", 3): "9383af516bf1929c",
    ("features/user_history", 2): "716a1e4dc2b3b6c8",
    ("features/object_profile", 2): "be1931a9d4d45dee",
    ("features/object_intents", 1): "c80d90af349cdb14",
}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake in which clean and bad rows landed, were validated and became features."""
    clean, lake = deliver(tmp_path_factory.mktemp("clean")), Lake(tmp_path_factory.mktemp("lake"))
    for table in (OBJECTS, EVENTS):
        for day in clean.days(table):
            lake.write(lake.landing(table), day, clean.read(table, since=day, through=day))
    bad = [event("ann", 49, "steal", "video-1"), event("ann", 48.5, "view", "nothing")]
    lake.write(lake.landing(EVENTS), LAST, pa.Table.from_pylist(bad, schema=EVENTS.stored_schema), file="bad")
    validate(lake, day=LAST, rules=LogRules(), docs=lake.path("docs"))
    build(lake)
    return lake


def test_other_rows_have_another_version(lake: Lake) -> None:
    encoder = HashEncoder()
    derivations = (
        clean_table(lake, OBJECTS, LogRules()),
        clean_table(lake, EVENTS, LogRules()),
        USER_HISTORIES,
        object_profiles(encoder),
        object_intents(encoder, LinkingSettings()),
    )
    digests = {(made.output.name, made.version): rows_digest(lake, made) for made in derivations}
    assert digests == DIGESTS


def rows_digest(lake: Lake, derivation: Derivation) -> str:
    """A digest of all rows that a derivation made; floats count to four digits, as processors differ."""
    rows = [_rounded(lake.read(table).to_pylist()) for table in derivation.outputs]
    return hashlib.sha256(json.dumps(rows, default=str).encode()).hexdigest()[:16]


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return value
