"""Guided decoding: replies that a model writes token by token, each kept to the grammar of its form."""

from __future__ import annotations

from typing import Any

import numpy as np
from llguidance import LLExecutor, LLMatcher, LLTokenizer
from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask_par
from numpy.typing import NDArray

from airloom.errors import AirloomError
from airloom.llm.reply_format import ReplyGrammar


class ReplyBatch:
    """The replies of one batch. A finished one gets no more tokens.

    Args:
        blank: Matches an empty reply.
        executor: Computes the masks of several replies at once.
        tokenizer: The model's.
        count: Replies in the batch.
        max_tokens: Of one reply.
    """

    def __init__(
        self, blank: LLMatcher, executor: LLExecutor, tokenizer: LLTokenizer, *, count: int, max_tokens: int
    ) -> None:
        self.max_tokens = max_tokens
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
        """Number of tokens of each reply."""
        return [len(written) for written in self._written]

    @property
    def texts(self) -> list[str]:
        """The replies; the very bytes that the grammar saw, not what a decoder makes of them."""
        return [self._tokenizer.decode_str(written) for written in self._written]

    def allowed(self) -> NDArray[np.int32]:
        """Return int32 [replies, tokens / 32]: one bit for each token, set if it may follow.

        The row of a finished reply means nothing.
        """
        waiting = [(self._matchers[row], row) for row in self._open]
        fill_next_token_bitmask_par(self._executor, waiting, self._bits)
        return self._bits

    def append(self, tokens: list[int]) -> None:
        """Continue each reply that is not finished with its token, one that `allowed` allows."""
        for row in self._open:
            self._written[row].append(tokens[row])
            self._matchers[row].consume_token(tokens[row])
        self._open = [row for row in self._open if not self._matchers[row].is_accepting()]


class ReplyGuide:
    """Begins replies of one form for one tokenizer.

    Args:
        tokenizer: A fast tokenizer of transformers.
        grammar: Of the replies.
        vocabulary: Number of tokens that the model gives logits for.
        threads: Of the masks.

    Raises:
        AirloomError: The tokenizer has no token for some character of a reply.
    """

    def __init__(self, tokenizer: Any, *, grammar: ReplyGrammar, vocabulary: int, threads: int) -> None:
        from llguidance.hf import from_tokenizer

        try:
            self._tokenizer = from_tokenizer(tokenizer, n_vocab=max(vocabulary, len(tokenizer)))
        except ValueError as error:
            raise AirloomError(f"The model's tokenizer cannot be used ({error})", do=_OTHER_MODEL) from error
        lacking = "".join(sign for sign in grammar.alphabet if not self._can_write(sign))
        if lacking:
            raise AirloomError(f"The model's tokenizer has no token for each of {lacking}", do=_OTHER_MODEL)
        self._executor = LLExecutor(num_threads=threads)
        self._blank = LLMatcher(self._tokenizer, LLMatcher.grammar_from_lark(grammar.lark))
        self._max_tokens = grammar.max_length

    def begin(self, count: int) -> ReplyBatch:
        """Return `count` empty replies."""
        return ReplyBatch(
            self._blank, self._executor, self._tokenizer, count=count, max_tokens=self._max_tokens
        )

    def _can_write(self, sign: str) -> bool:
        # A sign that has a token of its own can always be written: no reply gets stuck for want of tokens.
        return self._tokenizer.decode_str(self._tokenizer.greedy_tokenize(sign)) == sign


_OTHER_MODEL = (
    "Choose a model with a byte-level tokenizer (Qwen, Llama, Mistral, Gemma, ...), or serve yours and use "
    "the reasoner openai"
)
