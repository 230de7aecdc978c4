"""The interface between the intent store and what answers atoms: a language model, a student, the encoder."""

from __future__ import annotations

from typing import TypeAlias

from airloom.intents.atoms import Atom
from airloom.intents.paths import IntentPaths
from airloom.llm.answerer import Answerer, LanguageModel

Reasoner: TypeAlias = Answerer[Atom, IntentPaths]
"""Reads atoms (tables with the columns `ATOM_SCHEMA`) and predicts purchases."""

IntentModel: TypeAlias = LanguageModel[Atom, IntentPaths]
"""A language model that reads atoms, or chats that ask for the same form of reply."""
