from __future__ import annotations

import pytest

from k8s.check.images import names_version


@pytest.mark.parametrize(
    ("image", "named"),
    [
        ("redis:7.4.2", True),
        ("registry:5000/redis:7.4.2", True),
        ("redis@sha256:0123", True),
        ("redis", False),
        ("redis:latest", False),
        ("registry:5000/redis", False),
    ],
)
def test_a_tag_or_digest_names_a_version(image: str, named: bool) -> None:
    assert names_version(image) == named
