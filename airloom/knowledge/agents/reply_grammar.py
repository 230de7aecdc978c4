"""The grammar of an agent's replies for a model in this process; `parse_reply` accepts each of them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from airloom.intents.reply_bounds import ASKED
from airloom.intents.reply_grammar import ALPHABET
from airloom.llm.reply_format import ReplyGrammar


def reply_grammar(relations: Sequence[str], *, max_values: int) -> ReplyGrammar:
    """Return the grammar of one JSON object without spaces: the relations in order, with their values.

    Values are ASCII: a model in this process cannot write, or pick, one in another script.

    Args:
        relations: The keys.
        max_values: Of one relation.
    """
    fields = ' "," '.join(rf'"\"{relation}\":[" values "]"' for relation in relations)
    lists = " | ".join(' "," '.join(["VALUE"] * count) for count in range(1, max_values + 1))
    lark = rf"""
start: "{{" {fields} "}}"
values: ({lists})?
VALUE: /"[a-z0-9]( ?[a-z0-9&'+.\/-])*"/ & /.{{0,{ASKED.max_label_length + 2}}}/
"""
    longest = {str(relation): ["x" * ASKED.max_label_length] * max_values for relation in relations}
    return ReplyGrammar(lark, ALPHABET + "_", len(json.dumps(longest, separators=(",", ":"))))
