"""What features are about: users and objects."""

from __future__ import annotations

from feast import Entity, ValueType

USER = Entity(name="user", join_keys=["user_id"], value_type=ValueType.STRING)
OBJECT = Entity(name="object", join_keys=["object_id"], value_type=ValueType.STRING)
