"""The answerer that runs a language model in this process, with every reply kept to the task's grammar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Generic, NamedTuple, TypeVar

import pyarrow as pa

from airloom.errors import AirloomError
from airloom.llm.in_process.causal_lm import CausalLM
from airloom.llm.in_process.chat_tokens import chat_tokens, shared_prefix
from airloom.llm.in_process.guided_replies import ReplyGuide
from airloom.llm.in_process.model_name import model_name
from airloom.llm.outcome import REJECTED, Answer, Outcome, Unanswered, Usage
from airloom.llm.prompt import Message
from airloom.llm.settings import TransformersSettings
from airloom.llm.task import Task
from airloom.llm.version import LLM, Version

K = TypeVar("K", bound=tuple[str, ...])
V = TypeVar("V")


class WrittenReply(NamedTuple):
    """The reply to one prompt.

    Attributes:
        row: Which prompt.
        text: A valid reply, always.
        usage: One call, tokens without padding, no price.
    """

    row: int
    text: str
    usage: Usage


class InProcessAnswerer(Generic[K, V]):
    """A causal language model and a task. The model is loaded when the first question is read.

    Args:
        task: What is asked; its replies must have a grammar.
        settings: Which model, where, how many questions at once.
        threads: Threads of one matrix product.
        loaded: The model that `settings` name, where several answerers share it.

    Raises:
        AirloomError: There is no such model folder, the batch size is below 1, or the task has no grammar.
    """

    def __init__(
        self,
        task: Task[K, V],
        settings: TransformersSettings,
        *,
        threads: int,
        loaded: CausalLM | None = None,
    ) -> None:
        if settings.batch_size < 1:
            raise AirloomError(
                f"A batch cannot have {settings.batch_size} questions", do="Set batch_size to 1 or more"
            )
        if task.reply.grammar is None:
            raise AirloomError(
                f"{task.reply.name} has no grammar for a model in this process",
                do="Ask a server (the reasoner openai)",
            )
        self._task = task
        self._settings = settings
        self._threads = threads
        self._loaded = loaded
        self._grammar = task.reply.grammar
        self._version = Version(LLM, model_name(settings), task.prompt_version, task.answers.schema_version)
        self._batch_size = settings.batch_size

    @property
    def version(self) -> Version:
        """The model and the prompt."""
        return self._version

    def answer(self, chunks: Iterator[pa.Table]) -> Iterator[Sequence[Outcome[K, V]]]:
        """Yield the answers, batch by batch, those to long prompts of a chunk first.

        A question whose prompt leaves no room for a reply is rejected.

        Raises:
            AirloomError: The model cannot be loaded, or has no room for any prompt.
        """
        (shortest,) = self._tokens([self._task.shortest_messages()])
        if not self._has_room(shortest):
            raise AirloomError(self._no_room(shortest), do=_MORE_ROOM)
        for chunk in chunks:
            questions = chunk.to_pylist()
            keys = [self._task.key(question) for question in questions]
            prompts = self._tokens([self._task.messages(question) for question in questions])
            asked = list(zip(keys, prompts, strict=True))
            fitting = [(key, prompt) for key, prompt in asked if self._has_room(prompt)]
            if len(fitting) < len(asked):
                yield [
                    Unanswered(key, REJECTED, self._no_room(prompt))
                    for key, prompt in asked
                    if not self._has_room(prompt)
                ]
            for batch in self._batches([prompt for _, prompt in fitting]):
                yield [
                    Answer(fitting[row][0], self._task.reply.parse(text), text, usage=usage)
                    for row, text, usage in batch
                ]

    def replies(self, chats: Sequence[list[Message]]) -> list[str]:
        """Return the reply to each chat, in order.

        Raises:
            AirloomError: The model cannot be loaded, or a chat leaves no room for a reply.
        """
        return [reply.text for reply in self.generate(chats)]

    def generate(self, chats: Sequence[list[Message]]) -> list[WrittenReply]:
        """Return a reply to each chat and what it took, in the order of the chats.

        Args:
            chats: Turns that end with the user's.

        Raises:
            AirloomError: The model cannot be loaded, or a chat leaves no room for a reply.
        """
        prompts = self._tokens(chats)
        for prompt in prompts:
            if not self._has_room(prompt):
                raise AirloomError(self._no_room(prompt), do=_MORE_ROOM)
        return sorted(reply for batch in self._batches(prompts) for reply in batch)

    def _batches(self, prompts: list[list[int]]) -> Iterator[list[WrittenReply]]:
        """Yield prompts of like length together, the longest first; a batch too large for a GPU is halved."""
        import torch

        waiting = sorted(range(len(prompts)), key=lambda row: (-len(prompts[row]), row))
        prefix = shared_prefix(prompts) if prompts else []
        while waiting:
            rows = waiting[: self._batch_size]
            replies = self._guide.begin(len(rows))
            try:
                self._model.write([prompts[row] for row in rows], replies, prefix=prefix)
            except torch.OutOfMemoryError as error:
                if len(rows) == 1:
                    raise AirloomError(
                        f"The GPU has no memory left to read one prompt with {self._settings.model}",
                        do="Choose a smaller model, or set device to cpu",
                    ) from error
                self._batch_size = len(rows) // 2
            if replies.finished:
                yield [
                    WrittenReply(row, text, Usage(1, len(prompts[row]), tokens))
                    for row, text, tokens in zip(rows, replies.texts, replies.tokens, strict=True)
                ]
                del waiting[: len(rows)]
            else:
                torch.cuda.empty_cache()  # only here has the failed batch released its memory

    def _tokens(self, chats: Sequence[list[Message]]) -> list[list[int]]:
        prompts = chat_tokens(self._model.tokenizer, chats)
        if prompts and max(map(max, prompts)) >= self._model.vocabulary:
            raise AirloomError(
                f"The tokenizer of {self._settings.model} knows tokens that its model does not",
                do="Save the model and its own tokenizer into one folder",
            )
        return prompts

    def _has_room(self, prompt: list[int]) -> bool:
        context = self._model.context
        return context is None or len(prompt) + self._grammar.max_length <= context

    def _no_room(self, prompt: list[int]) -> str:
        return (
            f"A prompt of {len(prompt)} tokens with a reply of up to {self._grammar.max_length} does not fit "
            f"into the {self._model.context} tokens of {self._settings.model}"
        )

    @cached_property
    def _model(self) -> CausalLM:
        return self._loaded or CausalLM(self._settings, threads=self._threads)

    @cached_property
    def _guide(self) -> ReplyGuide:
        return ReplyGuide(
            self._model.tokenizer,
            grammar=self._grammar,
            vocabulary=self._model.vocabulary,
            threads=self._threads,
        )


_MORE_ROOM = "Choose a model with a longer context, or a shorter prompt"
