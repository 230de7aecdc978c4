"""The replies that a model in this process may write: a grammar, each of whose texts `parse_reply` takes."""

from __future__ import annotations

import json
import string
from typing import Final

from airloom.intents.paths import MAX_LABELS

PATHS: Final = 3
"""What `prompt.md` asks for at most."""

LABEL_LENGTH: Final = 60
"""Characters of a label. A label is cut off there, so this leaves room for what is still a noun phrase."""

ALPHABET: Final = string.ascii_lowercase + string.digits + " &'+./-" + '{}[]",:'
"""Every character of a reply; all are ASCII, so that a reply has as many bytes as characters."""


def reply_grammar(paths: int = PATHS) -> str:
    """Lark grammar of one JSON object without spaces between its parts: `paths` paths at most.

    Labels begin with a letter or a digit and have single spaces between their words; confidences are those
    that the prompt allows, 0.05 to 0.95.
    """
    # A count of {0,0} would make the whole language empty, without a warning: hence one way for each number.
    some = " | ".join(' "," '.join(["path"] * count) for count in range(1, paths + 1))
    return rf"""
start: "{{\"paths\":[" ({some})? "]}}"
path: "{{\"labels\":[" LABEL ("," LABEL){{1,{MAX_LABELS - 1}}} "],\"confidence\":" CONFIDENCE "}}"
LABEL: /"[a-z0-9]( ?[a-z0-9&'+.\/-])*"/ & /.{{0,{LABEL_LENGTH + 2}}}/
CONFIDENCE: /0\.(0[5-9]|[1-8][0-9]?|9[0-5]?)/
"""


def longest_reply(paths: int = PATHS) -> int:
    """Characters of the longest reply, and so the most tokens that one can have."""
    path = {"labels": ["x" * LABEL_LENGTH] * MAX_LABELS, "confidence": 0.55}
    return len(json.dumps({"paths": [path] * paths}, separators=(",", ":")))
