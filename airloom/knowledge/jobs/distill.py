"""Asking the agents and the critic about the products of one shard."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final, NamedTuple

from airloom.intents.encoding import TextEncoder
from airloom.knowledge.agents.agents import AGENTS, Agent
from airloom.knowledge.agents.answers import AgentKey, agent_version
from airloom.knowledge.agents.remarks import Remarks
from airloom.knowledge.critic.task import CRITIC, CRITIC_QUESTIONS
from airloom.knowledge.intent_links import IntentLinks
from airloom.knowledge.jobs.critiques import critic_questions
from airloom.knowledge.jobs.known_products import known_products, known_rows
from airloom.knowledge.jobs.offered_only import OfferedOnly, Options
from airloom.knowledge.jobs.settings import AgentSettings
from airloom.knowledge.jobs.shop import ShopChoices
from airloom.knowledge.jobs.store import AgentStore
from airloom.knowledge.tasks import TASKS
from airloom.llm.answerer import Answerer
from airloom.llm.ask_shard import ShardWork, ask_shard
from airloom.llm.keys import Shard
from airloom.llm.known_questions import KnownQuestions
from airloom.llm.language_models import Backend, language_model, model_of
from airloom.llm.outcome import Usage
from airloom.llm.version import Version
from airloom.logs.lake import Lake

if TYPE_CHECKING:
    from airloom.llm.in_process.causal_lm import CausalLM

WHOLE: Final = Shard()


class DistilledProducts(NamedTuple):
    """What was asked about the products of one shard; a question is one agent and one product.

    Attributes:
        questions: Questions of the shard, those that could not be asked yet included.
        asked: Questions that got an outcome now.
        cached: Questions that were answered or rejected before.
        repaired: Answers that took a second reply.
        rejected: Questions without a valid reply: rejected or failed, with the reason.
        empty: Answers that there is nothing to say.
        left: Questions that were not asked, because the model stopped early or there was nothing to choose
            from.
        usage: What all of it took.
        seconds: Duration.
        stopped: Why the model stopped; empty if it did not.
        warning: That the model answers an agent's questions all alike; empty if it does not.
    """

    questions: int = 0
    asked: int = 0
    cached: int = 0
    repaired: int = 0
    rejected: int = 0
    empty: int = 0
    left: int = 0
    usage: Usage = Usage()
    seconds: float = 0.0
    stopped: str = ""
    warning: str = ""

    def figures(self) -> dict[str, float]:
        """Return the numbers by name."""
        numbers = {name: value for name, value in self._asdict().items() if isinstance(value, int | float)}
        return numbers | self.usage._asdict()

    def plus(self, work: ShardWork) -> DistilledProducts:
        """Return the sum with what one agent did."""
        report = work.report
        return DistilledProducts(
            self.questions + work.questions,
            self.asked + report.questions,
            self.cached + work.questions - work.missing,
            self.repaired + report.repaired,
            self.rejected + report.unanswered,
            self.empty + report.empty,
            self.left + work.left,
            self.usage.plus(report.usage),
            self.seconds,
            self.stopped or report.stopped,
            self.warning or report.warning,
        )


def distill(
    lake: Lake,
    *,
    day: date,
    settings: AgentSettings,
    links: Callable[[], IntentLinks],
    encoder: TextEncoder,
    shard: Shard = WHOLE,
) -> DistilledProducts:
    """Ask each agent about the products of a shard that it has not read, then the critic about their claims.

    Killed at any moment, it loses the replies in flight at most; started again, it asks only for what is
    missing. All questions about a product are in one shard.

    Args:
        lake: Where objects and answers are.
        day: The last complete day.
        settings: Who is asked; nobody if the reasoner is `none`.
        links: Returns the linked intents of the day; called only if something depends on the shop's terms.
        encoder: Turns texts into vectors.
        shard: Which products.

    Raises:
        AirloomError: There is no such shard, another process works on it, or a setting is wrong.
    """
    if settings.reasoner == "none":
        return DistilledProducts()
    started = time.monotonic()
    shop = ShopChoices(lake, links=links, encoder=encoder)
    asker = _ShardAsker(lake, day, settings, settings.reasoner, shop, shard.check())
    done = DistilledProducts()
    for agent in AGENTS:
        if not done.stopped:
            done = done.plus(asker.ask_agent(agent))
    if not done.stopped:
        done = done.plus(asker.ask_critic())
    return done._replace(seconds=round(time.monotonic() - started, 3))


@dataclass(frozen=True)
class _ShardAsker:
    """One shard of one day; a model in this process is loaded once for all who are asked."""

    lake: Lake
    day: date
    settings: AgentSettings
    backend: Backend
    shop: ShopChoices
    shard: Shard

    def ask_agent(self, agent: Agent) -> ShardWork:
        """Let an agent read what it has not read."""
        known = partial(known_products, self.lake, agent=agent.name, day=self.day)
        return self._ask(
            agent.name, known, options=partial(self.shop.options, agent) if agent.offers else None
        )

    def ask_critic(self) -> ShardWork:
        """Let the critic judge what the rules let stand; a claim that changed is another question."""
        rows = critic_questions(self.lake, day=self.day, shard=self.shard, terms=self.shop.terms)
        return self._ask(CRITIC, partial(known_rows, rows, schema=CRITIC_QUESTIONS))

    def _ask(
        self,
        agent: str,
        known: Callable[..., AbstractContextManager[KnownQuestions]],
        *,
        options: Options | None = None,
    ) -> ShardWork:
        store = AgentStore(self.lake, answers=TASKS[agent].answers)
        version = version_of(agent, self.settings)
        return ask_shard(
            store,
            version=version,
            shard=self.shard,
            day=self.day,
            reasoner=self.backend,
            known=lambda: known(exclude=store.answered_or_rejected_files(version.folder)),
            answerer=lambda: self._model(agent, options),
        )

    def _model(self, agent: str, options: Options | None) -> Answerer[AgentKey, Remarks]:
        model = language_model(
            self.backend,
            TASKS[agent],
            openai=self.settings.openai,
            transformers=self.settings.transformers,
            budget_usd=self._budget_left(),
            threads=self.settings.threads,
            loaded=self._causal_lm,
        )
        return OfferedOnly(model, options=options) if options else model

    @cached_property
    def _causal_lm(self) -> CausalLM | None:
        if self.backend != "transformers":
            return None
        from airloom.llm.in_process.causal_lm import CausalLM

        return CausalLM(self.settings.transformers, threads=self.settings.threads)

    def _budget_left(self) -> float | None:
        """Return the shard's share of the budget, without what all agents have spent for the day."""
        if self.settings.budget_usd is None:
            return None
        store = AgentStore(self.lake)
        versions = (version_of(agent, self.settings) for agent in TASKS)
        spent = sum(store.spent(version, day=self.day, shard=self.shard) for version in versions)
        return self.settings.budget_usd / self.shard.of - spent


def version_of(agent: str, settings: AgentSettings) -> Version:
    """Return the version of an agent's answers, known before anything is loaded or asked.

    Raises:
        AirloomError: The settings name no model.
    """
    backend: Backend = "transformers" if settings.reasoner == "transformers" else "openai"
    return agent_version(
        model_of(backend, settings.openai, settings.transformers), TASKS[agent].prompt_version
    )
