"""Replies while a model writes them token by token, each held to the grammar of a reply."""

from __future__ import annotations

from typing import Any

import numpy as np
from llguidance import LLExecutor, LLMatcher, LLTokenizer
from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask_par
from numpy.typing import NDArray

from airloom.errors import AirloomError
from airloom.intents.reasoners.reply_grammar import ALPHABET, longest_reply, reply_grammar


class ReplyDrafts:
    """The replies of one batch. A finished one takes no more tokens.

    Args:
        blank: Matches an empty reply.
        executor: Computes the masks of several replies at once.
        tokenizer: The model's.
        count: Replies in the batch.
        longest: The most tokens that a reply can have.
    """

    def __init__(
        self, blank: LLMatcher, executor: LLExecutor, tokenizer: LLTokenizer, *, count: int, longest: int
    ) -> None:
        self.longest = longest
        self._matchers = [blank.deep_copy() for _ in range(count)]
        self._executor = executor
        self._tokenizer = tokenizer
        self._written: list[list[int]] = [[] for _ in range(count)]
        self._open = list(range(count))
        self._bits = allocate_token_bitmask(count, tokenizer.vocab_size)

    @property
    def finished(self) -> bool:
        """Whether all are complete."""
        return not self._open

    @property
    def tokens(self) -> list[int]:
        """Tokens of each reply."""
        return [len(written) for written in self._written]

    @property
    def texts(self) -> list[str]:
        """The replies; the very bytes that the grammar saw, not what a decoder makes of them."""
        return [self._tokenizer.decode_str(written) for written in self._written]

    def allowed(self) -> NDArray[np.int32]:
        """int32 [replies, tokens / 32]: one bit for each token, set if it may follow.

        The row of a finished reply means nothing.
        """
        waiting = [(self._matchers[row], row) for row in self._open]
        fill_next_token_bitmask_par(self._executor, waiting, self._bits)
        return self._bits

    def take(self, tokens: list[int]) -> None:
        """Continue each reply that is still open with its token, one that `allowed` allows."""
        for row in self._open:
            self._written[row].append(tokens[row])
            self._matchers[row].consume_token(tokens[row])
        self._open = [row for row in self._open if not self._matchers[row].is_accepting()]


class ReplyGuide:
    """Begins replies for one tokenizer.

    Args:
        tokenizer: A fast tokenizer of transformers.
        vocabulary: Tokens that the model gives logits for.
        threads: Of the masks.

    Raises:
        AirloomError: There are characters of a reply that this tokenizer has no token for.
    """

    def __init__(self, tokenizer: Any, *, vocabulary: int, threads: int) -> None:
        from llguidance.hf import from_tokenizer

        try:
            self._tokenizer = from_tokenizer(tokenizer, n_vocab=max(vocabulary, len(tokenizer)))
        except ValueError as error:
            raise AirloomError(f"The model's tokenizer cannot be used ({error})", do=_OTHER_MODEL) from error
        lacking = "".join(sign for sign in ALPHABET if not self._writes(sign))
        if lacking:
            raise AirloomError(f"The model's tokenizer has no token for each of {lacking}", do=_OTHER_MODEL)
        self._executor = LLExecutor(num_threads=threads)
        self._blank: dict[int, LLMatcher] = {}

    def begin(self, count: int, *, paths: int) -> ReplyDrafts:
        """`count` empty replies with at most `paths` paths each."""
        if paths not in self._blank:
            grammar = LLMatcher.grammar_from_lark(reply_grammar(paths))
            self._blank[paths] = LLMatcher(self._tokenizer, grammar)
        return ReplyDrafts(
            self._blank[paths], self._executor, self._tokenizer, count=count, longest=longest_reply(paths)
        )

    def _writes(self, sign: str) -> bool:
        # A sign that has a token of its own can always be written: no reply gets stuck for want of tokens.
        return self._tokenizer.decode_str(self._tokenizer.greedy_tokenize(sign)) == sign


_OTHER_MODEL = (
    "Choose a model with a byte-level tokenizer (Qwen, Llama, Mistral, Gemma, ...), or serve yours and use "
    "the reasoner openai"
)
