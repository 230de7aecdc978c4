"""How well the multilingual encoder reads each language, and how often sentences are said to be unreadable.

    pip download --no-deps django==5.2.19 && unzip -d FOLDER django-*.whl
    python -m benchmarks.languages_read --messages FOLDER [--json FILE]

The messages of a program that was translated into many languages stand for titles: short sentences of one
meaning. A language is read as far as a translation is nearest to its own English original among those of all
messages (`read`; chance is 1 in 120). `refused` is the share of its sentences that the encoder reasoner would
make no guess about.
"""

from __future__ import annotations

import argparse
import gettext
import json
import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from airloom.bench.provenance import commit, machine
from airloom.errors import AirloomError
from airloom.files import check_writable, write_text
from airloom.intents.multilingual.encoder import MultilingualEncoder
from airloom.intents.reasoners.unreadable import why_unreadable

MAX_MESSAGES: Final = 120
LENGTHS: Final = range(12, 91)
"""Characters of an English message that is like a title."""
MIN_LANGUAGES: Final = 60
"""Messages in fewer languages are left out, so that languages are compared on nearly the same ones."""
MIN_MESSAGES: Final = 50
"""A language with fewer is left out."""
_PLACEHOLDER: Final = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*\}|&\w+;|<[^>]+>")


def main() -> None:
    """Read the messages and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=Path, required=True, help="folder with gettext catalogues (.mo)")
    parser.add_argument("--json", type=Path, help="where all numbers go")
    options = parser.parse_args()
    if options.json:
        check_writable(options.json)
    languages = measure(translations(options.messages))
    print("language     sentences   read  refused")
    for name, row in sorted(languages.items(), key=lambda item: -item[1]["read"]):
        print(f"{name:12} {row['sentences']:9} {row['read']:6.2f} {row['refused']:8.2f}")
    if options.json:
        results = {"languages": languages, "machine": machine(), "commit": commit()}
        write_text(options.json, json.dumps(results, indent=2, sort_keys=True) + "\n")


def translations(folder: Path) -> dict[str, dict[str, str]]:
    """Return English message to language to its translation, of every .mo file below `folder`.

    Raises:
        AirloomError: There is no message in many languages.
    """
    by_message: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for file in sorted(folder.rglob("*.mo")):
        language = file.parent.parent.name
        with file.open("rb") as stream:
            messages = gettext.GNUTranslations(stream)._catalog  # type: ignore[attr-defined]  # noqa: SLF001
        for key, translation in messages.items():
            english, own = (_text(key), _text(translation)) if isinstance(key, str) else ("", "")
            if len(english) in LENGTHS and " " in english and own and own != english:
                by_message[english].setdefault(language, own)
    many = {english: own for english, own in sorted(by_message.items()) if len(own) >= MIN_LANGUAGES}
    if len(many) < MIN_MESSAGES:
        raise AirloomError(
            f"{folder} has {len(many)} messages in {MIN_LANGUAGES} languages, too few to compare",
            do=f"Give a folder of a program with at least {MIN_MESSAGES}",
        )
    chosen = np.random.default_rng(0).permutation(len(many))[:MAX_MESSAGES]
    return {english: many[english] for english in sorted([*many][row] for row in chosen)}


def measure(messages: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, Any]]:
    """Return the figures of each language."""
    encoder = MultilingualEncoder()
    originals = [*messages]
    english = encoder.encode(originals)
    results = {}
    for language in sorted({language for own in messages.values() for language in own}):
        rows = [row for row, original in enumerate(originals) if language in messages[original]]
        if len(rows) < MIN_MESSAGES:
            continue
        texts = [messages[originals[row]][language] for row in rows]
        nearest = (encoder.encode(texts) @ english.T).argmax(axis=1)
        refused = [bool(reason) for reason in why_unreadable(texts, pieces=encoder.pieces)]
        results[language] = {
            "sentences": len(rows),
            "read": round(float(np.mean(nearest == rows)), 3),
            "refused": round(float(np.mean(refused)), 3),
        }
    return results


def _text(message: object) -> str:
    return " ".join(_PLACEHOLDER.sub(" ", message).split()) if isinstance(message, str) else ""


if __name__ == "__main__":
    main()
