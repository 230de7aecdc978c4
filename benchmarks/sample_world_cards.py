"""What the tower of texts gains from knowledge cards on the sample world, beside controls that cost nothing.

    python -m benchmarks.sample_world_cards --home DIR --json FILE

The same ranker is trained on the same labels with a tower of texts over: titles; titles with rules cards,
with the recorded cards of a large language model, with these shuffled between products, with both kinds; the
category alone; random vectors (`airloom.bench.text_arms`); and without such a tower. The other towers are
shared. Judged are the loss on held-out labels, what the tower weighs in the stack, and the expected outcome
of a page of ten of the whole shop, paired.

A home keeps the lake, the vectors of texts and every fit, so a run that was stopped goes on where it was;
it is of one version of the code.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from airloom.bench.provenance import commit, machine
from airloom.bench.text_arms import OF_LLM, WITHOUT_LLM, arm_texts, with_texts
from airloom.files import check_writable, write_text
from airloom.intents.encoding import EmbeddingCache, TextEncoder
from airloom.intents.linking.resolve_objects import resolve_objects
from airloom.intents.linking.settings import LinkingSettings
from airloom.intents.sentence_encoder import SentenceEncoder
from airloom.knowledge.imported.card_store import CardStore
from airloom.knowledge.imported.import_cards import import_cards
from airloom.knowledge.intent_links import IntentLinks
from airloom.knowledge.linking import ClaimLinkingSettings, link_claims
from airloom.knowledge.rules.rules_claims import rules_claims
from airloom.knowledge.rules.settings import RulesSettings
from airloom.llm.prompt import read_prompt
from airloom.logs.lake import Lake
from airloom.progress import say
from airloom.ranking.candidates.generation import Candidates, CandidateSettings
from airloom.ranking.encoder.encoder import SequenceEncoder
from airloom.ranking.ranker import Ranker
from airloom.ranking.settings import EncoderSettings
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.training.settings import LabelWeights, TrainingSettings
from airloom.ranking.training.shared_towers import SharedTowers
from airloom.ranking.training.train import train
from airloom.ranking.training.training_loop import Fitted
from airloom.ranking.training.training_view import TrainingView
from airloom.simulation.catalogue import cards_prompt, recorded_cards
from airloom.simulation.settings import WorldSettings
from airloom.simulation.world import World
from benchmarks.sample_snapshot import kept_lake
from benchmarks.sample_world_intents import ORDERS, WINDOW, Window, label_window
from components.build_training_set.dataset import LabelWindow
from components.evaluate_ranker.models import AIR
from pipelines.demo.page_outcomes import page_outcomes

TITLES: Final = AIR
"""The arm that all others are compared with: AIR as it is."""
NO_TOWER: Final = "no tower of texts"
ARMS: Final = (TITLES, *WITHOUT_LLM, *OF_LLM, NO_TOWER)


def main() -> None:
    """Run, and print the table."""
    options = _parser().parse_args()
    if options.json:
        check_writable(options.json)
    settings = TrainingSettings(seed=options.training_seed)
    settings = replace(settings, fit=replace(settings.fit, threads=options.threads))
    encoder = replace(settings.encoder, fit=replace(settings.encoder.fit, threads=options.threads))
    settings = replace(settings, encoder=encoder)
    with nullcontext(options.home) if options.home else TemporaryDirectory(prefix="airloom-") as folder:
        results = measure(
            Path(folder),
            world=WorldSettings(shoppers=options.shoppers, served_days=0, seed=options.seed),
            settings=settings,
            encoder=SentenceEncoder(threads=options.threads),
            names=ARMS,
        )
    results |= vars(options) | {"json": None, "home": None, "machine": machine(), "commit": commit()}
    if options.json:
        write_text(options.json, json.dumps(results, indent=2, sort_keys=True) + "\n")
    print(f"{'':20} {'loss':>7} {'weight':>7} {'orders':>7} {'GMV':>7}  orders of titles minus these")
    for name, arm in results["arms"].items():
        gap = results["orders_minus"].get(name)
        minus = f"{gap['mean']:+.4f} [{gap['low']:+.4f}, {gap['high']:+.4f}]" if gap else ""
        figures = f"{arm['loss']:7.4f} {arm['weight']:7.3f} {arm['orders']:7.4f} {arm['gmv']:7.2f}"
        print(f"{name:20} {figures}  {minus}")


@dataclass(frozen=True)
class _TowersOfArm:
    """A `FitTower`: an arm has a tower of texts of its own, as its settings do not say which texts it reads.

    Attributes:
        shared: Towers of all arms.
        own: The towers of texts of this arm.
    """

    shared: SharedTowers
    own: SharedTowers

    def __call__(
        self,
        view: TrainingView,
        tower: EncoderSettings,
        settings: TrainingSettings,
        *,
        what: str,
        checkpoint: Path | None,
    ) -> tuple[SequenceEncoder, Fitted]:
        """Return the tower, from where it is kept if it is there."""
        towers = self.own if tower == settings.ranker.towers.texts else self.shared
        return towers(view, tower, settings, what=what, checkpoint=checkpoint)


def measure(
    home: Path,
    *,
    world: WorldSettings,
    settings: TrainingSettings,
    encoder: TextEncoder,
    names: Sequence[str],
) -> dict[str, Any]:
    """Return the figures of each arm, and how far the arm of titles is above each other one.

    Args:
        home: Where the lake and the fits are kept, by world and seed of the training.
        world: The sample world.
        settings: Of the training.
        encoder: Of the snapshots' texts.
        names: Of the arms, that of titles among them.
    """
    home = home / f"world-{world.shoppers}-{world.seed}"
    lake = kept_lake(home / "lake", shoppers=world.shoppers, seed=world.seed)
    import_cards(lake, recorded_cards(), model="recorded-llm", prompt=read_prompt(cards_prompt()).version)
    days = World(world).settings.history
    taught, read_taught = _window(lake, days[-2 * WINDOW], LabelWeights(), encoder)
    judged, read_judged = _window(lake, days[-WINDOW], ORDERS, encoder)
    fits = home / f"training-{settings.seed}"

    arms: dict[str, dict[str, float]] = {}
    rankers: dict[str, Ranker] = {}
    for number, name in enumerate(names, 1):
        say(f"arm {number} of {len(names)}: {name}")
        before, now = taught.past, judged.past
        chosen = settings
        if name == NO_TOWER:
            towers = settings.ranker.towers.without("texts")
            chosen = replace(settings, ranker=replace(settings.ranker, towers=towers))
        elif name != TITLES:
            before, now = with_texts(before, read_taught[name]), with_texts(now, read_judged[name])
            texts = replace(settings.ranker.towers.texts, text="card")
            towers = replace(settings.ranker.towers, texts=texts)
            chosen = replace(settings, ranker=replace(settings.ranker, towers=towers))
        checkpoints = fits / name.replace(" ", "_")
        checkpoints.mkdir(parents=True, exist_ok=True)
        tower_of = _TowersOfArm(SharedTowers(fits / "towers"), SharedTowers(checkpoints / "towers"))
        trained = train(taught.examples, before, now, chosen, checkpoints=checkpoints, tower_of=tower_of)
        rankers[name] = trained.ranker
        arms[name] = {"loss": trained.held_out.mean, "weight": trained.ranker.stage.weights.texts}
        say(f"{name}: " + ", ".join(f"{what} {figure:.4f}" for what, figure in arms[name].items()))
    outcomes = page_outcomes(
        World(world),
        LabelWindow(judged.examples, judged.past.snapshot),
        rankers,
        Candidates(judged.past.snapshot, CandidateSettings(tree=settings.ranker.inputs.tree)),
    )
    for name, arm in arms.items():
        arm |= {"orders": outcomes.orders[name], "gmv": outcomes.gmv[name]}
    return {
        "arms": arms,
        "users": outcomes.users,
        "best_orders": outcomes.best_orders,
        "best_gmv": outcomes.best_gmv,
        "orders_minus": outcomes.orders_minus,
        "gmv_minus": outcomes.gmv_minus,
    }


def _window(
    lake: Lake, begin: date, weights: LabelWeights, encoder: TextEncoder
) -> tuple[Window, dict[str, NDArray[np.float32]]]:
    """Return the labels from `begin`, and what each arm reads, as both were known before."""
    known = label_window(lake, begin=begin, weights=weights, encoder=encoder)
    return known, _texts(lake, known.past.snapshot, begin - timedelta(days=1), encoder)


def _texts(lake: Lake, snapshot: Snapshot, day: date, encoder: TextEncoder) -> dict[str, NDArray[np.float32]]:
    """Return what the tower reads of each object, float32 [O, D], by arm."""
    intents = resolve_objects(lake, through=day, encoder=encoder, settings=LinkingSettings())
    cache = EmbeddingCache(lake, encoder)
    links = IntentLinks.of(intents.nodes, intents.table)
    rules = rules_claims(lake, links, through=day, settings=RulesSettings())
    recorded = link_claims(
        CardStore(lake).claims(), links, encoder=cache, settings=ClaimLinkingSettings()
    ).claims
    return arm_texts(snapshot, rules=rules, written=recorded, encoder=cache)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shoppers", type=int, default=2000, help="size of the world")
    parser.add_argument("--seed", type=int, default=211, help="of the world; the demo has another")
    parser.add_argument("--training-seed", type=int, default=TrainingSettings.seed, help="of the training")
    parser.add_argument("--threads", type=int, default=2, help="of torch")
    parser.add_argument("--home", type=Path, help="where lake and fits are kept; by default they are not")
    parser.add_argument("--json", type=Path, help="where all numbers go")
    return parser


if __name__ == "__main__":
    main()
