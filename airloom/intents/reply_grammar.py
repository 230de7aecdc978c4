"""The grammar of the replies that a model in this process may write; `parse_reply` accepts each of them."""

from __future__ import annotations

import json
import string
from typing import Final

from airloom.intents.reply_bounds import ASKED
from airloom.llm.reply_format import ReplyGrammar

ALPHABET: Final = string.ascii_lowercase + string.digits + " &'+./-" + '{}[]",:'


LABEL_PATTERN: Final = rf"^[a-z0-9][a-z0-9 &'+./-]{{0,{ASKED.max_label_length - 1}}}$"
"""A label in a JSON schema, whose servers know simple regular expressions only."""


def reply_grammar(max_paths: int = ASKED.max_paths, *, min_paths: int = 0) -> ReplyGrammar:
    """Return the grammar of one JSON object without spaces between its parts.

    Labels begin with a letter or a digit and have single spaces between their words.

    Args:
        max_paths: Of one reply.
        min_paths: Of one reply.
    """
    # A count of {0,0} would make the whole language empty, without a warning: hence one way for each number.
    some = " | ".join(' "," '.join(["path"] * count) for count in range(max(min_paths, 1), max_paths + 1))
    optional = "" if min_paths else "?"
    labels = rf'LABEL ("," LABEL){{{ASKED.min_labels - 1},{ASKED.max_labels - 1}}}'
    lark = rf"""
start: "{{\"paths\":[" ({some}){optional} "]}}"
path: "{{\"labels\":[" {labels} "],\"confidence\":" CONFIDENCE "}}"
LABEL: /"[a-z0-9]( ?[a-z0-9&'+.\/-])*"/ & /.{{0,{ASKED.max_label_length + 2}}}/
CONFIDENCE: /0\.({_decimals()})/
"""
    return ReplyGrammar(lark, ALPHABET, _max_length(max_paths))


def _decimals() -> str:
    """Return a regular expression for what may follow "0." in a confidence: one or two digits."""
    hundredths = range(round(100 * ASKED.min_confidence), round(100 * ASKED.max_confidence) + 1)
    return "|".join(
        [f"{number:02d}" for number in hundredths] + [str(n // 10) for n in hundredths if n % 10 == 0]
    )


def _max_length(max_paths: int) -> int:
    """Return the number of characters of the longest reply."""
    path = {"labels": ["x" * ASKED.max_label_length] * ASKED.max_labels, "confidence": ASKED.max_confidence}
    return len(json.dumps({"paths": [path] * max_paths}, separators=(",", ":")))
