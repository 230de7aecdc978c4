"""Recipes: functions that return every setting of a run, hyperparameters included, typed.

A home changes them in its `recipe.yaml` (`recipe_file.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from airloom.errors import AirloomError
from airloom.experiments.readout import AnalysisSettings
from airloom.intents.linking.settings import LinkingSettings
from airloom.intents.settings import DistillSettings
from airloom.knowledge.jobs.settings import AgentSettings
from airloom.knowledge.settings import CardSettings
from airloom.logs.rules import LogRules
from airloom.ranking.evaluation.settings import EvaluationSettings
from airloom.ranking.event_weights import EventWeightSettings
from airloom.ranking.settings import InputSettings, RankerSettings, RetrievalSettings
from airloom.ranking.training.settings import TrainingSettings
from airloom.settings import as_dict
from airloom.statistics.cooccurrence import CooccurrenceSettings
from airloom.statistics.popularity import PopularitySettings
from components.build_training_set.settings import TrainingSetSettings
from components.gate_ranker.settings import GateSettings
from components.monitor_drift.settings import DriftSettings
from components.train_generator.settings import BeyondLogSettings
from components.tune_assistant.settings import AssistantTuningSettings
from feature_repo.snapshot_settings import SnapshotSettings
from pipelines.experiment_file import AIR_AGAINST_ITEM_CF
from pipelines.home import Home


@dataclass(frozen=True)
class Recipe:
    """All settings of the pipelines.

    Attributes:
        name: What `--recipe` calls it.
        rules: How strict validation is.
        distillation: Who reads new atoms.
        shards: Into how many parallel parts new atoms, and new products, are divided.
        linking: How labels become nodes.
        agents: Who reads new products; by default nobody, and cards are made by rules.
        cards: What rules cards say, and from where on free text of cards means a category or need.
        snapshot: How popularity and neighbors are counted, by both pipelines.
        training_set: Which days train and which evaluate; its own `snapshot` is refused, set the recipe's.
        training: The ranker and its training, the tree's decay among it.
        beyond_log: Whether behaviors beyond the log are inferred; by default they are not.
        evaluation: How rankers are compared.
        gate: What a new ranker must show.
        drift: What a day is compared with, and when the alarm sounds.
        readout: The experiment and how it is read; a file of the home takes its place.
        model_name: Of the registered model.
        assistant_tuning: Which model that reads requests is fine-tuned, and how; by default none is.
    """

    name: str
    rules: LogRules = field(default_factory=LogRules)
    distillation: DistillSettings = field(default_factory=DistillSettings)
    shards: int = 2
    linking: LinkingSettings = field(default_factory=LinkingSettings)
    agents: AgentSettings = field(default_factory=AgentSettings)
    cards: CardSettings = field(default_factory=CardSettings)
    snapshot: SnapshotSettings = field(default_factory=SnapshotSettings)
    training_set: TrainingSetSettings = field(default_factory=TrainingSetSettings)
    training: TrainingSettings = field(default_factory=TrainingSettings)
    beyond_log: BeyondLogSettings = field(default_factory=BeyondLogSettings)
    evaluation: EvaluationSettings = field(default_factory=EvaluationSettings)
    gate: GateSettings = field(default_factory=GateSettings)
    drift: DriftSettings = field(default_factory=DriftSettings)
    readout: AnalysisSettings = AIR_AGAINST_ITEM_CF
    model_name: str = "airloom-ranker"
    assistant_tuning: AssistantTuningSettings = field(default_factory=AssistantTuningSettings)

    def __post_init__(self) -> None:
        """Refuse a setting that both pipelines would ignore.

        Raises:
            AirloomError: The training set has snapshot settings of its own.
        """
        if self.training_set.snapshot not in (SnapshotSettings(), self.snapshot):
            raise AirloomError(
                f"Recipe {self.name} sets training_set.snapshot, which is not used",
                do="Set `snapshot` of the recipe: both pipelines count popularity and neighbors with it",
            )

    def training_settings(self) -> dict[str, Any]:
        """Return the settings among the parameters of `airloom-training`."""
        return {
            "model_name": self.model_name,
            "training_set": as_dict(replace(self.training_set, snapshot=self.snapshot)),
            "beyond_log": as_dict(self.beyond_log),
            "training": as_dict(self.training),
            "evaluation": as_dict(self.evaluation),
            "gate": as_dict(self.gate),
        }

    def daily_settings(self) -> dict[str, Any]:
        """Return the settings among the parameters of `airloom-daily`, which may start a training."""
        return self.training_settings() | {
            "rules": as_dict(self.rules),
            "distillation": as_dict(self.distillation),
            "shards": self.shards,
            "linking": as_dict(self.linking),
            "agents": as_dict(self.agents),
            "cards": as_dict(self.cards),
            "snapshot": as_dict(self.snapshot),
            "drift": as_dict(self.drift),
            "experiment": as_dict(self.readout),
        }

    def assistant_tuning_settings(self) -> dict[str, Any]:
        """Return the settings among the parameters of `airloom-tune-assistant`."""
        return {"assistant_tuning": as_dict(self.assistant_tuning)}

    def training_arguments(self, home: Home) -> dict[str, Any]:
        """Return all parameters of a local `airloom-training` but the day."""
        return self.training_settings() | {
            "lake": str(home.lake),
            "feature_store": "",
            "mlflow_uri": home.mlflow_uri,
        }

    def daily_arguments(self, home: Home) -> dict[str, Any]:
        """Return all parameters of a local `airloom-daily` but the day."""
        return (
            self.daily_settings()
            | self.training_arguments(home)
            | {"drift_workspace": str(home.drift_workspace)}
        )


def default() -> Recipe:
    """Return the settings for a platform's own logs: copy it and set what differs."""
    return Recipe("default")


def sample_world() -> Recipe:
    """Return the settings of the demo."""
    return Recipe(
        "sample-world", shards=1, snapshot=SnapshotSettings(keep=20), drift=DriftSettings(alarm_share=0.5)
    )


def amazon_content2commerce() -> Recipe:
    """Return settings for fifteen years of reviews: few events a user, so decay is slow and windows long."""
    year = 365.0
    inputs = InputSettings(
        tree=EventWeightSettings(half_life_days=year), retrieval=RetrievalSettings(max_age_days=5 * year)
    )
    return Recipe(
        "amazon-content2commerce",
        shards=1,
        snapshot=SnapshotSettings(
            popularity=PopularitySettings(half_life_days=year),
            neighbors=CooccurrenceSettings(half_life_days=5 * year),
        ),
        training_set=TrainingSetSettings(label_days=240, evaluation_days=60),
        training=TrainingSettings(ranker=RankerSettings(inputs=inputs)),
    )


RECIPES: dict[str, Callable[[], Recipe]] = {
    "default": default,
    "sample-world": sample_world,
    "amazon-content2commerce": amazon_content2commerce,
}


def recipe_named(name: str) -> Recipe:
    """Return the recipe called `name`.

    Raises:
        AirloomError: There is none.
    """
    if name not in RECIPES:
        raise AirloomError(f"There is no recipe {name}", do=f"Choose one of: {', '.join(RECIPES)}")
    return RECIPES[name]()
