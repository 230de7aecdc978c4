"""The reasoner that runs a language model in this process, with every reply held to the form of an answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

import pyarrow as pa

from airloom.errors import AirloomError
from airloom.intents.answers import LLM, REJECTED, Answer, Outcome, Rejection, Usage, Version
from airloom.intents.atoms import Atom, atoms_in
from airloom.intents.paths import MAX_PATHS
from airloom.intents.prompt import Message, Prompt
from airloom.intents.reasoners.causal_lm import CausalLM
from airloom.intents.reasoners.chat_tokens import chat_tokens, shared_prefix
from airloom.intents.reasoners.model_name import model_name
from airloom.intents.reasoners.reply_drafts import ReplyGuide
from airloom.intents.reasoners.reply_grammar import PATHS, longest_reply
from airloom.intents.replies import parse_reply
from airloom.intents.settings import TransformersSettings
from airloom.logs.contract import VIEW


class Written(NamedTuple):
    """The reply to one prompt.

    Attributes:
        row: Which prompt.
        text: An answer, always.
        usage: One call, tokens without padding, no price.
    """

    row: int
    text: str
    usage: Usage


class TransformersReasoner:
    """A causal language model and a prompt. The model is loaded when the first atom is read.

    Args:
        settings: Which model, where, how many atoms at once.
        prompt: What it is asked.
        sections: The shop's top categories.
        threads: Threads of one matrix product.

    Raises:
        AirloomError: There is no such model folder, or the batch size is none.
    """

    def __init__(
        self, settings: TransformersSettings, prompt: Prompt, *, sections: Sequence[str], threads: int
    ) -> None:
        if settings.batch_size < 1:
            raise AirloomError(
                f"A batch cannot have {settings.batch_size} atoms", do="Set batch_size to 1 or more"
            )
        self._settings = settings
        self._prompt = prompt
        self._sections = sections
        self._threads = threads
        self._version = Version(LLM, model_name(settings), prompt.version)
        self._batch_size = settings.batch_size

    @property
    def version(self) -> Version:
        """The model and the prompt."""
        return self._version

    def read(self, chunks: Iterator[pa.Table]) -> Iterator[Sequence[Outcome]]:
        """The answers, batch by batch, those to long prompts of a chunk first.

        An atom whose prompt leaves no room for a reply is put aside.

        Raises:
            AirloomError: The model cannot be loaded, or has no room for any prompt.
        """
        (shortest,) = self._tokens([self._prompt.ask(Atom(VIEW, ""), title="", sections=self._sections)])
        if not self._has_room(shortest, PATHS):
            raise AirloomError(self._no_room(shortest, PATHS), do=_MORE_ROOM)
        for chunk in chunks:
            atoms = atoms_in(chunk)
            texts = zip(atoms, chunk["title"].to_pylist(), chunk["description"].to_pylist(), strict=True)
            prompts = self._tokens(
                [
                    self._prompt.ask(atom, title=title, description=description, sections=self._sections)
                    for atom, title, description in texts
                ]
            )
            asked = list(zip(atoms, prompts, strict=True))
            fitting = [(atom, prompt) for atom, prompt in asked if self._has_room(prompt, PATHS)]
            if len(fitting) < len(asked):
                yield [
                    Rejection(atom, REJECTED, self._no_room(prompt, PATHS))
                    for atom, prompt in asked
                    if not self._has_room(prompt, PATHS)
                ]
            for batch in self._batches([prompt for _, prompt in fitting], PATHS):
                yield [
                    Answer(fitting[row][0], parse_reply(text), text, usage=usage)
                    for row, text, usage in batch
                ]

    def replies(self, chats: Sequence[list[Message]]) -> list[str]:
        """The reply to each chat, in order.

        Raises:
            AirloomError: The model cannot be loaded, or a chat leaves no room for a reply.
        """
        return [text for text, _ in self.generate(chats, paths=MAX_PATHS)]

    def generate(self, chats: Sequence[list[Message]], *, paths: int = PATHS) -> list[tuple[str, Usage]]:
        """A reply to each chat and what it took, in the order of the chats.

        Args:
            chats: Turns that end with the user's.
            paths: The most paths of a reply.

        Raises:
            AirloomError: The model cannot be loaded, or a chat leaves no room for a reply.
        """
        prompts = self._tokens(chats)
        for prompt in prompts:
            if not self._has_room(prompt, paths):
                raise AirloomError(self._no_room(prompt, paths), do=_MORE_ROOM)
        written = sorted(reply for batch in self._batches(prompts, paths) for reply in batch)
        return [(text, usage) for _, text, usage in written]

    def _batches(self, prompts: list[list[int]], paths: int) -> Iterator[list[Written]]:
        """Prompts of like length together, the longest first; what is too much for a GPU is halved."""
        import torch

        waiting = sorted(range(len(prompts)), key=lambda row: (-len(prompts[row]), row))
        prefix = shared_prefix(prompts) if prompts else []
        while waiting:
            rows = waiting[: self._batch_size]
            drafts = self._guide.begin(len(rows), paths=paths)
            try:
                self._model.write([prompts[row] for row in rows], drafts, prefix=prefix)
            except torch.OutOfMemoryError as error:
                if len(rows) == 1:
                    raise AirloomError(
                        f"The GPU has no memory left to read one prompt with {self._settings.model}",
                        do="Choose a smaller model, or set device to cpu",
                    ) from error
                self._batch_size = len(rows) // 2
            if drafts.finished:
                yield [
                    Written(row, text, Usage(1, len(prompts[row]), tokens))
                    for row, text, tokens in zip(rows, drafts.texts, drafts.tokens, strict=True)
                ]
                del waiting[: len(rows)]
            else:
                torch.cuda.empty_cache()  # only here has the failed batch let go of its memory

    def _tokens(self, chats: Sequence[list[Message]]) -> list[list[int]]:
        prompts = chat_tokens(self._model.tokenizer, chats)
        if prompts and max(map(max, prompts)) >= self._model.vocabulary:
            raise AirloomError(
                f"The tokenizer of {self._settings.model} knows tokens that its model does not",
                do="Save the model and its own tokenizer into one folder",
            )
        return prompts

    def _has_room(self, prompt: list[int], paths: int) -> bool:
        return self._model.context is None or len(prompt) + longest_reply(paths) <= self._model.context

    def _no_room(self, prompt: list[int], paths: int) -> str:
        return (
            f"A prompt of {len(prompt)} tokens with a reply of up to {longest_reply(paths)} does not fit "
            f"into the {self._model.context} tokens of {self._settings.model}"
        )

    @cached_property
    def _model(self) -> CausalLM:
        return CausalLM(self._settings, threads=self._threads)

    @cached_property
    def _guide(self) -> ReplyGuide:
        return ReplyGuide(self._model.tokenizer, vocabulary=self._model.vocabulary, threads=self._threads)


_MORE_ROOM = "Choose a model with a longer context, or a shorter prompt"
