from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from airloom.logs import limits
from components.validate_logs.rules_digest import rules_digest

RULE = '''"""Rules."""
from airloom.logs.limits import MAX_QUANTITY

def rule() -> int:
    """Return the bound."""
    return MAX_QUANTITY  # of the contract
'''


@pytest.fixture
def digest_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    monkeypatch.syspath_prepend(tmp_path)

    def digest(text: str) -> str:
        (tmp_path / "some_rules.py").write_text(text, encoding="utf-8")
        return rules_digest("some_rules")

    return digest


def test_words_for_people_do_not_count(digest_of: Callable[[str], str]) -> None:
    reworded = RULE.replace("Return the bound.", "Give it.").replace("  # of the contract", "")
    assert digest_of(reworded) == digest_of(RULE)


def test_code_and_constants_count(digest_of: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    before = digest_of(RULE)
    assert digest_of(RULE.replace("return MAX_QUANTITY", "return MAX_QUANTITY - 1")) != before
    monkeypatch.setattr(limits, "MAX_QUANTITY", 7)
    assert digest_of(RULE) != before


def test_the_digest_of_our_rules_is_the_same_in_every_process_and_needs_no_great_expectations() -> None:
    script = (
        "import sys; from components.validate_logs.derivations import rules_digest; print(rules_digest());"
        "assert 'great_expectations' not in sys.modules"
    )
    digests = {
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }
    assert digests == {f"{rules_digest()}\n"}
